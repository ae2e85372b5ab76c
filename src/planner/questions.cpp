#include "planner/questions.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/market_rules.hpp"
#include "planner/costs.hpp"
#include "planner/listing_plan.hpp"
#include "planner/silence.hpp"
#include "planner/source_plan.hpp"

namespace klinekeep::planner {
namespace {

constexpr std::int64_t kQuestionBytes = 1000;

class RestQuestions {
 public:
  RestQuestions(const Wanted& wanted, const Policy& policy, const Ledger& ledger, const OpenSlots& left,
                const ArchiveFiles& files)
      : wanted_(wanted), policy_(policy), ledger_(ledger), left_(left), files_(files) {}

  Questions ask() {
    ask_whether_it_has_ended();
    ask_since_when_again();
    ask_about_doubts();
    ask_about_holes_of_files();
    ask_about_silences();
    return std::move(questions_);
  }

 private:
  [[nodiscard]] bool may_doubt() const {
    return !ledger_.rest_doubts_over && ledger_.doubts_asked + planned_ < policy_.doubts;
  }

  void ask_whether_it_has_ended() {
    if (!ledger_.last) return;
    const RangeSet due = left_.open.intersect(ledger_.last->due);
    if (due.empty()) return;
    questions_.held.add(due);
    if (!may_doubt()) return;
    ++planned_;
    ask_next(due.begin()->begin, due.ranges().back(), "there was no candle after the last one: is that still so?");
  }

  void ask_since_when_again() {
    const bool matters = ledger_.first && !ledger_.first->due.empty() && !ledger_.first_asked &&
                         wanted_.slots.begin < ledger_.first->range.end;
    if (!matters || !may_doubt()) return;
    ++planned_;
    ask_since_when(wanted_.slots, "is the first candle still the first one?");
  }

  void ask_about_doubts() {
    for (const TimeRange& stretch : ledger_.rest_doubts.intersect(left_.open)) {
      const bool is_asked = may_doubt();
      if (is_asked) ++planned_;
      const bool is_a_page = stretch.end <= page_reach(wanted_.series, stretch.begin);
      if (is_asked && is_a_page) continue;
      questions_.held.add(stretch);
      if (is_asked) ask_next(stretch.begin, stretch, "REST had no candle there: is that still so?");
    }
  }

  /// Where the archive has a long hole, one question spares the pages, as a rule.
  void ask_about_holes_of_files() {
    if (policy_.source != DataSource::AUTO) return;
    const RangeSet holes = left_.open.intersect(ledger_.archive).minus(questions_.held).minus(ledger_.disproved);
    for (const TimeRange& hole : holes) {
      if (is_few_pages(hole) || ledger_.rest_failures.contains(hole.begin)) continue;
      // Where it was asked already, and has not settled it, the pages are.
      if (ask_next(hole.begin, hole, "the archive's file has a long hole there: has REST the next candle as late?")) {
        questions_.held.add(hole);
      }
    }
  }

  /// So few that a question would not be worth its while.
  [[nodiscard]] bool is_few_pages(const TimeRange& range) const {
    constexpr int kFew = 3;
    Timestamp reached = range.begin;
    for (int page = 0; page < kFew && reached < range.end; ++page) reached = page_reach(wanted_.series, reached);
    return reached >= range.end;
  }

  void ask_about_silences() {
    if (ledger_.unknown_to_rest) return ask_whether_it_is_unknown();
    for (const TimeRange& stretch : judge(ledger_, wanted_.series.interval).weak) {
      const RangeSet unasked = left_.unasked.intersect(stretch);
      if (!unasked.empty()) hold_behind(stretch);
      const RangeSet stuck = without_files(unasked);
      if (stuck.empty()) continue;
      const TimeRange part{stuck.begin()->begin, stretch.end};
      if (may_be_before_first(part)) {
        ask_since_when(part, "there is no candle at the begin: since when is there anything?");
      } else {
        ask_next(part.begin, part, "a page without a candle proves nothing: when is the next one?");
      }
    }
  }

  void ask_whether_it_is_unknown() {
    const RangeSet stuck = without_files(left_.unasked);
    if (stuck.empty() || ledger_.unknown_asked || is_listing_to_be_asked()) return;
    ask_next(stuck.begin()->begin, {stuck.begin()->begin, stuck.ranges().back().end},
             "REST does not know the symbol, but the archive does: is that so?");
  }

  /// AUTO: should it have no file either, the symbol is unknown, and nobody is asked once more.
  [[nodiscard]] bool is_listing_to_be_asked() const {
    return policy_.source == DataSource::AUTO && std::ranges::any_of(kGranularities, [&](Granularity g) {
             return is_listing_worth_asking(ledger_, wanted_.series.interval, g);
           });
  }

  /// Of AUTO, only where no file can tell any more.
  [[nodiscard]] RangeSet without_files(const RangeSet& slots) const {
    if (policy_.source != DataSource::AUTO) return slots;
    RangeSet stuck;
    for_each_part(slots, wanted_.series.interval, [&](const TimeRange& part) {
      if (files_.is_settled(part.begin)) stuck.add(part);
    });
    return stuck;
  }

  [[nodiscard]] bool may_be_before_first(const TimeRange& stretch) const {
    const bool is_known = ledger_.first && ledger_.first->due.empty();
    const bool can_ask = !rules_of(wanted_.series.market).began && !is_known && !ledger_.first_asked;
    return can_ask && (ledger_.present.empty() || ledger_.present.begin()->begin >= stretch.begin);
  }

  /// What adjoins a doubtful stretch waits: the answer may spare its pages.
  void hold_behind(const TimeRange& stretch) {
    const auto& open = left_.open.ranges();
    const auto next = std::ranges::lower_bound(open, stretch.end, {}, &TimeRange::begin);
    if (next != open.end() && next->begin == stretch.end) questions_.held.add(*next);
  }

  /// Once: what it tells of one stretch, it tells of those after it.
  void ask_since_when(const TimeRange& range, std::string reason) {
    if (!std::exchange(asks_since_when_, true)) {
      questions_.steps.push_back(first_candle_step(range, std::move(reason)));
    }
  }

  /// False where the same has been answered before.
  bool ask_next(Timestamp from, const TimeRange& stretch, std::string reason) {
    TimeRange window{from, wanted_.slots.end};
    const MarketRules& rules = rules_of(wanted_.series.market);
    if (rules.began) {
      const auto within = [&](Timestamp end) {
        end = wanted_.series.interval.floor(std::min(end, from + *rules.longest_page));
        return TimeRange{from, std::max(end, wanted_.series.interval.next(from))};
      };
      window = within(window.end);
      // Any candle of the window was the answer: more than the stretch told nothing of the stretch itself.
      if (ledger_.questions.contains(window)) window = within(stretch.end);
    }
    if (ledger_.questions.contains(window)) return false;
    if (!asked_now_.insert(window).second) return true;
    questions_.steps.push_back({.action = NextCandle{window},
                                .range = {from, std::min(window.end, std::max(stretch.end, from))},
                                .requests = 1,
                                .bytes = kQuestionBytes,
                                .reason = std::move(reason)});
    return true;
  }

  const Wanted& wanted_;
  const Policy& policy_;
  const Ledger& ledger_;
  const OpenSlots& left_;
  const ArchiveFiles& files_;
  Questions questions_;
  int planned_ = 0;
  bool asks_since_when_ = false;
  std::set<TimeRange> asked_now_;  // windows
};

}  // namespace

Questions questions_for_rest(const Wanted& wanted, const Policy& policy, const Ledger& ledger, const OpenSlots& left,
                             const ArchiveFiles& files) {
  return RestQuestions{wanted, policy, ledger, left, files}.ask();
}

Step first_candle_step(const TimeRange& range, std::string reason) {
  return {.action = FirstCandle{}, .range = range, .requests = 1, .bytes = kQuestionBytes, .reason = std::move(reason)};
}

std::vector<Step> doubts_of_archive(const Wanted& wanted, const Policy& policy, const Ledger& ledger) {
  std::vector<Step> steps;
  if (ledger.archive_doubts_over) return steps;
  int planned = ledger.doubts_asked;
  for (const Granularity g : kGranularities) {
    std::optional<TimeRange> periods;
    for (const DoubtedFile& doubted : ledger.doubted_files) {
      if (doubted.granularity != g || doubted.slots.minus(ledger.present).intersect(wanted.slots).empty()) continue;
      const ArchiveFile file{g, doubted.period};
      const TimeRange period = period_range(g, doubted.period);
      if (!ledger.changed_files.contains(file)) {
        periods =
            periods ? TimeRange{std::min(periods->begin, period.begin), std::max(periods->end, period.end)} : period;
      } else if (!ledger.of(g).asked.contains(doubted.period) && planned + kRequestsPerFile <= policy.doubts) {
        planned += kRequestsPerFile;
        steps.push_back(
            file_step(wanted, policy, ledger, file, "it has candles missing, and is listed as another one"));
      }
    }
    if (!periods || ledger.of(g).listed_for_doubts || planned >= policy.doubts) continue;
    ++planned;
    steps.push_back(list_after(policy, g, period_of(g, periods->begin - Duration{1}), *periods,
                               "candles are missing from files: have these been made anew?"));
  }
  return steps;
}

}  // namespace klinekeep::planner
