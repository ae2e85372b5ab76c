#include "cache/repair_command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cache/exit_codes.hpp"
#include "input/amounts.hpp"
#include "input/time_words.hpp"
#include "klinekeep/errors.hpp"
#include "managers.hpp"
#include "messages.hpp"
#include "output/byte_sink.hpp"
#include "views/upkeep_view.hpp"

namespace klinekeep::cli {
namespace {

constexpr auto kRepairFooter = R"(
Validates what is selected, of one exchange (--upstream); how much there is of others is told. What
the damaged partitions held is fetched again, these go to the quarantine, and the result is
validated: a line for each. What cannot be fetched again stays where it is, for the next repair.
With --date, the partition of that month is made right even where there is none.
Exit codes: 0 all is sound in the end, 2 the cache has nothing of what is named, 4 something is not
sound, 9 the cache cannot be used, or what is not sound could not be written.

Examples:
  klinekeep cache repair
  klinekeep cache repair BTCUSDT 1m
  klinekeep cache repair BTCUSDT 1h --date 2025-04-11
)";

using Work = std::vector<RepairOutcome>;  // each not sound yet

Timestamp parse_date(const std::string& word, Timestamp now) {
  constexpr std::size_t kMonthLength = 7;  // 2024-03
  if (word.size() != kMonthLength || word[4] != '-') return input::parse_time_word(word).resolve_start(now);
  return std::chrono::sys_days{input::parse_month(word) / std::chrono::day{1}};
}

Work named_partition(const CacheSelection& selection, Timestamp date_in_month) {
  if (!selection.symbol || !selection.interval) {
    throw InvalidRequest("--date names the month of one series: say SYMBOL and INTERVAL too");
  }
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(date_in_month)};
  return {{.market = selection.market.value_or(MarketType::SPOT),
           .symbol = selection.symbol->text(),
           .interval = *selection.interval,
           .month = date.year() / date.month(),
           .sound = false,
           .why = {},
           .was = {},
           .upstream = *selection.upstream}};
}

/// One for each partition that validate finds something in.
Work damaged_partitions(const std::vector<CacheFinding>& findings) {
  Work work;
  for (const CacheFinding& finding : findings) {
    const bool known = std::ranges::any_of(work, [&](const RepairOutcome& each) {
      return each.upstream == finding.upstream && each.market == finding.market && each.symbol == finding.symbol &&
             each.interval == finding.interval && each.month == finding.month;
    });
    if (known) continue;
    work.push_back({.market = finding.market,
                    .symbol = finding.symbol,
                    .interval = finding.interval,
                    .month = finding.month,
                    .sound = false,
                    .why = {},
                    .was = finding.what,
                    .kind = finding.kind,
                    .upstream = finding.upstream});
  }
  return work;
}

/// The exit code that it alone would have.
int repair(RepairOutcome& partition, const DataSourceManager& manager, const std::stop_token& stop) {
  const Timestamp date = std::chrono::sys_days{partition.month / std::chrono::day{1}};
  try {
    partition.sound = manager.repair_cache(Symbol{partition.symbol}, partition.interval, date, stop);
    if (!partition.sound) {
      const CacheCheck check = manager.validate_cache_integrity(Symbol{partition.symbol}, partition.interval, date);
      partition.why = check.why.value_or("it is of a newer version, and left alone");
    }
  } catch (const Cancelled&) {
    throw;
  } catch (const InvalidRequest&) {
    throw;
  } catch (const CacheError& error) {
    partition.why = error.what();
    return kCacheUnusable;
  } catch (const Error& error) {
    partition.why = error.what();
  }
  return partition.sound ? 0 : kUnsound;
}

}  // namespace

CLI::App* add_cache_repair(CLI::App& cache, RepairFlags& flags) {
  CLI::App* const repair = cache.add_subcommand("repair", "Fetch again what is damaged");
  add_selection_flags(*repair, flags.selection);
  repair->add_option("--date", flags.date, "The partition of that month, even where there is none")->type_name("T");
  repair->footer(kRepairFooter);
  return repair;
}

int run_cache_repair(const RepairFlags& flags, const Settings& settings, const std::stop_token& stop) {
  Managers managers{settings};
  const CacheSelection selection = of_the_exchange(parse_selection(flags.selection, settings), managers);
  Work work;
  if (!flags.date.empty()) work = named_partition(selection, parse_date(flags.date, settings.now));
  const auto cache = open_cache(settings);
  if (flags.date.empty()) {
    refuse_to_select_nothing(*cache, selection, settings);
    work = damaged_partitions(cache->validate(selection));
  }
  std::vector<int> codes;
  for (RepairOutcome& partition : work) {
    codes.push_back(repair(partition, managers.of(partition.market), stop));
    if (!settings.json) write_stdout(repair_line(partition));
  }
  if (settings.json) write_stdout(repairs_json(work));
  if (work.empty() && !settings.quiet) {
    const auto name = selection.upstream->name();
    const bool is_there = !cache->series({.upstream = selection.upstream}).empty();
    complain(is_there ? fmt::format("nothing to repair: all is sound of {}", name)
                      : fmt::format("nothing to repair: the cache has nothing of {}", name));
  }
  if (flags.date.empty()) tell_of_others(*cache, selection, settings);
  const bool is_unsound = std::ranges::count(codes, kUnsound) > 0;
  return is_unsound ? kUnsound : codes.empty() ? 0 : std::ranges::max(codes);
}

}  // namespace klinekeep::cli
