#include "cache/validate_command.hpp"

#include <fmt/format.h>

#include "cache/exit_codes.hpp"
#include "managers.hpp"
#include "messages.hpp"
#include "output/byte_sink.hpp"
#include "output/display_text.hpp"
#include "views/upkeep_view.hpp"

namespace klinekeep::cli {
namespace {

constexpr auto kValidateFooter = R"(
Reads every byte, changes nothing, asks nobody. One line for each finding. Exit codes: 0 all is
well, 2 the cache has nothing of what is named, 4 something is not well, 9 cache unusable.
`klinekeep cache repair` makes it well again, of one exchange at a time (--upstream); get does so
too, for what it is asked. Of all exchanges, unless --upstream names one (KLINEKEEP_UPSTREAM is not
looked at).

Examples:
  klinekeep cache validate
  klinekeep cache validate BTCUSDT 1m --json
)";

}  // namespace

CLI::App* add_cache_validate(CLI::App& cache, SelectionFlags& flags) {
  CLI::App* const validate = cache.add_subcommand("validate", "Is what is there sound? Exit code 4 when it is not");
  add_selection_flags(*validate, flags);
  validate->footer(kValidateFooter);
  return validate;
}

int run_cache_validate(const SelectionFlags& flags, const Settings& settings) {
  const CacheSelection selection = parse_selection(flags, settings);
  const auto cache = open_cache(settings);
  refuse_to_select_nothing(*cache, selection, settings);
  const std::vector<CacheFinding> findings = cache->validate(selection);
  std::string text;
  for (const CacheFinding& finding : findings) text += finding_line(finding);
  write_stdout(settings.json ? findings_json(findings) : text);
  if (findings.empty() && !settings.quiet) {
    complain(fmt::format("all is well: {}", counted(std::ssize(cache->list(selection)), "partition")));
  }
  return findings.empty() ? 0 : kUnsound;
}

}  // namespace klinekeep::cli
