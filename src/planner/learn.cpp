#include "planner/learn.hpp"

#include "planner/period.hpp"
#include "planner/plan.hpp"

namespace klinekeep::planner {
namespace {

bool is_full(const RestPage& page, const Rows& rows) { return std::cmp_greater_equal(rows.count, page.limit); }

/// A page with fewer rows than its limit tells of its whole window; a full one of what lies between its first and last
/// row.
TimeRange taught_by(const RestPage& page, const Rows& rows, Interval interval) {
  if (!is_full(page, rows) || !rows.span) return page.window;
  return page.window.intersect({interval.ceil(rows.span->begin), interval.close_of(interval.floor(rows.span->end))});
}

/// One visit of (action, answer). Pairs that cannot be are bugs of the executor, and teach nothing.
struct Learner {
  Ledger& ledger;
  const Request& request;
  const Step& step;

  void operator()(const ArchiveFile& file, const Rows& rows) const {
    files(file).asked[file.period] = {.kind = FileState::Kind::read};
    const TimeRange answered = answered_by(request, step, rows);
    if (file.granularity == Granularity::monthly && has_files(Granularity::daily, request.series.interval)) {
      note_day_holes(rows, answered);
    } else {
      ledger.archive_day_holes.subtract(step.range);
    }
    ledger.present.add(rows.have);
    ledger.archive.add(answered);
  }
  void operator()(const ArchiveFile& file, const Absent& /*answer*/) const {
    FileLedger& known = files(file);
    known.asked[file.period] = {.kind = FileState::Kind::absent};
    if (!known.listed.contains(file.period)) known.asked_directly_absent = true;
    settle_day_hole(file);
  }
  void operator()(const ArchiveFile& file, const Distrusted& answer) const {
    const bool last_resort = !answer.readable || file.accept_unverified;
    files(file).asked[file.period] = {.kind = last_resort ? FileState::Kind::malformed : FileState::Kind::unverified,
                                      .cause = Cause::integrity,
                                      .detail = answer.detail};
    settle_day_hole(file);
  }
  void operator()(const ArchiveFile& file, const Failed& answer) const {
    files(file).asked[file.period] = {.kind = FileState::Kind::failed, .cause = answer.cause, .detail = answer.detail};
    settle_day_hole(file);
  }

  void operator()(const List& list, const Listed& answer) const {
    FileLedger& known = ledger.of(list.granularity);
    known.exists.insert(answer.periods.begin(), answer.periods.end());
    const Timestamp begin = list.after ? next_period(list.granularity, *list.after) : kBeginOfTime;
    Timestamp end = answer.periods.empty() ? begin : next_period(list.granularity, answer.periods.back());
    if (answer.complete) end = kEndOfTime;
    known.listed.add({begin, end});
    if (!list.after) known.first_known = true;
    if (TimeRange{begin, end}.empty()) known.listing_failed = true;  // it told nothing: do not ask again
  }
  void operator()(const List& list, const Failed& /*answer*/) const {
    ledger.of(list.granularity).listing_failed = true;
  }

  void operator()(const RestPage& page, const Rows& rows) const {
    ledger.present.add(rows.have);
    const TimeRange answered = answered_by(request, step, rows);
    ledger.rest.add(answered);
    ledger.rest_learnt.add(answered);
    ledger.rest_has_rows = ledger.rest_has_rows || rows.count > 0;
    if (rows.off_grid && is_full(page, rows)) ledger.rest_crowded.add(page.window);
    if (!ledger.rest_asked) ledger.rest_began_empty = rows.count == 0;
    ledger.rest_asked = true;
    if (rows.span && ledger.first_candle && rows.span->begin < *ledger.first_candle) ledger.first_candle.reset();
  }
  void operator()(const RestPage& page, const Distrusted& answer) const { fail(page, Cause::integrity, answer.detail); }
  void operator()(const RestPage& page, const Failed& answer) const { fail(page, answer.cause, answer.detail); }
  void operator()(const RestPage& /*page*/, const Unknown& /*answer*/) const { ledger.unknown_to_rest = true; }

  void operator()(const FirstCandle& /*action*/, const First& answer) const {
    ledger.first_candle_asked = true;
    ledger.first_candle_stated = answer.stated;
    if (answer.open_time) {
      ledger.first_candle = answer.open_time;
    } else if (!answer.stated) {
      ledger.first_candle = kEndOfTime;  // not one candle since the epoch
    }
  }
  void operator()(const FirstCandle& /*action*/, const Unknown& /*answer*/) const { ledger.unknown_to_rest = true; }
  void operator()(const FirstCandle& /*action*/, const Failed& /*answer*/) const { ledger.first_candle_asked = true; }

  template <class A, class B>
  void operator()(const A& /*action*/, const B& /*answer*/) const {}

 private:
  [[nodiscard]] FileLedger& files(const ArchiveFile& file) const { return ledger.of(file.granularity); }

  /// Days that the request wants something of, and of which a monthly file has no candle at all: the daily file may
  /// have them, unless the archive has answered for them before.
  void note_day_holes(const Rows& rows, const TimeRange& answered) const {
    const TimeRange within = answered.intersect(request.slots);
    for (Timestamp day = Interval{Interval::DAY_1}.floor(within.begin); day < within.end;) {
      const TimeRange whole = period_range(Granularity::daily, day);
      const bool hole = answered.contains(whole) && !rows.have.touches(whole);
      if (hole && !ledger.archive.contains(whole)) ledger.archive_day_holes.add(whole);
      day = whole.end;
    }
  }

  /// Whatever came of the daily file, it need not be asked again for a hole of the monthly one.
  void settle_day_hole(const ArchiveFile& file) const {
    if (file.granularity == Granularity::daily) ledger.archive_day_holes.subtract(step.range);
  }

  void fail(const RestPage& page, Cause cause, const std::string& detail) const {
    ledger.rest_asked = true;
    ledger.rest_failures[page.window.begin] = {page.window, cause, detail};
  }
};

}  // namespace

Ledger learn(Ledger ledger, const Request& request, const Step& step, const Answer& answer) {
  std::visit(Learner{ledger, request, step}, step.action, answer);
  return ledger;
}

TimeRange answered_by(const Request& request, const Step& step, const Rows& rows) {
  const Interval interval = request.series.interval;
  const auto* const page = std::get_if<RestPage>(&step.action);
  // On the grid: a month of 1w begins and ends between two candles.
  const TimeRange file{interval.ceil(step.range.begin), interval.ceil(step.range.end)};
  return closed_part(page == nullptr ? file : taught_by(*page, rows, interval), interval, rows.final_before);
}

}  // namespace klinekeep::planner
