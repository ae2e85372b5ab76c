// What of the cache may be had better by now, and what a refresh has changed of it. Pure, but for what is handed in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/series.hpp"
#include "klinekeep/data_source_manager.hpp"
#include "klinekeep/errors.hpp"
#include "planner/policy.hpp"
#include "sources/archive_runner.hpp"
#include "store/content.hpp"
#include "store/coverage.hpp"

namespace klinekeep::manager {

struct WorthAsking {
  RangeSet rows;  // from a weaker source than one that is due by now (daily, monthly, REST), or at a lesser trust
  RangeSet gaps;  // that REST had no candle for
};

[[nodiscard]] WorthAsking worth_asking_again(const store::Coverage& coverage, Interval interval,
                                             const planner::Policy& policy, Timestamp now);

/// An archive file that was used, as far as its rows are the best that are kept.
struct KeptFile {
  std::string name;
  planner::Granularity granularity;
  Timestamp period;
  std::string etag;  // empty: not known
  Timestamp at;      // when it was fetched
  Trust trust;
  RangeSet slots;  // that it answers for, and no proven daily file does where it is a monthly one

  friend bool operator==(const KeptFile&, const KeptFile&) = default;
};

[[nodiscard]] std::vector<KeptFile> kept_files(const store::Coverage& coverage, const Series& series);

struct ChangedFiles {
  std::vector<std::string> names;
  RangeSet slots;                     // that they answer for
  std::vector<MissingRange> unknown;  // slots of files of which the listing could not be asked
  std::vector<std::string> gone;      // files that are not listed any more: what is kept of them stands
};

/// As ArchiveRunner::list_zips.
using ListZips = std::function<tl::expected<planner::Listed, sources::StepResult>(
    planner::Granularity, std::optional<Timestamp> after, Timestamp until)>;

/// Which of `kept` are listed as others than they were: by their ETags, or by their times where an ETag is not known.
/// Asks `list` once for each granularity that is kept.
[[nodiscard]] ChangedFiles changed_since(const std::vector<KeptFile>& kept, const ListZips& list);

/// The values that are others after all of `changes`, made one after another, than before; by open_time and column.
[[nodiscard]] std::vector<ChangedValue> changed_values(const std::vector<store::RowChanges>& changes);

/// The open_times in `values`, which come sorted, each once.
[[nodiscard]] std::vector<Timestamp> opens_of(const std::vector<ChangedValue>& values);

}  // namespace klinekeep::manager
