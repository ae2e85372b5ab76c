#include "planner/support.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace klinekeep::planner {
namespace {

std::string short_iso(Timestamp t) { return format_iso(t).substr(0, 16); }

}  // namespace

Timestamp at(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  std::sscanf(std::string{text}.c_str(), "%d-%u-%uT%d:%d", &year, &month, &day, &hour, &minute);
  return Timestamp{std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}}} +
         std::chrono::hours{hour} + std::chrono::minutes{minute};
}

TimeRange range(std::string_view begin, std::string_view end) { return {at(begin), at(end)}; }

Request request(MarketType market, Interval interval, std::string_view begin, std::string_view end) {
  const char* const symbol = market == MarketType::FUTURES_COIN ? "BTCUSD_PERP" : "BTCUSDT";
  return {{market, Symbol{symbol}, interval}, range(begin, end)};
}

std::string text(const Step& step) {
  struct Visitor {
    std::string operator()(const ArchiveFile& f) const {
      return fmt::format("{} {}{}", name(f.granularity), file_stamp(f.granularity, f.period),
                         f.accept_unverified ? " unverified" : "");
    }
    std::string operator()(const RestPage& p) const {
      return fmt::format("page {} to {} limit {}", short_iso(p.window.begin), short_iso(p.window.end), p.limit);
    }
    std::string operator()(const FirstCandle& /*action*/) const { return "first"; }
    std::string operator()(const List& l) const {
      return fmt::format("list {}{}", name(l.granularity),
                         l.after ? " after " + file_stamp(l.granularity, *l.after) : "");
    }
  };
  return std::visit(Visitor{}, step.action);
}

std::vector<std::string> texts(const std::vector<Step>& steps) {
  std::vector<std::string> list;
  for (const Step& step : steps) list.push_back(text(step));
  return list;
}

std::vector<std::string> now_texts(const Plan& plan) {
  return texts({plan.steps.begin(), plan.steps.begin() + static_cast<std::ptrdiff_t>(plan.at_once)});
}

Rows rows(const RangeSet& have, Interval interval) {
  Rows answer{.have = have, .count = 0, .span = {}, .off_grid = false, .final_before = kEndOfTime};
  for (const TimeRange& r : have) answer.count += static_cast<std::size_t>(interval.count(r));
  if (!have.empty()) {
    answer.span = TimeRange{have.ranges().front().begin, interval.floor(have.ranges().back().end - Duration{1})};
  }
  return answer;
}

Ledger listed(Granularity g, std::string_view from, std::string_view to, Ledger ledger) {
  Listed answer{.periods = {}, .complete = true};
  for (Timestamp p = at(from); p < at(to);) {
    answer.periods.push_back(p);
    p = g == Granularity::daily ? p + std::chrono::days{1} : Interval{Interval::MONTH_1}.next(p);
  }
  const Step step{.action = List{g, std::nullopt}, .range = {}, .requests = 1, .bytes = 0, .reason = {}};
  return learn(std::move(ledger), request(MarketType::SPOT, Interval::MINUTE_1, from, to), step, answer);
}

Ledger everything_listed() {
  return listed(Granularity::daily, "2017-08-17", "2026-09-24",
                listed(Granularity::monthly, "2017-08-01", "2026-09-01"));
}

}  // namespace klinekeep::planner
