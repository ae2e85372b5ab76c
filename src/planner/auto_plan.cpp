// AUTO: the cheapest of archive files and pages of REST, file by file and page by page.
#include <fmt/format.h>

#include <algorithm>

#include "planner/costs.hpp"
#include "planner/listing_plan.hpp"
#include "planner/open_slots.hpp"
#include "planner/questions.hpp"
#include "planner/silence.hpp"
#include "planner/source_plan.hpp"

namespace klinekeep::planner {
namespace {

constexpr Granularity other(Granularity g) {
  return g == Granularity::daily ? Granularity::monthly : Granularity::daily;
}

class AutoPlanner {
 public:
  AutoPlanner(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now)
      : wanted_(wanted),
        policy_(policy),
        ledger_(ledger),
        now_(now),
        interval_(wanted.series.interval),
        askable_(askable_part(wanted, policy, now)),
        files_known_(wanted, policy, ledger, now),
        failed_(failed_pages(ledger)) {}

  Plan make() {
    const OpenSlots left = find_open_slots(wanted_, policy_, ledger_, askable_);
    Questions questions = questions_for_rest(wanted_, policy_, ledger_, left, files_known_);
    questions_ = std::move(questions.steps);
    choose(left.open.minus(questions.held));
    last_word_ = files_.empty() && pages_.empty();
    if (last_word_) choose(left.unproven);
    ask_listings(left);
    if (nothing_is_left()) doubts_ = doubts_of_archive(wanted_, policy_, ledger_);
    if (nothing_is_left() && policy_.accept_unverified) {
      files_ = unverified_files(wanted_, policy_, ledger_, unanswered(wanted_, policy_, ledger_, now_));
    }
    return together();
  }

 private:
  void choose(const RangeSet& missing) {
    const RangeSet of_rest = last_word_ ? RangeSet{} : missing.minus(failed_);
    for (const TimeRange& range : missing) points_ += interval_.count(range);
    bulk_ = points_ > policy_.archive_above_points;
    stretches_ = stretches(wanted_, ledger_, files_known_, missing, of_rest, bulk_);
    for (const Choice& choice : cheapest_cover(wanted_.series, policy_, stretches_)) {
      if (const auto* file = std::get_if<ArchiveFile>(&choice.what)) {
        files_.push_back(file_step(wanted_, policy_, ledger_, *file, why(*file, *choice.first, missing)));
      } else {
        const TimeRange& window = std::get<RestPage>(choice.what).window;
        pages_.push_back(page_step(wanted_, policy_, ledger_, window, askable_.end, why(window, *choice.first)));
      }
    }
    std::ranges::sort(files_, {}, [](const Step& step) { return step.range.begin; });
  }

  [[nodiscard]] bool nothing_is_left() const {
    return lists_.empty() && questions_.empty() && doubts_.empty() && files_.empty() && pages_.empty();
  }

  void ask_listings(const OpenSlots& left) {
    const Granularity monthly = Granularity::monthly;
    if (has_nothing_in_rest(ledger_) && !left.unproven.empty()) {
      list_all("REST has nothing of it: since when has the archive?");
    } else if (!before_first_unlisted(wanted_, ledger_, askable_).empty()) {
      list_all("REST has nothing before its first candle: since when has the archive?");
    } else if (ledger_.of(monthly).asked_directly_absent && !(left.open.empty() && left.unproven.empty())) {
      list_from_start(monthly, "a month's file was not there");
    }
    const auto without = last_word_ ? 0 : static_cast<std::size_t>(policy_.max_unlisted_files);
    for (Step& step : listings_for(policy_, ledger_, files_, without)) {
      if (!is_listed_whole(std::get<List>(step.action).granularity)) lists_.push_back(std::move(step));
    }
  }

  void list_all(const std::string& reason) {
    for (const Granularity g : {Granularity::monthly, Granularity::daily}) list_from_start(g, reason);
  }

  void list_from_start(Granularity g, const std::string& reason) {
    if (is_listed_whole(g) || !is_listing_worth_asking(ledger_, interval_, g)) return;
    lists_.push_back(list_from_first(policy_, g, askable_, reason));
  }

  [[nodiscard]] bool is_listed_whole(Granularity g) const {
    return std::ranges::count(lists_, Action{List{g, std::nullopt}}, &Step::action) > 0;
  }

  /// What a listing tells may change the files, and these the pages. The first page of REST goes alone: should the
  /// symbol be unknown or the window precede its listing, the others are spared.
  Plan together() {
    Plan plan;
    const std::size_t pages = ledger_.rest_asked ? pages_.size() : std::min<std::size_t>(1, pages_.size());
    plan.at_once = questions_.size() + doubts_.size();
    plan.at_once += lists_.empty() ? files_.size() + pages : lists_.size() + put_first_beside_listing(ledger_, files_);
    for (auto* steps : {&questions_, &doubts_, &lists_, &files_, &pages_}) {
      std::ranges::move(*steps, std::back_inserter(plan.steps));
    }
    return plan;
  }

  [[nodiscard]] std::string why(const ArchiveFile& file, const Stretch& stretch, const RangeSet& missing) const {
    if (ledger_.unknown_to_rest) return "REST does not know the symbol: the archive may";
    if (last_word_) return "REST has not one row there: the archive is asked before a gap is confirmed";
    if (files_known_.is_distrusted(stretch.range.begin)) {
      return fmt::format("the {} file was not believed: this one comes next", name(other(file.granularity)));
    }
    if (bulk_) {
      std::int64_t here = 0;
      for (const TimeRange& range : missing.intersect(period_range(file.granularity, file.period)))
        here += interval_.count(range);
      return fmt::format("{} of {} candles that are missing: of more than {} the archive has what it can", here,
                         points_, policy_.archive_above_points);
    }
    if (!stretch.page) return "REST could not be asked, and the file is due";
    const RangeSet part = missing.intersect(period_range(file.granularity, file.period));
    const TimeRange hull{std::max(part.begin()->begin, stretch.range.begin), std::prev(part.end())->end};
    std::string costs = fmt::format("the {} file costs {}, REST {}", name(file.granularity),
                                    file_cost(policy_, interval_, file.granularity, file.period),
                                    pages_cost(policy_, wanted_.series, hull));
    if (ledger_.archive_day_holes.contains(stretch.range.begin))
      return "the monthly file does not have the day whole; " + costs;
    return costs;
  }

  [[nodiscard]] std::string why(const TimeRange& window, const Stretch& stretch) const {
    if (stretch.daily || stretch.monthly) {
      return fmt::format("REST costs {}, {}", page_cost(policy_, interval_.count(window)), cost_without_page(window));
    }
    if (ledger_.disproved.contains(window.begin)) return "a page had no candle there, and there is one";
    if (is_late(window)) return "the answer's time cannot be right: it is asked again";
    if (ledger_.archive.contains(window.begin)) return "the archive's file has a hole there";
    if (ledger_.archive_day_holes.contains(window.begin)) return "the monthly file has a hole there";
    if (ledger_.rest_doubts.contains(window.begin)) return "REST had no candle there: it is time to ask again";
    const bool due = std::ranges::any_of(
        kGranularities, [&](Granularity g) { return files_known_.is_due(g, period_of(g, window.begin)); });
    return due ? "the archive has no file of it that could be used" : "no file of it is due in the archive";
  }

  /// What it would take to have from files what a page over `window` brings: in words.
  [[nodiscard]] std::string cost_without_page(const TimeRange& window) const {
    std::vector<Stretch> of_files;
    for (Stretch stretch : stretches_) {
      stretch.range = stretch.range.intersect(window);
      stretch.page = false;
      if (!stretch.range.empty() && (stretch.daily || stretch.monthly)) of_files.push_back(stretch);
    }
    std::int64_t cost = 0;
    std::array<int, 2> count{};
    for (const Choice& choice : cheapest_cover(wanted_.series, policy_, of_files)) {
      const auto& file = std::get<ArchiveFile>(choice.what);
      cost += file_cost(policy_, interval_, file.granularity, file.period);
      ++count.at(static_cast<std::size_t>(file.granularity));
    }
    const auto [daily, monthly] = count;
    if (daily + monthly == 1) return fmt::format("the {} file {}", daily == 1 ? "daily" : "monthly", cost);
    if (daily == 0 || monthly == 0) {
      return fmt::format("the {} {} files {}", daily + monthly, daily > 0 ? "daily" : "monthly", cost);
    }
    return fmt::format("the {} daily and {} monthly files {}", daily, monthly, cost);
  }

  [[nodiscard]] bool is_late(const TimeRange& window) const {
    return late_in(ledger_.late, window) != ledger_.late.end();
  }

  const Wanted& wanted_;
  const Policy& policy_;
  const Ledger& ledger_;
  Timestamp now_;
  Interval interval_;
  TimeRange askable_;
  ArchiveFiles files_known_;
  RangeSet failed_;
  bool last_word_ = false;  // the archive's, after REST's
  bool bulk_ = false;
  std::int64_t points_ = 0;
  std::vector<Stretch> stretches_;
  std::vector<Step> questions_;
  std::vector<Step> doubts_;
  std::vector<Step> lists_;
  std::vector<Step> files_;
  std::vector<Step> pages_;
};

}  // namespace

Plan auto_plan(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now) {
  return AutoPlanner{wanted, policy, ledger, now}.make();
}

}  // namespace klinekeep::planner
