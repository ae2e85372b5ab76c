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

Wanted wanted(MarketType market, Interval interval, std::string_view begin, std::string_view end) {
  const char* const symbol = market == MarketType::FUTURES_COIN ? "BTCUSD_PERP" : "BTCUSDT";
  return {{market, Symbol{symbol}, interval}, range(begin, end)};
}

std::string text(const Step& step) {
  struct Visitor {
    std::string operator()(const ArchiveFile& f) const {
      return fmt::format("{} {}{}", name(f.granularity), period_name(f.granularity, f.period),
                         f.accept_unverified ? " unverified" : "");
    }
    std::string operator()(const RestPage& p) const {
      return fmt::format("page {} to {} limit {}{}", short_iso(p.window.begin), short_iso(p.window.end), p.limit,
                         p.again ? " again" : "");
    }
    std::string operator()(const FirstCandle& /*action*/) const { return "first"; }
    std::string operator()(const NextCandle& n) const {
      return fmt::format("next {} to {}", short_iso(n.window.begin), short_iso(n.window.end));
    }
    std::string operator()(const List& l) const {
      return fmt::format("list {}{}", name(l.granularity),
                         l.after ? " after " + period_name(l.granularity, *l.after) : "");
    }
  };
  return std::visit(Visitor{}, step.action);
}

std::string text(const RangeSet& set) {
  std::string list;
  for (const TimeRange& r : set) list += fmt::format("[{}, {})", short_iso(r.begin), short_iso(r.end));
  return list.empty() ? "nothing" : list;
}

std::string text(const Ledger& seed) {
  const auto fact = [](const std::optional<NoCandles>& none) {
    if (!none) return std::string{"unknown"};
    return fmt::format("{}{}, due {}", text(RangeSet{none->range}), none->weak ? " weak" : "",
                       text(RangeSet{none->due}));
  };
  std::string list = fmt::format("present {}\narchive {}\nrest {}\ndoubts {}\nday holes {}\nfirst {}\nlast {}\n",
                                 text(seed.present), text(seed.archive), text(seed.rest), text(seed.rest_doubts),
                                 text(seed.archive_day_holes), fact(seed.first), fact(seed.last));
  for (const FileLedger& files : seed.files) {
    for (const auto& entry : files.exists) list += "first file " + short_iso(entry.first) + "\n";
    if (files.first_remembered) list += "once the first file " + short_iso(*files.first_remembered) + "\n";
  }
  for (const DoubtedFile& file : seed.doubted_files) {
    list += fmt::format("doubted {} file {}: {}\n", name(file.granularity), short_iso(file.period), text(file.slots));
  }
  return list;
}

std::string text(const Answer& answer) {
  struct Visitor {
    std::string operator()(const Rows& r) const {
      return fmt::format("{} rows {} as of {}", r.count, text(r.have), format_iso(r.times.as_of));
    }
    std::string operator()(const Absent& /*answer*/) const { return "absent"; }
    std::string operator()(const Distrusted& d) const { return "distrusted, refused " + text(d.refused); }
    std::string operator()(const Listed& l) const {
      return fmt::format("{} files from {}{}", l.files.size(), l.files.empty() ? "" : short_iso(l.files.front().period),
                         l.complete ? "" : ", more may follow");
    }
    std::string operator()(const Found& f) const {
      return fmt::format("found {} as of {}", f.open_time ? short_iso(*f.open_time) : "nothing",
                         format_iso(f.times.as_of));
    }
    std::string operator()(const Unknown& u) const { return "unknown as of " + format_iso(u.times.as_of); }
    std::string operator()(const Failed& f) const { return "failed: " + f.detail; }
  };
  return std::visit(Visitor{}, answer);
}

std::vector<std::string> texts(const std::vector<Step>& steps) {
  std::vector<std::string> list;
  for (const Step& step : steps) list.push_back(text(step));
  return list;
}

std::vector<std::string> now_texts(const Plan& plan) {
  return texts({plan.steps.begin(), plan.steps.begin() + static_cast<std::ptrdiff_t>(plan.at_once)});
}

AnswerTimes told_at(Timestamp t) { return {.asked_at = t, .heard_at = t, .as_of = t}; }

Rows rows(const RangeSet& have, Interval interval, Timestamp as_of) {
  Rows answer{.have = have, .count = 0, .span = {}, .off_grid = false, .refused = {}, .times = told_at(as_of)};
  for (const TimeRange& r : have) answer.count += static_cast<std::size_t>(interval.count(r));
  if (!have.empty()) {
    answer.span = TimeRange{have.ranges().front().begin, interval.floor(have.ranges().back().end - Duration{1})};
  }
  return answer;
}

Found found(std::optional<Timestamp> open_time, Timestamp as_of) {
  return {.open_time = open_time, .times = told_at(as_of), .by_another_host = true};
}

Unknown unknown(Timestamp as_of) { return {.times = told_at(as_of), .by_another_host = true}; }

Listed listed_files(std::initializer_list<std::string_view> periods) {
  Listed answer{.files = {}, .complete = true, .asked_at = kLongAfter};
  for (const std::string_view period : periods) answer.files.push_back({at(period), {}, {}});
  return answer;
}

Ledger listed(Granularity g, std::string_view from, std::string_view to, Ledger ledger) {
  Listed answer{.files = {}, .complete = true, .asked_at = kLongAfter};
  for (Timestamp p = at(from); p < at(to);) {
    answer.files.push_back({p, {}, {}});
    p = g == Granularity::daily ? p + std::chrono::days{1} : Interval{Interval::MONTH_1}.next(p);
  }
  const Step step{.action = List{g, std::nullopt}, .range = {}, .requests = 1, .bytes = 0, .reason = {}};
  return learn(std::move(ledger), wanted(MarketType::SPOT, Interval::MINUTE_1, from, to), step, answer);
}

Ledger everything_listed() {
  Ledger ledger;  // not listed()'s default argument, of which clang++ 14 forgets the constructors
  ledger = listed(Granularity::monthly, "2017-08-01", "2026-09-01", std::move(ledger));
  return listed(Granularity::daily, "2017-08-17", "2026-09-24", std::move(ledger));
}

}  // namespace klinekeep::planner
