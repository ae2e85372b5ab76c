#include "store/commit.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "frame/slice.hpp"
#include "store/lock.hpp"
#include "store/validate.hpp"
#include "store/writer.hpp"

namespace klinekeep::store {
namespace {

/// Whether both say the same but for when it was last asked of what was known already. When a file without an ETag was
/// fetched says whether it has changed since.
bool says_the_same(Coverage a, Coverage b) {
  for (Coverage* const coverage : {&a, &b}) {
    for (Answered& each : coverage->answered) each.at = {};
    for (UsedFile& each : coverage->files) {
      if (!each.etag.empty()) each.at = {};
    }
  }
  return a == b;
}

/// The addition cut to `range`.
Addition cut(const Addition& whole, const TimeRange& range) {
  Addition part = whole;
  part.range = whole.range.intersect(range);
  return part;
}

constexpr int kTries = 3;  // each but the first because someone has just removed the folder

class Commit {
 public:
  Commit(const Directory& directory, const Series& series, Month month, const std::vector<const Addition*>& additions,
         Precedence precedence)
      : directory_(directory),
        files_(*directory.files),
        series_(series),
        month_(month),
        range_(range_of(month)),
        additions_(additions),
        precedence_(precedence) {}

  CommitResult run(const Waiting& waiting) {
    make_folder(directory_, directory_.layout.series_folder(series_));
    lock_ = lock_month(directory_, series_, month_, waiting);
    if (lock_->excludes_processes()) remove_temporaries();
    open();
    // The name of the base may not be on the disk, where its writer died at once; then the tail must not go either.
    if (now_.stale_tail) sync();
    if (!try_tail()) fold();
    set_condemned_aside();
    check_lock();         // what was removed since is not committed
    if (!wrote_) sync();  // what is said to be committed may be of a writer that died before it did this
    std::ranges::sort(result_.conflicts);
    result_.conflicts.erase(std::unique(result_.conflicts.begin(), result_.conflicts.end()), result_.conflicts.end());
    result_.wrote = wrote_;
    result_.bytes_grown = grown_;
    return std::move(result_);
  }

  /// Whether someone has removed the lock's file: the next writer locks another one then.
  [[nodiscard]] bool lost_its_lock() const { return lock_ && !lock_->is_at_its_path(); }

 private:
  std::filesystem::path path_of(Part part) const { return directory_.layout.partition({series_, month_, part}); }

  /// Whoever made them holds no lock any more, and so is dead.
  void remove_temporaries() {
    const auto folder = directory_.layout.series_folder(series_);
    for (const std::string& name : files_.list(folder)) {
      const auto temporary = parse_temporary_name(name);
      if (temporary && temporary->month == month_) files_.remove(folder / name);
    }
  }

  void check_lock() const {
    if (!lost_its_lock()) return;
    throw CacheError(
        fmt::format("{} was removed while what it guards was being written", directory_.layout.lock(series_).string()));
  }

  void open() {
    const bool repairs = precedence_ == Precedence::repair;
    now_ = open_month(directory_, series_, month_, repairs ? Lock::unwanted : Lock::held);
    if (!now_.newer.empty()) throw CacheError("nothing can be committed: " + now_.newer.front());
    if (repairs) return condemn();
    for (const Damage& damage : now_.damages) check_moved(damage);
  }

  /// What is not sound has no part in what is written. It stays where it is until that takes its place, so that who
  /// dies before leaves it to be found.
  void condemn() {
    for (const Part part : {Part::tail, Part::base}) {
      const PartitionKey key{series_, month_, part};
      const auto stat = files_.stat(path_of(part));
      auto findings = stat ? validate_partition(directory_, key) : std::vector<std::string>{};
      if (findings.empty()) continue;
      condemned_.push_back({key, *stat, std::move(findings.front())});
      (part == Part::base ? now_.base : now_.tail).reset();
      if (part == Part::tail) now_.stale_tail.reset();
    }
  }

  void set_condemned_aside() {
    for (const Condemned& each : condemned_) {
      const auto damage = move_aside(directory_, each.key, each.stat, each.why, Lock::held);
      if (damage) check_moved(*damage);
    }
    condemned_.clear();
  }

  /// What could not be moved aside must not be overwritten.
  static void check_moved(const Damage& damage) {
    if (damage.kept_because.empty()) return;
    throw CacheError(fmt::format("{} is damaged ({}) and could not be moved aside: {}", damage.path.string(),
                                 damage.why, damage.kept_because));
  }

  /// Every byte of it, proven; what is damaged is moved aside, and there are no rows then.
  std::optional<Content> read(std::shared_ptr<Partition>& part) {
    if (!part) return std::nullopt;
    auto rows = part->read_all();
    if (const auto* const unproven = std::get_if<Unproven>(&rows)) {
      if (unproven->is_replaced) {
        throw CacheError(fmt::format("{} was replaced or removed without the lock of its month: nothing is committed",
                                     part->path().string()));
      }
      const auto damage = move_aside(directory_, part->key(), part->stat(), unproven->why, Lock::held);
      if (damage) check_moved(*damage);
      part.reset();
      return std::nullopt;
    }
    return Content{std::get<Candles>(std::move(rows)), part->footer().coverage};
  }

  /// When all is new, at the end, of REST, and little, only the tail is written. Returns whether that was so.
  bool try_tail() {
    if (!now_.base || precedence_ != Precedence::committed) return false;
    const Timestamp end = now_.base->footer().end();
    const bool at_end = std::ranges::all_of(additions_, [&](const Addition* addition) {
      return addition->origin == Origin::rest && addition->range.intersect(range_).begin >= end;
    });
    if (!at_end) return false;
    Content content = read(now_.tail).value_or(Content{});
    const Coverage before = content.coverage;
    CommitResult result;
    for (const Addition* addition : additions_) add(content, *addition, Precedence::committed, result);
    if (static_cast<std::int64_t>(content.rows.size()) * 100 >= now_.base->footer().rows) return false;
    if (!says_the_same(before, content.coverage)) write(Part::tail, content.rows, content.coverage);
    result_ = std::move(result);
    return true;
  }

  void fold() {
    auto base = read(now_.base);
    auto tail = read(now_.tail);
    const bool had_tail = tail.has_value();
    if (!base && !tail && write_alone()) return;
    Content content = join(std::move(base), std::move(tail));
    const Coverage before = content.coverage;
    reserve(content.rows);
    if (precedence_ == Precedence::committed) {
      for (const Addition* addition : additions_) add(content, *addition, precedence_, result_);
    } else {
      replace(content);
    }
    // Rows follow their coverage but where one was replaced.
    const bool changed = !says_the_same(before, content.coverage) || replaced_;
    if (changed) write(Part::base, content.rows, content.coverage);
    if ((changed && had_tail) || now_.stale_tail) {
      const auto tail_stat = files_.stat(path_of(Part::tail));
      files_.remove(path_of(Part::tail));
      sync();
      if (tail_stat) grown_ -= tail_stat->size;
    }
  }

  /// The first answer to a month, where it is the only one with rows: these are written from where they are.
  bool write_alone() {
    if (now_.stale_tail) return false;
    const auto with_rows =
        std::ranges::find_if(additions_, [](const Addition* addition) { return !addition->rows.empty(); });
    const Addition& first = with_rows == additions_.end() ? *additions_.front() : **with_rows;
    auto coverage = coverage_alone(first, series_.interval, range_);
    if (!coverage) return false;
    Content content{.rows = {}, .coverage = *std::move(coverage)};
    for (const Addition* const other : additions_) {
      if (other == &first) continue;
      if (!is_about_nothing_of(first, *other)) return false;
      CommitResult result;
      add(content, *other, Precedence::committed, result);
      if (!result.conflicts.empty()) return false;
    }
    if (says_the_same({}, content.coverage)) return false;
    write(Part::base, first.rows, content.coverage);
    result_.rows_added = static_cast<std::int64_t>(first.rows.size());
    return true;
  }

  /// Whether `other` has no rows, and tells only of slots where `first` has none either: an outage.
  [[nodiscard]] bool is_about_nothing_of(const Addition& first, const Addition& other) const {
    if (series_.interval == Interval::DAY_3 || precedence_ != Precedence::committed || !other.rows.empty())
      return false;
    const auto from = std::ranges::lower_bound(first.rows.open_time, to_ms(other.range.begin));
    return from == first.rows.open_time.end() || from_ms(*from) >= other.range.end;
  }

  void reserve(Candles& rows) const {
    std::size_t most = rows.size();
    for (const Addition* const addition : additions_) most += addition->rows.size();
    rows.reserve(most);
  }

  static Content join(std::optional<Content> base, std::optional<Content> tail) {
    if (!base) return tail ? *std::move(tail) : Content{};
    if (!tail) return *std::move(base);
    const auto append = [](auto& to, auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    base->rows.append(tail->rows, 0, tail->rows.size());
    append(base->coverage.answered, tail->coverage.answered);
    append(base->coverage.holes, tail->coverage.holes);
    append(base->coverage.off_grid, tail->coverage.off_grid);
    append(base->coverage.files, tail->coverage.files);
    normalise(base->coverage);
    return *std::move(base);
  }

  void add(Content& content, const Addition& addition, Precedence precedence, CommitResult& result) {
    MergeOutcome outcome = merge(content, addition, series_.interval, precedence, range_);
    result.rows_added += outcome.rows_added;
    result.conflicts.insert(result.conflicts.end(), outcome.conflicts.begin(), outcome.conflicts.end());
    replaced_ = replaced_ || !outcome.conflicts.empty();
    if (outcome.changes.before.empty() && outcome.changes.after.empty()) return;
    result.changes.push_back(std::move(outcome.changes));
  }

  /// All additions take precedence over what is there, but an earlier one's rows over a later one's.
  void replace(Content& content) {
    RangeSet brought;
    for (const Addition* addition : additions_) {
      const TimeRange whole = addition->range;
      RangeSet rest{whole};
      rest.subtract(brought);
      const RangeSet second = brought.intersect(whole);
      for (const TimeRange& range : rest) add(content, cut(*addition, range), Precedence::addition, result_);
      for (const TimeRange& range : second) add(content, cut(*addition, range), Precedence::committed, result_);
      for (const std::int64_t ms : addition->rows.open_time) {
        const Timestamp open = from_ms(ms);
        const bool aligned = series_.interval.on_grid(open);
        brought.add({open, aligned ? series_.interval.close_of(open) : open + std::chrono::milliseconds{1}});
      }
    }
  }

  void write(Part part, const Candles& rows, const Coverage& coverage) {
    static std::atomic<std::uint64_t> number = 0;
    const auto path = path_of(part);
    const auto temporary = path.parent_path() / temporary_name(month_, part, ::getpid(), ++number);
    const auto before = files_.stat(path);
    try {
      {
        const auto file = files_.create(temporary);
        write_partition(*file, {series_, month_, part}, rows, coverage);
        file->sync();
      }
      check_lock();
      set_condemned_aside();
      files_.rename(temporary, path);
    } catch (...) {
      try {
        files_.remove(temporary);
      } catch (const FileError&) {  // the next commit removes it
      }
      throw;
    }
    sync();
    const auto after = files_.stat(path);
    grown_ += (after ? after->size : 0) - (before ? before->size : 0);
    wrote_ = true;
  }

  void sync() { files_.sync_folder(directory_.layout.series_folder(series_)); }

  struct Condemned {
    PartitionKey key;
    FileStat stat;
    std::string why;
  };

  const Directory& directory_;
  Files& files_;
  const Series& series_;
  Month month_;
  TimeRange range_;
  const std::vector<const Addition*>& additions_;
  Precedence precedence_;
  std::unique_ptr<LockFile> lock_;
  MonthFiles now_{};
  std::vector<Condemned> condemned_;
  bool replaced_ = false;
  bool wrote_ = false;
  std::int64_t grown_ = 0;
  CommitResult result_;
};

}  // namespace

CommitResult commit_month(const Directory& directory, const Series& series, Month month,
                          const std::vector<const Addition*>& additions, Precedence precedence,
                          const Waiting& waiting) {
  for (int i = 1;; ++i) {
    Commit commit{directory, series, month, additions, precedence};
    try {
      return commit.run(waiting);
    } catch (const CacheError&) {
      if (i == kTries || !commit.lost_its_lock()) throw;
    }
  }
}

}  // namespace klinekeep::store
