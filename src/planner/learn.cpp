#include "planner/learn.hpp"

#include <algorithm>

#include "core/market_rules.hpp"
#include "planner/archive_files.hpp"
#include "planner/believed.hpp"
#include "planner/period.hpp"
#include "planner/plan.hpp"
#include "planner/silence.hpp"

namespace klinekeep::planner {
namespace {

bool is_full(const RestPage& page, const Rows& rows) { return std::cmp_greater_equal(rows.count, page.limit); }

/// A page with fewer rows than its limit tells of its whole window; a full one of what lies between its first and last
/// row.
TimeRange taught_by(const RestPage& page, const Rows& rows, Interval interval) {
  if (!is_full(page, rows) || !rows.span) return page.window;
  return page.window.intersect({interval.ceil(rows.span->begin), interval.close_of(interval.floor(rows.span->end))});
}

/// What of `slots` had closed so long before the answer's time that a slot without a candle is absent.
TimeRange old_part(const TimeRange& slots, Interval interval, const AnswerTimes& times) {
  return closed_part(slots, interval, times.as_of - kHoleSettlesAfter);
}

/// A question found a candle there, and no page brings it.
void fail_seen(Ledger& ledger, const TimeRange& range) {
  ledger.rest_failures[range.begin] = {range, Cause::integrity,
                                       "REST says that there is a candle, and does not bring it"};
}

/// What a page of REST has told, and what it has not.
class PageLearner {
 public:
  PageLearner(Ledger& ledger, const Wanted& wanted, const RestPage& page, const Rows& rows)
      : ledger_(ledger),
        interval_(wanted.series.interval),
        page_(page),
        rows_(rows),
        taught_(taught_by(page, rows, interval_)),
        answered_(closed_part(taught_, interval_, rows.times.as_of)),
        old_(old_part(taught_, interval_, rows.times)) {}

  void learn() {
    ledger_.present.add(rows_.have);
    learn_rows_and_holes();
    learn_what_is_not_reached();
    if (rows_.off_grid && is_full(page_, rows_)) ledger_.rest_crowded.add(page_.window);
    if (rows_.span && ledger_.first && ledger_.first->range.contains(rows_.span->begin)) ledger_.first.reset();
    if (rows_.span && ledger_.last && ledger_.last->range.contains(rows_.span->end)) ledger_.last.reset();
  }

 private:
  void learn_rows_and_holes() {
    const RangeSet answered{answered_};
    ledger_.not_yet.add(answered.minus(RangeSet{old_}).minus(rows_.have));
    const TimeRange inner = between_rows();
    RangeSet told = RangeSet{inner}.intersect(answered_);
    told.subtract(ledger_.not_yet);
    for (const TimeRange& hole : told.minus(rows_.have)) note(hole, Silence::Kind::between);
    ledger_.rest.add(told);
    const auto kind = rows_.span ? Silence::Kind::edge : Silence::Kind::whole;
    const RangeSet outer = RangeSet{old_}.minus(RangeSet{inner}).minus(rows_.have);
    for (const TimeRange& edge : outer) {
      for (const TimeRange& gone : RangeSet{edge}.intersect(ledger_.seen)) fail_seen(ledger_, gone);
      for (const TimeRange& part : RangeSet{edge}.minus(ledger_.seen)) note(part, kind);
    }
  }

  /// From the first row to the last; nothing where there is none.
  [[nodiscard]] TimeRange between_rows() const {
    const Timestamp begin = page_.window.begin;
    if (!rows_.span) return {begin, begin};
    return page_.window.intersect(
        {interval_.floor(rows_.span->begin), interval_.close_of(interval_.floor(rows_.span->end))});
  }

  /// Slots that had not closed by the page's time: and by our own clock?
  void learn_what_is_not_reached() {
    const TimeRange beyond{std::max(answered_.end, taught_.begin), taught_.end};
    if (beyond.empty()) return;
    const Timestamp long_ago = rows_.times.heard_at - kClocksDiffer;
    const RangeSet late = RangeSet{closed_part(taught_, interval_, long_ago)}.intersect(beyond).minus(rows_.have);
    Late* const before = asked_before();
    const bool is_first_time = before == nullptr && !page_.again;
    if (is_first_time && !late.empty()) {  // with what closed just now: one page for all
      const TimeRange whole{late.begin()->begin, beyond.end};
      ledger_.late.insert_or_assign(whole.begin, Late{whole, rows_.times});
      return;
    }
    ledger_.not_yet.add(RangeSet{beyond}.minus(late));
    if (late.empty()) {
      if (before != nullptr) before->asked_again = true;
    } else if (before != nullptr && agree(before->times, rows_.times)) {
      before->asked_again = true;
      ledger_.not_yet.add(late);
      ledger_.clock_ahead = rows_.times.heard_at - rows_.times.as_of;
    } else {
      if (before != nullptr) before->asked_again = true;
      for (const TimeRange& range : late) fail(range, "its time cannot be trusted");
    }
  }

  [[nodiscard]] Late* asked_before() const {
    if (!page_.again) return nullptr;
    const auto found = late_in(ledger_.late, page_.window);
    return found == ledger_.late.end() ? nullptr : &found->second;
  }

  /// Whether two answers find our clock ahead of theirs by as much.
  static bool agree(const AnswerTimes& a, const AnswerTimes& b) {
    const Duration difference = (a.heard_at - a.as_of) - (b.heard_at - b.as_of);
    return difference <= kClocksAgree && difference >= -kClocksAgree;
  }

  void note(const TimeRange& range, Silence::Kind kind) {
    if (!range.empty()) ledger_.silences.push_back({range, kind, rows_.times.asked_at});
  }

  void fail(const TimeRange& range, std::string why) {
    ledger_.rest_failures[range.begin] = {range, Cause::integrity, std::move(why)};
  }

  Ledger& ledger_;
  Interval interval_;
  const RestPage& page_;
  const Rows& rows_;
  TimeRange taught_;
  TimeRange answered_;
  TimeRange old_;
};

/// One visit of (action, answer). Pairs that cannot be are bugs of the executor, and teach nothing.
struct Learner {
  Ledger& ledger;
  const Wanted& wanted;
  const Step& step;

  // The archive.

  void operator()(const ArchiveFile& file, const Rows& rows) const {
    files(file).asked[file.period] = {.kind = FileState::Kind::read};
    RangeSet answered{range_answered(wanted, step, rows)};
    if (file.granularity == Granularity::monthly && has_files(Granularity::daily, wanted.series.interval)) {
      ledger.months_read[file.period] = {rows.times.asked_at, rows.trust};
      const RangeSet holes = day_holes(rows, answered);
      ledger.archive_day_holes.add(holes);
      answered.subtract(holes);
      settle_day_holes();
    } else {
      ledger.archive_day_holes.subtract(answered);
    }
    ledger.present.add(rows.have);
    ledger.refused.add(rows.refused);
    ledger.archive.add(answered);
    std::erase_if(ledger.doubted_files, [&](const DoubtedFile& doubted) { return is_of(doubted, file); });
  }
  void operator()(const ArchiveFile& file, const Absent& /*answer*/) const {
    FileLedger& known = files(file);
    known.asked[file.period] = {.kind = FileState::Kind::absent};
    if (!known.listed.contains(file.period)) known.asked_directly_absent = true;
    settle_day_holes();
  }
  void operator()(const ArchiveFile& file, const Distrusted& answer) const {
    const bool last_resort = !answer.readable || file.accept_unverified;
    files(file).asked[file.period] = {.kind = last_resort ? FileState::Kind::malformed : FileState::Kind::unverified,
                                      .cause = Cause::integrity,
                                      .detail = answer.detail};
    ledger.refused.add(answer.refused);
  }
  void operator()(const ArchiveFile& file, const Failed& answer) const {
    files(file).asked[file.period] = {.kind = FileState::Kind::failed, .cause = answer.cause, .detail = answer.detail};
    const auto doubts = [&](const DoubtedFile& doubted) { return is_of(doubted, file); };
    if (std::ranges::any_of(ledger.doubted_files, doubts)) ledger.archive_doubts_over = true;
  }

  void operator()(const List& list, const Listed& answer) const {
    FileLedger& known = ledger.of(list.granularity);
    if (!list.after && answer.files.empty() && answer.complete && known.was_there) {
      ledger.listing_contradicts = true;
      return fail_listing(known);
    }
    for (const ListedFile& file : answer.files) known.exists[file.period] = file;
    const Timestamp begin = list.after ? next_period(list.granularity, *list.after) : kBeginOfTime;
    Timestamp end = answer.files.empty() ? begin : next_period(list.granularity, answer.files.back().period);
    if (answer.complete) end = kEndOfTime;
    known.listed.add({begin, end});
    if (!list.after) {
      known.first_known = true;
      known.listed_at = answer.asked_at;
    }
    if (TimeRange{begin, end}.empty()) known.listing_failed = true;  // it told nothing: do not ask again
    known.listed_for_doubts = true;
    known.told_at = answer.asked_at;
    look_at_doubted_files(list.granularity, {begin, end}, answer.asked_at);
    settle_day_holes();
    const Interval interval = wanted.series.interval;
    const bool has_none = is_fully_listed(ledger, interval) && !first_listed(ledger, interval);
    if (has_none && ledger.archive_was_there) doubt_empty_listing(ledger);
  }
  void operator()(const List& list, const Failed& /*answer*/) const {
    fail_listing(ledger.of(list.granularity));
    ledger.archive_doubts_over = true;
  }

  // REST.

  void operator()(const RestPage& page, const Rows& rows) const {
    ledger.rest_asked = true;
    count_doubt(page.window);
    if (page.again) ledger.asked_again.add(page.window);
    PageLearner{ledger, wanted, page, rows}.learn();
  }
  void operator()(const RestPage& page, const Distrusted& answer) const { fail(page, Cause::integrity, answer.detail); }
  void operator()(const RestPage& page, const Failed& answer) const { fail(page, answer.cause, answer.detail); }
  void operator()(const RestPage& page, const Unknown& answer) const {
    if (page.again)
      return fail(page, Cause::integrity, "REST knows the symbol at one time, and at another it does not");
    ledger.rest_asked = true;
    ledger.denied.add(page.window);
    deny(page.window, answer, /*is_question=*/false);
  }

  void operator()(const FirstCandle& /*action*/, const Found& answer) const {
    ledger.first_asked = true;
    ledger.unknown_to_rest = false;
    // Where it has none at all: as far as the answer reaches.
    const TimeRange none = old_part({Timestamp{}, kEndOfTime}, wanted.series.interval, answer.times);
    const Timestamp first = answer.open_time.value_or(none.end);
    if (!ledger.present.empty() && ledger.present.begin()->begin < first) {
      ledger.first.reset();  // a candle before it disproves it
      return;
    }
    ledger.first = NoCandles{{Timestamp{}, first}, answer.times.asked_at, !answer.by_another_host};
    if (!answer.open_time) return await({first, wanted.slots.end}, answer.times);
    disprove(first, first);
    see(first);
  }
  void operator()(const FirstCandle& /*action*/, const Unknown& answer) const {
    ledger.first_asked = true;
    deny(wanted.slots, answer, /*is_question=*/true);
  }
  void operator()(const FirstCandle& /*action*/, const Failed& answer) const {
    ledger.first_asked = true;
    if (ledger.first && !ledger.first->due.empty()) let_stand(*ledger.first);
    fail_question(step.range, answer);
  }

  void operator()(const NextCandle& next, const Found& answer) const {
    note_question(next);
    ledger.unknown_to_rest = false;
    const bool any_of_window = rules_of(wanted.series.market).began.has_value();
    const Interval interval = wanted.series.interval;
    const TimeRange asked{next.window.begin, any_of_window ? next.window.end : kEndOfTime};
    if (any_of_window && answer.open_time && *answer.open_time >= step.range.end)
      return;  // nothing of the stretch itself
    const TimeRange old = old_part(asked, interval, answer.times);
    Timestamp end = std::min(answer.open_time.value_or(kEndOfTime), old.end);
    if (any_of_window && answer.open_time) end = next.window.begin;
    const TimeRange none{next.window.begin, std::max(end, next.window.begin)};
    for (const TimeRange& range : still_open(none)) {
      ledger.silences.push_back(
          {range, Silence::Kind::question, answer.times.asked_at, /*weak=*/!answer.by_another_host});
    }
    if (answer.open_time) {
      see(*answer.open_time);
      disprove(any_of_window ? next.window.begin : *answer.open_time, step.range.end);
      if (ledger.last && ledger.last->range.contains(*answer.open_time)) ledger.last.reset();
    } else {
      learn_the_end(none, answer);
      await({none.end, std::min(asked.end, wanted.slots.end)}, answer.times);
    }
  }
  void operator()(const NextCandle& next, const Unknown& answer) const {
    note_question(next);
    let_the_end_stand(next);
    deny(wanted.slots, answer, /*is_question=*/true);  // it is about the symbol
  }
  void operator()(const NextCandle& next, const Failed& answer) const {
    note_question(next);
    let_the_end_stand(next);
    if (ledger.rest_doubts.touches(step.range)) {
      ledger.rest_doubts_over = true;
    } else {
      fail_question(step.range, answer);
      ledger.rest_failures.try_emplace(step.range.begin, MissingRange{step.range, answer.cause, answer.detail});
    }
  }

  template <class A, class B>
  void operator()(const A& /*action*/, const B& /*answer*/) const {}

 private:
  [[nodiscard]] FileLedger& files(const ArchiveFile& file) const { return ledger.of(file.granularity); }

  static bool is_of(const DoubtedFile& doubted, const ArchiveFile& file) {
    return doubted.granularity == file.granularity && doubted.period == file.period;
  }

  /// Slots that a monthly file lacks, and of which the daily file may know more, as its day is not whole: unless the
  /// archive has answered for them before.
  [[nodiscard]] RangeSet day_holes(const Rows& rows, const RangeSet& answered) const {
    return answered.minus(rows.have).minus(ledger.archive);
  }

  /// Where there is no daily file, the word of the monthly one stands.
  void settle_day_holes() const {
    RangeSet settled;
    const FileLedger& daily = ledger.of(Granularity::daily);
    for_each_part(ledger.archive_day_holes, wanted.series.interval, [&](const TimeRange& part) {
      if (!is_absent(daily, period_of(Granularity::daily, part.begin))) return;
      settled.add(part);
      const auto month = ledger.months_read.find(period_of(Granularity::monthly, part.begin));
      if (month == ledger.months_read.end()) return;
      const Timestamp asked_at = std::max(month->second.asked_at, daily.told_at);
      ledger.day_holes_stand.push_back({Granularity::monthly, {part}, asked_at, month->second.trust});
    });
    ledger.archive_day_holes.subtract(settled);
    ledger.archive.add(settled);
  }

  /// What was known of the first file stands.
  static void fail_listing(FileLedger& known) {
    known.listing_failed = true;
    known.listed_for_doubts = true;
    if (!known.first_remembered) return;
    known.first_known = true;
    known.exists.try_emplace(*known.first_remembered, ListedFile{*known.first_remembered, {}, {}});
  }

  /// Those that are listed as they were have no more to tell; neither have those that are not listed any more.
  void look_at_doubted_files(Granularity granularity, const TimeRange& listed, Timestamp asked_at) const {
    const FileLedger& known = ledger.of(granularity);
    std::erase_if(ledger.doubted_files, [&](const DoubtedFile& doubted) {
      if (doubted.granularity != granularity || !listed.contains(doubted.period)) return false;
      const auto found = known.exists.find(doubted.period);
      if (found != known.exists.end() && is_another(doubted, found->second)) {
        ledger.changed_files.insert(ArchiveFile{granularity, doubted.period});
        return false;
      }
      ledger.confirmed.push_back({granularity, doubted.slots, asked_at, doubted.trust});
      return true;
    });
  }

  static bool is_another(const DoubtedFile& doubted, const ListedFile& listed) {
    if (!doubted.etag.empty() && !listed.etag.empty()) return doubted.etag != listed.etag;
    return listed.last_modified && *listed.last_modified > doubted.asked_at;
  }

  void count_doubt(const TimeRange& window) const {
    if (ledger.rest_doubts.touches(window)) ++ledger.doubts_asked;
  }

  void note_question(const NextCandle& next) const {
    count_doubt(next.window);
    ledger.questions.insert(next.window);
    ledger.unknown_asked = ledger.unknown_asked || ledger.unknown_to_rest;
  }

  /// It was asked whether there is a candle after the last one by now, in vain.
  void let_the_end_stand(const NextCandle& next) const {
    if (ledger.last && ledger.last->range.contains(next.window.begin)) let_stand(*ledger.last);
  }

  /// An empty answer for `slots`, by a source that does not even know the symbol. A question that follows confirms it;
  /// pages that were asked side by side say one thing.
  void deny(const TimeRange& slots, const Unknown& answer, bool is_question) const {
    const bool confirms = is_question && ledger.unknown_to_rest;
    const auto kind = confirms ? Silence::Kind::question : Silence::Kind::whole;
    ledger.unknown_to_rest = true;
    const TimeRange old = old_part(slots, wanted.series.interval, answer.times);
    for (const TimeRange& range : still_open(old)) {
      ledger.silences.push_back({range, kind, answer.times.asked_at, /*weak=*/!answer.by_another_host});
    }
    await({old.end, slots.end}, answer.times);
  }

  /// What an answer that brought no row does not reach: not yet, if its time can be right.
  void await(const TimeRange& slots, const AnswerTimes& times) const {
    if (times.heard_at - times.as_of <= kClocksDiffer) ledger.not_yet.add(still_open(slots));
  }

  /// The part of `range` that nobody has answered for.
  [[nodiscard]] RangeSet still_open(const TimeRange& range) const {
    return RangeSet{range.intersect(wanted.slots)}.minus(ledger.present).minus(ledger.rest);
  }

  /// What was known, and could not be asked again.
  void let_stand(NoCandles& fact) const {
    fact.due = {};
    ledger.fact_stands = true;
  }

  void see(Timestamp slot) const {
    if (wanted.slots.contains(slot)) ledger.seen.add({slot, wanted.series.interval.next(slot)});
  }

  /// Slots that an answer found too young, in one piece with what is disproved from `at` on: without a row it says no
  /// more of them than of the others. What has been asked again before stays as it is.
  [[nodiscard]] RangeSet young_behind(Timestamp at, const RangeSet& disproved) const {
    RangeSet piece = disproved;
    piece.add(ledger.not_yet);
    for (const TimeRange& range : piece.intersect(TimeRange{at, kEndOfTime})) {
      if (!range.contains(at)) break;
      return ledger.not_yet.intersect(range).minus(ledger.asked_again);
    }
    return {};
  }

  /// There is a candle at `at`: what is said to be absent from there on in its stretch is asked again, and what was
  /// asked about until `end`. What has been asked again before is not asked a third time.
  void disprove(Timestamp at, Timestamp end) const {
    RangeSet disproved{{at, end}};
    const bool is_said =
        std::ranges::any_of(ledger.silences, [&](const Silence& silence) { return silence.range.contains(at); });
    if (is_said) {
      const Judged judged = judge(ledger, wanted.series.interval);
      RangeSet silent = judged.weak;
      silent.add(judged.asked);
      for (const TimeRange& stretch : silent.intersect(TimeRange{at, kEndOfTime})) {
        if (!stretch.contains(at)) break;
        unsay(ledger, stretch);
        disproved.add(stretch);
      }
    }
    disproved.add(young_behind(at, disproved));
    ledger.disproved.add(disproved);
    ledger.not_yet.subtract(disproved);
    ledger.rest_doubts.subtract(disproved);
    for (const TimeRange& range : ledger.asked_again.intersect(disproved)) {
      for (const TimeRange& open : still_open(range)) fail_seen(ledger, open);
    }
  }

  /// No candle opens in `none`: where that is all that the answer reaches, the series has ended, as far as is known.
  void learn_the_end(const TimeRange& none, const Found& answer) const {
    if (none.empty() || ledger.present.touches({none.begin, kEndOfTime})) return;
    const TimeRange since{none.begin, kEndOfTime};
    if (none.end < old_part(since, wanted.series.interval, answer.times).end) return;
    Timestamp begin = none.begin;
    if (ledger.last && ledger.last->range.begin <= begin && begin <= ledger.last->range.end) {
      begin = ledger.last->range.begin;
    }
    ledger.last = NoCandles{{begin, none.end}, answer.times.asked_at, !answer.by_another_host};
  }

  void fail_question(const TimeRange& stretch, const Failed& answer) const {
    const Judged judged = judge(ledger, wanted.series.interval);
    for (const TimeRange& range : judged.weak.intersect(stretch)) {
      unsay(ledger, range);
      ledger.rest_failures[range.begin] = {range, answer.cause, answer.detail};
    }
  }

  void fail(const RestPage& page, Cause cause, const std::string& detail) const {
    ledger.rest_asked = true;
    count_doubt(page.window);
    if (ledger.rest_doubts.touches(page.window)) ledger.rest_doubts_over = true;
    if (page.again) ledger.asked_again.add(page.window);
    for (auto at = late_in(ledger.late, page.window); page.again && at != ledger.late.end();
         at = late_in(ledger.late, page.window)) {
      at->second.asked_again = true;
      const TimeRange part = at->second.range.intersect(page.window);
      ledger.rest_failures[part.begin] = {part, Cause::integrity, "its time cannot be trusted; asked again: " + detail};
    }
    ledger.rest_failures.try_emplace(page.window.begin, MissingRange{page.window, cause, detail});
  }
};

}  // namespace

Ledger learn(Ledger ledger, const Wanted& wanted, const Step& step, const Answer& answer) {
  std::visit(Learner{ledger, wanted, step}, step.action, answer);
  return ledger;
}

TimeRange range_answered(const Wanted& wanted, const Step& step, const Rows& rows) {
  const Interval interval = wanted.series.interval;
  const auto* const page = std::get_if<RestPage>(&step.action);
  // On the grid: a month of 1w begins and ends between two candles.
  const TimeRange file{interval.ceil(step.range.begin), interval.ceil(step.range.end)};
  return closed_part(page == nullptr ? file : taught_by(*page, rows, interval), interval, rows.times.as_of);
}

}  // namespace klinekeep::planner
