// The archive: for each month that lacks something the cheaper of its monthly file and its daily ones; the listing
// first where it spares requests.
#include <fmt/format.h>

#include <algorithm>

#include "planner/period.hpp"
#include "planner/source_plan.hpp"

namespace klinekeep::planner {
namespace {

constexpr int kRequestsPerFile = 2;  // the zip and its CHECKSUM

class ArchivePlanner {
 public:
  ArchivePlanner(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now)
      : request_(request),
        policy_(policy),
        ledger_(ledger),
        now_(now),
        interval_(request.series.interval),
        closed_(closed_part(request.slots, interval_, now)),
        lacking_(unanswered(request, policy, ledger, closed_)) {}

  Plan make() {
    if (listing_worth_asking(Granularity::monthly) && ledger_.of(Granularity::monthly).asked_directly_absent) {
      return listing_then(list_step(Granularity::monthly, std::nullopt, closed_, "a month's file was not there"));
    }
    choose_files();
    if (files_.empty()) return last_resorts();
    Plan plan = listings_for_chosen();
    plan.at_once = plan.steps.empty() ? files_.size() : plan.steps.size();
    std::ranges::move(files_, std::back_inserter(plan.steps));
    return plan;
  }

 private:
  [[nodiscard]] bool can_ask(Granularity g, Timestamp period) const {
    return has_files(g, interval_) && period_over(g, period, interval_) <= now_ &&
           !ledger_.of(g).asked.contains(period) && !is_absent(ledger_.of(g), period);
  }

  [[nodiscard]] std::int64_t bytes_of(Granularity g, Timestamp period) const {
    const std::int64_t row =
        interval_ == Interval::SECOND_1 ? policy_.zip_bytes_per_second_row : policy_.zip_bytes_per_row;
    return interval_.count(period_range(g, period)) * row;
  }

  [[nodiscard]] std::int64_t cost_of(Granularity g, Timestamp period) const {
    return bytes_of(g, period) + kRequestsPerFile * policy_.request_cost;
  }

  void choose_files() {
    RangeSet wanted = lacking_;
    wanted.add(ledger_.archive_day_holes.intersect(closed_));
    for (const TimeRange& range : wanted) {
      for (Timestamp month = std::max(period_of(Granularity::monthly, range.begin), next_month_); month < range.end;
           month = next_month_) {
        choose_for_month(month, wanted.intersect(period_range(Granularity::monthly, month)));
        next_month_ = next_period(Granularity::monthly, month);
      }
    }
  }

  void choose_for_month(Timestamp month, const RangeSet& wanted) {
    std::vector<Timestamp> days;
    std::int64_t cost_of_days = 0;
    bool days_suffice = true;
    for_each_day(wanted, [&](Timestamp day) {
      const bool there = can_ask(Granularity::daily, day);
      if (there) days.push_back(day);
      if (there) cost_of_days += cost_of(Granularity::daily, day);
      days_suffice = days_suffice && there;
    });
    const bool month_helps = can_ask(Granularity::monthly, month) && !lacking_.intersect(month_range(month)).empty();
    if (month_helps && (!days_suffice || cost_of(Granularity::monthly, month) < cost_of_days)) {
      add_file(Granularity::monthly, month,
               days_suffice ? "one monthly file costs less than its days" : "only the monthly file may have it");
    } else {
      for (const Timestamp day : days) add_file(Granularity::daily, day, "the daily file serves it with least");
    }
  }

  static TimeRange month_range(Timestamp month) { return period_range(Granularity::monthly, month); }

  template <class F>
  static void for_each_day(const RangeSet& wanted, F f) {
    Timestamp next = kBeginOfTime;
    for (const TimeRange& range : wanted) {
      for (Timestamp day = std::max(period_of(Granularity::daily, range.begin), next); day < range.end; day = next) {
        f(day);
        next = next_period(Granularity::daily, day);
      }
    }
  }

  void add_file(Granularity g, Timestamp period, std::string reason, bool accept_unverified = false) {
    files_.push_back({.action = ArchiveFile{g, period, accept_unverified},
                      .range = period_range(g, period),
                      .requests = kRequestsPerFile,
                      .bytes = bytes_of(g, period),
                      .reason = std::move(reason)});
  }

  [[nodiscard]] bool listing_worth_asking(Granularity g) const {
    return has_files(g, interval_) && !ledger_.of(g).listing_failed && !ledger_.of(g).first_known;
  }

  [[nodiscard]] Step list_step(Granularity g, std::optional<Timestamp> after, const TimeRange& range,
                               std::string reason) const {
    const auto periods =
        (range.end - range.begin) / (g == Granularity::daily ? std::chrono::days{1} : std::chrono::days{28}) + 1;
    const auto requests = after ? (periods + policy_.files_per_listing - 1) / policy_.files_per_listing : 1;
    return {
        .action = List{g, after},
        .range = range,
        .requests = static_cast<int>(requests),
        .bytes = std::min<std::int64_t>(periods, policy_.files_per_listing * requests) * policy_.listing_bytes_per_file,
        .reason = std::move(reason)};
  }

  static Plan listing_then(Step step) { return {.steps = {std::move(step)}, .at_once = 1}; }

  /// What the listing has to tell before so many files are asked that it may know to be absent.
  [[nodiscard]] Plan listings_for_chosen() const {
    Plan plan;
    std::array<std::vector<Timestamp>, 2> unlisted;
    for (const Step& step : files_) {
      const auto& file = std::get<ArchiveFile>(step.action);
      const FileLedger& known = ledger_.of(file.granularity);
      if (known.listed.contains(file.period) || known.listing_failed) continue;
      unlisted[static_cast<std::size_t>(file.granularity)].push_back(file.period);
    }
    if (std::cmp_less_equal(unlisted[0].size() + unlisted[1].size(), policy_.max_unlisted_files)) return plan;
    for (const Granularity g : {Granularity::monthly, Granularity::daily}) {
      const auto& periods = unlisted[static_cast<std::size_t>(g)];
      if (periods.empty()) continue;
      // All the months of a series fit one page, so they are listed from the first; of the days only those around the
      // request.
      const bool from_first = g == Granularity::monthly && !ledger_.of(g).first_known;
      std::optional<Timestamp> after;
      if (!from_first) after = period_of(g, periods.front() - Duration{1});
      const TimeRange range{periods.front(), next_period(g, periods.back())};
      plan.steps.push_back(list_step(g, after, range, fmt::format("{} files would be asked unseen", periods.size())));
    }
    return plan;
  }

  /// No file is left to ask. Was it too early for the series, or is it unknown? And may unproven bytes serve?
  [[nodiscard]] Plan last_resorts() {
    if (lacking_.empty()) return {};
    if (may_precede_listing()) {
      for (const Granularity g : {Granularity::monthly, Granularity::daily}) {
        if (listing_worth_asking(g)) {
          return listing_then(list_step(g, std::nullopt, closed_, "nothing was there: where does the series begin?"));
        }
      }
    }
    if (policy_.accept_unverified) choose_unverified();
    return {.steps = files_, .at_once = files_.size()};
  }

  /// Whether what lacks first lies in absent files, with no file known before them.
  [[nodiscard]] bool may_precede_listing() const {
    const Timestamp first = lacking_.ranges().front().begin;
    bool absent = false;
    for (const Granularity g : {Granularity::monthly, Granularity::daily}) {
      if (!has_files(g, interval_)) continue;
      const FileLedger& known = ledger_.of(g);
      const Timestamp period = period_of(g, first);
      absent = absent || is_absent(known, period);
      if (!known.exists.empty() && *known.exists.begin() <= period) return false;
      const auto usable = [&](const auto& entry) {
        return entry.first <= period && entry.second.kind != FileState::Kind::absent;
      };
      if (std::ranges::any_of(known.asked, usable)) return false;
    }
    return absent;
  }

  void choose_unverified() {
    for_each_day(lacking_, [&](Timestamp day) {
      for (const Granularity g : {Granularity::daily, Granularity::monthly}) {
        const Timestamp period = period_of(g, day);
        const auto found = ledger_.of(g).asked.find(period);
        if (found == ledger_.of(g).asked.end() || found->second.kind != FileState::Kind::unverified) continue;
        const Action action = ArchiveFile{g, period, true};
        if (std::ranges::count(files_, action, &Step::action) == 0)
          add_file(g, period, "no checksum proves it, and unverified bytes are accepted", true);
        return;
      }
    });
  }

  const Request& request_;
  const Policy& policy_;
  const Ledger& ledger_;
  Timestamp now_;
  Interval interval_;
  TimeRange closed_;
  RangeSet lacking_;
  Timestamp next_month_ = kBeginOfTime;
  std::vector<Step> files_;
};

}  // namespace

Plan archive_plan(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now) {
  return ArchivePlanner{request, policy, ledger, now}.make();
}

}  // namespace klinekeep::planner
