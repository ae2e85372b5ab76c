// What `klinekeep cache validate`, `repair`, `refresh` and `prune` say: a line for each thing found or done, or JSON.
// Pure functions.
#pragma once

#include <string>
#include <vector>

#include "klinekeep/data_source_manager.hpp"
#include "klinekeep/unified_cache_manager.hpp"

namespace klinekeep::cli {

/// A partition that `repair` has looked after.
struct RepairOutcome {
  MarketType market;
  std::string symbol;
  Interval interval;
  std::chrono::year_month month;
  bool sound;            // in the end
  std::string why;       // not sound: what went wrong
  std::string was = {};  // what was wrong before; empty where nothing was known to be
  Kind kind = Kind::klines;
  Upstream upstream = {};
};

/// A series that `refresh` has looked after.
struct RefreshOutcome {
  MarketType market;
  std::string symbol;
  Interval interval;
  RefreshResult result;
  int code = 0;       // the exit code that it alone would have
  std::string error;  // why nothing could be done; empty where something was
  Kind kind = Kind::klines;
  Upstream upstream = {};
};

/// Of one line: control characters are '?'.
[[nodiscard]] std::string finding_line(const CacheFinding& finding);
[[nodiscard]] std::string findings_json(const std::vector<CacheFinding>& findings);

[[nodiscard]] std::string repair_line(const RepairOutcome& outcome);
[[nodiscard]] std::string repairs_json(const std::vector<RepairOutcome>& outcomes);

/// A line for the series, one for each file that has changed since, one for each run of candles that have changed,
/// one for each of their first values, and one for each range that failed.
[[nodiscard]] std::string refresh_lines(const RefreshOutcome& outcome);
[[nodiscard]] std::string refreshes_json(const std::vector<RefreshOutcome>& outcomes);

/// A line for each partition that went, and a total.
[[nodiscard]] std::string prune_lines(const PruneResult& result);
[[nodiscard]] std::string prune_json(const PruneResult& result);

/// The exit code of several pieces of work, from theirs: 0 where all are 0, theirs where all failures have one, else 3.
[[nodiscard]] int common_code(const std::vector<int>& codes);

/// The exit code for what is missing: as the library's errors have it.
[[nodiscard]] int code_of(const std::vector<MissingRange>& missing);

}  // namespace klinekeep::cli
