// The cache directory: partitions of a month each, read by mmap and proven before they are believed, committed by
// rename. docs/cache-format.md has the layout, the format of a partition and the protocol, exact enough to write
// another reader or writer.
#pragma once

#include <arrow/type_fwd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/series.hpp"
#include "klinekeep/choices.hpp"
#include "klinekeep/clock.hpp"
#include "klinekeep/unified_cache_manager.hpp"
#include "store/content.hpp"
#include "store/damage.hpp"
#include "store/facts.hpp"
#include "store/files.hpp"
#include "store/month.hpp"
#include "store/record_use.hpp"
#include "store/waiting.hpp"

namespace klinekeep::store {

/// The partitions of one series over a range, as they were when it was taken: what others commit, fold or prune later
/// does not change it. Holds their mappings. Thread-safe for reading.
class Snapshot {
 public:
  Snapshot();
  Snapshot(Snapshot&&) noexcept;
  Snapshot& operator=(Snapshot&&) noexcept;
  ~Snapshot();

  /// Months with a partition, in order.
  [[nodiscard]] std::vector<Month> months() const;
  /// The union of what the partitions say, clipped to nothing: as far as their months reach.
  [[nodiscard]] Known known(const Filter& filter) const;
  /// What the partition of `month` knows: base and tail together.
  [[nodiscard]] Coverage coverage(Month month) const;
  /// Rows off the grid that open in `range` and count, in order, unique.
  [[nodiscard]] std::vector<Timestamp> off_grid(const TimeRange& range, const Filter& filter) const;
  /// Partitions that could not be opened when the snapshot was taken.
  [[nodiscard]] const std::vector<Damage>& damages() const;
  /// Sentences for people: partitions of a newer format, that are left alone.
  [[nodiscard]] const std::vector<std::string>& notes() const;
  /// The months of those.
  [[nodiscard]] const std::vector<Month>& newer_months() const;

  /// Proves, by pread, the named columns (indices into kSchema; open_time always) of all batches that `range` touches.
  /// What fails is quarantined, told, and no part of the snapshot any more: what is left may be read. Taken anew, it
  /// may hold more: what others have put in its place.
  [[nodiscard]] std::vector<Damage> prove(const TimeRange& range, const std::vector<std::size_t>& columns,
                                          Verify verify);

  /// The rows that open in `range` and count under `filter`, as record batches of the schema's columns `columns` in
  /// that order: slices of the mapping, without a copy, which keep it alive. Off-grid rows only where `keep_off_grid`.
  /// Opens only what `range` touches. Throws CacheError when a column was not proven, or its file was written in place
  /// under the mapping.
  [[nodiscard]] std::vector<std::shared_ptr<arrow::RecordBatch>> rows(const TimeRange& range, const Filter& filter,
                                                                      const std::vector<std::size_t>& columns,
                                                                      bool keep_off_grid) const;

  /// Where `batches` are those of one whole partition: a table of them, made once. Else null.
  [[nodiscard]] std::shared_ptr<arrow::Table> whole(std::span<const std::shared_ptr<arrow::RecordBatch>> batches) const;

  /// Takes over months of `before`, of the same series and range, that are not on the disk any more: whoever removed
  /// them did not make worse what `before` holds of them. None that was found damaged.
  void keep_removed(Snapshot before);

  /// Why the mapping of this month must not be read any more: its file has been written in place since it was proven.
  /// With `rows`, views of it, it is these that are asked about. Throws CacheError.
  [[nodiscard]] std::optional<std::string> changed(Month month) const;
  [[nodiscard]] std::optional<std::string> changed(Month month,
                                                   const std::vector<std::shared_ptr<arrow::RecordBatch>>& rows) const;

  /// Tells the kernel that the pages of this month need not stay with this process; they are read again if used.
  void release_pages(Month month) const;

 private:
  friend class Store;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Holds the right to fetch for some partitions, against all threads and processes; given back when destroyed or when
/// its holder dies. Shows meanwhile that its holder is at work.
class Lease {
 public:
  Lease();
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();
  /// Whether another one held it first, so that what it fetched may be there by now.
  [[nodiscard]] bool waited() const;

 private:
  friend class Store;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// What becomes of a partition that cannot be opened. It is `left` by whoever does not fetch what it held: were it
/// moved aside, nobody would know any more that it is to be fetched.
enum class Damaged : std::uint8_t { set_aside, left };

/// What a month held, for whoever has to fetch it again.
struct HeldMonth {
  std::vector<TimeRange> ranges;  // of its coverage where that can be read, else of what the catalogue says of it
  bool is_newer = false;          // a file of it is of a newer format, and left alone
};

struct CommitResult {
  std::int64_t rows_added = 0;
  std::vector<Timestamp> conflicts;
  std::vector<RowChanges> changes;  // one after another; an open_time may be in several
  bool wrote = false;
  std::int64_t bytes_grown = 0;  // of the month's files, in all
};

/// One cache directory. Thread-safe; several processes may use one directory. Reading takes no lock. What cannot be
/// written throws CacheError, and leaves what was there.
class Store {
 public:
  explicit Store(const std::filesystem::path& root, std::shared_ptr<Files> files = real_files(),
                 Clock clock = system_now, RecordUse record_use = RecordUse::where_cheap,
                 std::shared_ptr<Pace> pace = real_pace());
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const;

  /// Opens what there is for months that `range` touches (3d: two days before it too). Damaged files are no part of it,
  /// and quarantined on the way, unless they are to be left.
  [[nodiscard]] Snapshot snapshot(const Series& series, const TimeRange& range,
                                  Damaged damaged = Damaged::set_aside) const;

  /// Commits additions to one month, in this order (the first to bring a slot wins), by one rename. Only the parts that
  /// open in the month are taken. A damaged partition is quarantined first, and then begun anew (Precedence::repair: it
  /// is as the new file is put in its place). Another writer is waited for, for ten seconds; then CacheError.
  CommitResult commit(const Series& series, Month month, const std::vector<const Addition*>& additions,
                      Precedence precedence = Precedence::committed, const Waiting& waiting = {}) const;

  /// The exchanges of which it may hold something: Binance first, then the others by name. Throws CacheError.
  [[nodiscard]] std::vector<Upstream> upstreams() const;

  /// Throws CacheError where no file can be made beside the partition of `month`, which is there: what it takes to
  /// commit, but the room on the disk.
  void check_writable(const Series& series, Month month, const Waiting& waiting = {}) const;

  [[nodiscard]] SeriesFacts facts(const Series& series) const;  // none where series.json is missing or rubbish
  /// Replaces what series.json says by `change` of it, under its lock; a file of a newer format is left alone. Writes
  /// nothing where nothing changes; an empty SeriesFacts removes the file. `change` may be called twice, and the last
  /// time counts: what is there is looked at before the lock, for which a folder is made.
  void change_facts(const Series& series, const std::function<SeriesFacts(SeriesFacts)>& change,
                    const Waiting& waiting = {}) const;

  /// The right to fetch for these months: waits for whoever holds it, but for 30 seconds without a sign of work from
  /// him; the months of such a one are fetched beside him. Throws Cancelled. Months must be taken in ascending order; a
  /// directory where no lock can be made gives an empty lease.
  [[nodiscard]] Lease lease(const Series& series, const std::vector<Month>& months, const Waiting& waiting) const;

  /// Records that these partitions were used, for eviction: their atime, where it is older than an hour.
  void touch(const Snapshot& snapshot, const TimeRange& range) const;

  /// What the file system of the cache was found to lack, a sentence for people each; none is told twice.
  [[nodiscard]] std::vector<std::string> take_news() const;

  /// What the partition of `month` holds, or held before it was damaged: no range where nobody can tell. Changes
  /// nothing.
  [[nodiscard]] HeldMonth held(const Series& series, Month month) const;

  /// Keeps the cache within `limits`, after commits that made it `bytes_grown` larger (smaller, where that is
  /// negative). What was used within the last minute stays. Looks at no partition while what is known of all says that
  /// there is nothing to do; none then. Throws CacheError.
  std::optional<PruneResult> keep_within(const PruneLimits& limits, std::int64_t bytes_grown,
                                         const Waiting& waiting = {}) const;

  /// Moves the partition (base and tail) aside; nothing where there is none. Returns whether there was one. Waits as
  /// `commit` does.
  bool quarantine(const Series& series, Month month, const std::string& why, const Waiting& waiting = {}) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The XDG cache home's folder for klinekeep: $XDG_CACHE_HOME/klinekeep, else ~/.cache/klinekeep.
[[nodiscard]] std::filesystem::path default_root();

}  // namespace klinekeep::store
