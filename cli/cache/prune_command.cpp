#include "cache/prune_command.hpp"

#include "cache/selection.hpp"
#include "input/amounts.hpp"
#include "klinekeep/errors.hpp"
#include "managers.hpp"
#include "output/byte_sink.hpp"
#include "output/display_text.hpp"
#include "views/json.hpp"
#include "views/upkeep_view.hpp"

namespace klinekeep::cli {
namespace {

constexpr auto kPruneFooter = R"(
Sizes: a number of bytes, or of K, M, G (binary). Ages: a number of s, m, h, d. One of the two is
needed. By size, the least recently used go until the rest fits; by age, what was last used this
long ago, or longer. All markets of all exchanges together. KLINEKEEP_CACHE_MAX_SIZE and
KLINEKEEP_CACHE_MAX_AGE, or cache_max_size and cache_max_age in config.toml, are limits that each
request keeps which has written.

Examples:
  klinekeep cache prune --max-size 20G
  klinekeep cache prune --max-size 500M --max-age 90d
)";

constexpr auto kReindexFooter = R"(
Makes cache_index.json anew from the partitions, of all exchanges. Nothing depends on it but the
speed of ls, stats and validate.

Examples:
  klinekeep cache reindex
)";

PruneLimits parse_limits(const PruneFlags& flags) {
  PruneLimits limits;
  if (!flags.max_size.empty()) limits.max_bytes = input::parse_size(flags.max_size);
  if (!flags.max_age.empty()) limits.max_age = input::parse_age(flags.max_age);
  if (!limits.max_bytes && !limits.max_age) {
    throw InvalidRequest("what may stay? Say --max-size, as in 20G, or --max-age, as in 90d, or both");
  }
  return limits;
}

}  // namespace

CLI::App* add_cache_prune(CLI::App& cache, PruneFlags& flags) {
  CLI::App* const prune = cache.add_subcommand("prune", "Remove what is too much or too old");
  prune->add_option("--max-size", flags.max_size, "What may stay in all: 20G, 500M")->type_name("SIZE");
  prune->add_option("--max-age", flags.max_age, "How long unused partitions stay: 90d, 36h")->type_name("AGE");
  prune->footer(kPruneFooter);
  return prune;
}

void run_cache_prune(const PruneFlags& flags, const Settings& settings) {
  const PruneLimits limits = parse_limits(flags);
  refuse_upstream(settings, "the limits are of the whole cache");
  const PruneResult result = open_cache(settings)->prune(limits);
  write_stdout(settings.json ? prune_json(result) : prune_lines(result));
}

CLI::App* add_cache_reindex(CLI::App& cache) {
  CLI::App* const reindex = cache.add_subcommand("reindex", "Make the catalogue anew");
  reindex->footer(kReindexFooter);
  return reindex;
}

void run_cache_reindex(const Settings& settings, const std::stop_token& stop) {
  refuse_upstream(settings, "the catalogues are of the whole cache");
  const std::size_t partitions = open_cache(settings)->reindex(stop);
  write_stdout(settings.json ? json_text({{"partitions", partitions}})
                             : counted(static_cast<std::int64_t>(partitions), "partition") + '\n');
}

}  // namespace klinekeep::cli
