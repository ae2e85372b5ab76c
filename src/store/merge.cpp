#include <algorithm>
#include <cstddef>
#include <span>

#include "core/grid_runs.hpp"
#include "store/absence.hpp"
#include "store/content.hpp"
#include "store/row_edit.hpp"
#include "store/runs.hpp"

namespace klinekeep::store {
namespace {

/// One merge. First every row of both sides that opens in the range is judged, then the judgement is carried out.
class Merger {
 public:
  Merger(Content& content, const Addition& addition, Interval interval, Precedence precedence,
         const std::optional<TimeRange>& month)
      : content_(content),
        addition_(addition),
        interval_(interval),
        precedence_(precedence),
        bounds_(month.value_or(TimeRange{kBeginOfTime, kEndOfTime})),
        opens_in_(addition.range.intersect(bounds_)),
        proven_(addition.trust != Trust::unverified),
        at_(std::chrono::floor<std::chrono::seconds>(addition.at)),
        edit_(content.rows, addition.rows, opens_in_) {}

  MergeOutcome run() {
    if (opens_in_.empty()) return {};
    judge();
    std::ranges::sort(outcome_.conflicts);
    auto& conflicts = outcome_.conflicts;
    conflicts.erase(std::unique(conflicts.begin(), conflicts.end()), conflicts.end());
    apply();
    return std::move(outcome_);
  }

  /// Whether the rows afterwards would be just those of the addition. The rows of the content stay as they are.
  bool only_judge() {
    if (opens_in_.empty()) return false;
    judge();
    return content_.rows.empty() && outcome_.conflicts.empty() && edit_.takes_all();
  }

 private:
  void judge() {
    if (addition_.confirms) {
      confirm_absence(content_.coverage.holes, absence(), slots());
      normalise(content_.coverage);
      return;
    }
    look_at_coverage();
    judge_off_grid();
    judge_rows();
    judge_absent_rows();
    write_coverage();
  }

  bool is_3d() const { return interval_ == Interval::DAY_3; }

  Absence absence() const { return {.origin = addition_.origin, .at = at_, .weak = addition_.weak}; }

  /// Those that the addition speaks of.
  RangeSet slots() const {
    const RangeSet all{TimeRange{interval_.ceil(opens_in_.begin), interval_.ceil(opens_in_.end)}.intersect(bounds_)};
    return all.minus(addition_.except);
  }

  /// The slots that a row on the grid stands for, within the month.
  TimeRange cover(Timestamp open) const { return TimeRange{open, interval_.close_of(open)}.intersect(bounds_); }
  TimeRange slot_around(Timestamp t) const {
    const Timestamp begin = interval_.floor(t);
    return TimeRange{begin, interval_.next(begin)}.intersect(bounds_);
  }

  /// Carries the edit out, and tells what it changes: rows that go, and 3d: the ones that open elsewhere in their
  /// place.
  void apply() {
    std::vector<Timestamp> opens = edit_.dropped_opens();
    if (opens.empty()) {
      outcome_.rows_added = edit_.apply();
      return;
    }
    opens.insert(opens.end(), outcome_.conflicts.begin(), outcome_.conflicts.end());
    std::ranges::sort(opens);
    opens.erase(std::unique(opens.begin(), opens.end()), opens.end());
    const Candles before = rows_at(opens);
    outcome_.rows_added = edit_.apply();
    const Candles after = rows_at(opens);
    tell_changes(before, after);
  }

  [[nodiscard]] Candles rows_at(const std::vector<Timestamp>& opens) const {
    Candles rows;
    const auto& all = content_.rows.open_time;
    auto from = all.begin();
    for (const Timestamp open : opens) {
      from = std::lower_bound(from, all.end(), to_ms(open));
      if (from == all.end()) break;
      if (*from == to_ms(open)) rows.push_back(content_.rows, static_cast<std::size_t>(from - all.begin()));
    }
    return rows;
  }

  void tell_changes(const Candles& before, const Candles& after) {
    std::size_t b = 0;
    std::size_t a = 0;
    while (b < before.size() || a < after.size()) {
      const bool has_before = b < before.size() && (a == after.size() || before.open_time[b] <= after.open_time[a]);
      const bool has_after = a < after.size() && (b == before.size() || after.open_time[a] <= before.open_time[b]);
      const bool equal = has_before && has_after && before.same_row(b, after, a);
      if (has_before && !equal) outcome_.changes.before.push_back(before, b);
      if (has_after && !equal) outcome_.changes.after.push_back(after, a);
      if (has_before) ++b;
      if (has_after) ++a;
    }
  }

  void look_at_coverage() {
    const auto proven = [](const Answered& each) { return each.trust != Trust::unverified; };
    const auto own = [&](const Answered& each) { return each.origin == addition_.origin; };
    const auto others = [&](const Answered& each) { return each.origin != addition_.origin; };
    proven_rows_ = rows_by(content_.coverage, proven);
    own_rows_ = rows_by(content_.coverage, own);
    other_rows_ = rows_by(content_.coverage, others);
    slots_ = slots();
    if (!proven_) {
      proven_slots_ = answered_slots(content_.coverage, proven);
      slots_.subtract(proven_slots_);
    }
  }

  void tell(Timestamp open) { outcome_.conflicts.push_back(open); }

  /// Whether the row that is there bears on bytes that nothing proves.
  bool weak(Timestamp open) const { return !proven_rows_.contains(open); }
  bool weak_off_grid(Timestamp open) const {
    return std::ranges::none_of(content_.coverage.off_grid,
                                [&](const OffGrid& row) { return row.open == open && row.trust != Trust::unverified; });
  }

  void judge_off_grid() {
    const std::vector<OffGrid> listed = content_.coverage.off_grid;
    for (const OffGrid& row : listed) {
      if (judged_absent(row)) std::erase(content_.coverage.off_grid, row);
    }
    for (const std::size_t row : new_off_grid()) {
      const Timestamp open = from_ms(addition_.rows.open_time[row]);
      if (!proven_ && proven_slots_.contains(open)) continue;
      const auto there = edit_.old_at(open);
      if (there && !edit_.same(*there, row)) {
        tell(open);
        const bool is_weak = weak_off_grid(open);
        const bool beats_it = precedence_ == Precedence::addition ? proven_ || is_weak : proven_ && is_weak;
        if (!beats_it) {
          refused_.add(slot_around(open));
          continue;
        }
        edit_.drop(*there);
        std::erase_if(content_.coverage.off_grid, [&](const OffGrid& other) { return other.open == open; });
      }
      edit_.take(row);
      content_.coverage.off_grid.push_back({open, addition_.origin, addition_.trust});
    }
  }

  [[nodiscard]] std::vector<std::size_t> new_off_grid() const {
    std::vector<std::size_t> rows;
    for_each_grid_run(
        new_opens(), interval_, [](std::size_t, std::size_t) {},
        [&](std::size_t row) { rows.push_back(edit_.new_begin() + row); });
    return rows;
  }

  /// Of the rows that open in the range.
  [[nodiscard]] std::span<const std::int64_t> new_opens() const {
    return std::span{addition_.rows.open_time}.subspan(edit_.new_begin(), edit_.new_end() - edit_.new_begin());
  }

  /// Whether `listed` is no longer so, as the addition has no such row. Drops the row with its last origin.
  bool judged_absent(const OffGrid& listed) {
    if (!opens_in_.contains(listed.open) || edit_.new_at(listed.open)) return false;
    if (!proven_ && (listed.trust != Trust::unverified || proven_slots_.contains(listed.open))) return false;
    const bool gives_way = proven_ && weak_off_grid(listed.open);
    if (!gives_way && listed.origin != addition_.origin) return false;
    tell(listed.open);
    if (!gives_way && precedence_ == Precedence::committed) return false;
    const bool others = !gives_way && std::ranges::any_of(content_.coverage.off_grid, [&](const OffGrid& row) {
      return row.open == listed.open && row.origin != addition_.origin;
    });
    if (const auto there = edit_.old_at(listed.open); there && !others) edit_.drop(*there);
    return true;
  }

  /// Rows that are there and cannot be beside a candle that opens at `open`.
  std::vector<std::size_t> rivals_of(Timestamp open, std::optional<std::size_t> there) const {
    std::vector<std::size_t> rivals;
    if (there) rivals.push_back(*there);
    if (!is_3d()) return rivals;
    const auto [begin, end] = edit_.old_in({open - std::chrono::days{2}, open + std::chrono::days{3}});
    for (std::size_t row = begin; row < end; ++row) {
      const Timestamp other = from_ms(content_.rows.open_time[row]);
      if (other != open && interval_.on_grid(other)) rivals.push_back(row);
    }
    return rivals;
  }

  /// Where there is nothing yet, every row is taken.
  bool judge_rows_alone() {
    if (!content_.rows.empty() || is_3d() || !refused_.empty() || !proven_slots_.empty()) return false;
    const auto opens = new_opens();
    const auto on_grid = [&](std::size_t first, std::size_t last) {
      const Timestamp begin = from_ms(opens[first]);
      covered_.add(TimeRange{begin, interval_.close_of(from_ms(opens[last - 1]))}.intersect(bounds_));
      edit_.take(edit_.new_begin() + first, edit_.new_begin() + last);
    };
    for_each_grid_run(opens, interval_, on_grid, [](std::size_t) {});
    return true;
  }

  void judge_rows() {
    if (judge_rows_alone()) return;
    Runs covered;
    Runs refused;
    Timestamp last_end = kBeginOfTime;
    for (std::size_t row = edit_.all_new_begin(interval_); row < edit_.new_end(); ++row) {
      const Timestamp open = from_ms(addition_.rows.open_time[row]);
      if (!interval_.on_grid(open)) continue;
      const TimeRange slots = cover(open);
      if (open < opens_in_.begin) {  // 3d: it opened before, and covers the first days
        covered.add(slots);
        continue;
      }
      if (is_3d() && open < last_end) {  // inside the candle before it, of the same answer: that one stands
        tell(open);
        continue;
      }
      last_end = slots.end;
      if (refused_.contains(open)) continue;
      if (!proven_ && proven_slots_.touches(slots)) {
        refused.add(slots);
        continue;
      }
      const auto there = edit_.old_at(open);
      if (!there || !edit_.same(*there, row)) {
        const auto rivals = rivals_of(open, there);
        if (!rivals.empty() && !beats(rivals, open)) {
          refused.add(slots);
          continue;
        }
        edit_.take(row);
      }
      covered.add(slots);
    }
    covered_ = covered.take();
    refused_.add(refused.take());
  }

  /// Whether the addition's row takes the place of its rivals, which go then.
  bool beats(const std::vector<std::size_t>& rivals, Timestamp open) {
    tell(open);
    const auto opened = [&](std::size_t row) { return from_ms(content_.rows.open_time[row]); };
    const bool all_weak = std::ranges::all_of(rivals, [&](std::size_t row) { return weak(opened(row)); });
    if (precedence_ == Precedence::committed && !(proven_ && all_weak)) return false;
    for (const std::size_t row : rivals) drop(row);
    superseded_.add(cover(open));
    return true;
  }

  void drop(std::size_t row) {
    edit_.drop(row);
    superseded_.add(cover(from_ms(content_.rows.open_time[row])));
  }

  /// Rows that are there where the addition has none.
  void judge_absent_rows() {
    const RangeSet silent = slots_.minus(covered_).minus(refused_);
    Runs kept;
    for (const TimeRange& range : silent) {
      const auto [begin, end] =
          edit_.old_in({range.begin - (is_3d() ? std::chrono::days{2} : std::chrono::days{0}), range.end});
      for (std::size_t row = begin; row < end; ++row) {
        const Timestamp open = from_ms(content_.rows.open_time[row]);
        if (!interval_.on_grid(open) || edit_.dropped(row)) continue;
        const bool own = own_rows_.contains(open);
        if (open < opens_in_.begin) {  // 3d: it opened before the range, which does not speak of it
          if (own) kept.add(cover(open));
          continue;
        }
        if (!slots_.contains(open) || edit_.new_at(open)) continue;
        if (proven_ && weak(open)) {
          tell(open);
          drop(row);
        } else if (own) {
          tell(open);
          if (precedence_ == Precedence::committed) {
            kept.add(cover(open));
          } else if (!other_rows_.contains(open)) {
            drop(row);
          }
        }
      }
    }
    refused_.add(kept.take());
  }

  void write_coverage() {
    Coverage& coverage = content_.coverage;
    const auto own = [&](const auto& entry) { return entry.origin == addition_.origin; };

    for (const Origin origin : {Origin::daily, Origin::monthly, Origin::rest}) {
      const RangeSet gone = superseded_.minus(holes_of(coverage, origin));
      subtract(coverage.answered, gone, [&](const Answered& each) { return each.origin == origin; });
    }

    RangeSet gained = slots_.minus(refused_);
    const RangeSet holes = gained.minus(covered_);
    if (is_3d()) gained.add(covered_.minus(refused_));
    subtract(coverage.holes, covered_, own);
    enter_absence(coverage.holes, absence(), holes);

    const RangeSet better =
        answered_slots(coverage, [&](const Answered& each) { return own(each) && each.trust < addition_.trust; });
    const RangeSet new_answers = gained.minus(better);
    subtract(coverage.answered, new_answers,
             [&](const Answered& each) { return own(each) && each.trust != addition_.trust; });
    for (const TimeRange& range : new_answers)
      coverage.answered.push_back({addition_.origin, addition_.trust, range, at_});

    keep_file(!gained.empty());
    normalise(coverage);
  }

  /// A file that is read again takes the place of what it was, as it answers for all that it answered for then.
  void keep_file(bool has_gained) {
    if (!addition_.file || (!has_gained && !edit_.takes_any())) return;
    auto& files = content_.coverage.files;
    if (precedence_ == Precedence::addition) {
      std::erase_if(files, [&](const UsedFile& used) { return used.name == addition_.file->name; });
    }
    files.push_back(*addition_.file);
  }

  Content& content_;
  const Addition& addition_;
  Interval interval_;
  Precedence precedence_;
  TimeRange bounds_;    // of the month
  TimeRange opens_in_;  // where rows count
  bool proven_;
  Timestamp at_;
  RowEdit edit_;

  RangeSet proven_rows_;   // slots whose row is proven by some origin
  RangeSet own_rows_;      // … is the one of the addition's origin
  RangeSet other_rows_;    // … is the one of another origin
  RangeSet proven_slots_;  // of which a proven answer tells; only for unproven additions
  RangeSet slots_;         // that the addition answers
  RangeSet covered_;       // … with a row that is there afterwards
  RangeSet refused_;       // … otherwise than what is there and stays
  RangeSet superseded_;    // slots whose old row has gone
  MergeOutcome outcome_;
};

}  // namespace

std::optional<Coverage> coverage_alone(const Addition& addition, Interval interval, const TimeRange& month) {
  Content content;
  if (!Merger{content, addition, interval, Precedence::committed, month}.only_judge()) return std::nullopt;
  return std::move(content.coverage);
}

MergeOutcome merge(Content& content, const Addition& addition, Interval interval, Precedence precedence,
                   const std::optional<TimeRange>& month) {
  return Merger{content, addition, interval, precedence, month}.run();
}

}  // namespace klinekeep::store
