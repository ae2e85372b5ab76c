// What is known, and what may be asked, of the archive's files. Inside the planner only; pure.
#pragma once

#include <algorithm>
#include <optional>

#include "planner/ledger.hpp"
#include "planner/period.hpp"
#include "planner/policy.hpp"

namespace klinekeep::planner {

inline constexpr std::array kGranularities{Granularity::daily, Granularity::monthly};

/// Whether the listing has told that the file is not there, or a 404 has.
[[nodiscard]] bool is_absent(const FileLedger& files, Timestamp period);

/// The first file of the series; none where the listing has not told from the start, or of no file at all.
[[nodiscard]] std::optional<Timestamp> first_listed(const Ledger& ledger, Interval interval);
/// Whether the listing has told where the series begins, or that it has no file.
[[nodiscard]] bool is_fully_listed(const Ledger& ledger, Interval interval);

/// A view of one request's files; refers to its arguments.
class ArchiveFiles {
 public:
  ArchiveFiles(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now)
      : interval_(wanted.series.interval),
        ledger_(ledger),
        // VISION asks for whatever can be there.
        due_before_(policy.source == DataSource::VISION ? now : now - policy.archive_delay),
        daily_first_(policy.daily_first) {}

  [[nodiscard]] bool is_due(Granularity g, Timestamp period) const;
  /// Due, not known to be absent, and not asked yet.
  [[nodiscard]] bool can_ask(Granularity g, Timestamp period) const;
  /// What came of the due file that holds `slot`; null where none was asked.
  [[nodiscard]] const FileState* state(Granularity g, Timestamp slot) const;
  /// Whether a file that holds `slot` came and was not believed.
  [[nodiscard]] bool is_distrusted(Timestamp slot) const;
  /// Whether nothing of the archive's may still have `slot`: no file of it is due, or what is due is absent or was
  /// read.
  [[nodiscard]] bool is_settled(Timestamp slot) const;
  [[nodiscard]] bool daily_first() const { return daily_first_; }

 private:
  Interval interval_;
  const Ledger& ledger_;
  Timestamp due_before_;
  bool daily_first_;
};

/// Calls f(part) for the parts of `set` within one file each: of a day, or of a month where there are none of a day.
template <class F>
void for_each_part(const RangeSet& set, Interval interval, F f) {
  const Granularity finest = has_files(Granularity::daily, interval) ? Granularity::daily : Granularity::monthly;
  for (const TimeRange& range : set) {
    for (Timestamp at = range.begin; at < range.end;) {
      // Up to the grid: for 1w the month ends between two candles.
      const Timestamp end = std::min(range.end, interval.ceil(next_period(finest, period_of(finest, at))));
      f(TimeRange{at, end});
      at = end;
    }
  }
}

}  // namespace klinekeep::planner
