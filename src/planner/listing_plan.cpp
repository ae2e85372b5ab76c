#include "planner/listing_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace klinekeep::planner {
namespace {

using Periods = std::array<std::vector<Timestamp>, 2>;  // of each granularity

/// Days of a month whose file was read: whoever has published the one has published the others.
bool is_vouched_for(const Ledger& ledger, const ArchiveFile& file) {
  if (file.granularity != Granularity::daily) return false;
  const auto& months = ledger.of(Granularity::monthly).asked;
  const auto month = months.find(period_of(Granularity::monthly, file.period));
  return month != months.end() && month->second.kind == FileState::Kind::read;
}

/// So few days are asked for without the listing: a page of it costs as much as some of them in vain, and each page
/// another round trip.
bool are_few_in_many(const Policy& policy, const std::vector<Timestamp>& days) {
  constexpr std::int64_t kFewOfAPage = 16;
  if (days.empty()) return true;
  const auto pages = (days.back() - days.front()) / std::chrono::days{1} / policy.files_per_listing + 1;
  return static_cast<std::int64_t>(days.size()) <= kFewOfAPage * pages;
}

Periods unlisted_of(const Policy& policy, const Ledger& ledger, const std::vector<Step>& files) {
  Periods unlisted;
  std::map<Timestamp, std::vector<Timestamp>> of_months;  // days that their month vouches for
  for (const Step& step : files) {
    const auto& file = std::get<ArchiveFile>(step.action);
    const FileLedger& known = ledger.of(file.granularity);
    if (known.listed.contains(file.period) || known.exists.contains(file.period) || known.listing_failed) continue;
    auto& others = unlisted[static_cast<std::size_t>(file.granularity)];
    (is_vouched_for(ledger, file) ? of_months[period_of(Granularity::monthly, file.period)] : others)
        .push_back(file.period);
  }
  std::vector<Timestamp> few;
  auto& days = unlisted[static_cast<std::size_t>(Granularity::daily)];
  for (const auto& [month, of_month] : of_months) {
    // Where a month lacks many, it may be that there was nothing yet.
    auto& to = of_month.size() <= static_cast<std::size_t>(policy.max_unlisted_files) ? few : days;
    to.insert(to.end(), of_month.begin(), of_month.end());
  }
  if (!are_few_in_many(policy, few)) days.insert(days.end(), few.begin(), few.end());
  std::ranges::sort(days);
  return unlisted;
}

Step list_step(const Policy& policy, Granularity g, std::optional<Timestamp> after, const TimeRange& range,
               std::string reason) {
  const auto periods =
      (range.end - range.begin) / (g == Granularity::daily ? std::chrono::days{1} : std::chrono::days{28}) + 1;
  const auto requests = after ? (periods + policy.files_per_listing - 1) / policy.files_per_listing : 1;
  return {.action = List{g, after},
          .range = range,
          .requests = static_cast<int>(requests),
          .bytes = std::min<std::int64_t>(periods, policy.files_per_listing * requests) * policy.listing_bytes_per_file,
          .reason = std::move(reason)};
}

}  // namespace

bool is_listing_worth_asking(const Ledger& ledger, Interval interval, Granularity g) {
  return has_files(g, interval) && !ledger.of(g).listing_failed && !ledger.of(g).first_known;
}

Step list_from_first(const Policy& policy, Granularity g, const TimeRange& range, std::string reason) {
  return list_step(policy, g, std::nullopt, range, std::move(reason));
}

Step list_after(const Policy& policy, Granularity g, Timestamp after, const TimeRange& range, std::string reason) {
  return list_step(policy, g, after, range, std::move(reason));
}

std::size_t put_first_beside_listing(const Ledger& ledger, std::vector<Step>& files) {
  constexpr std::size_t kMost = 7;  // with the listing as many requests as a host has at once before it is known
  constexpr std::size_t kShare = 4;
  constexpr std::size_t kMany = 16;
  constexpr std::int64_t kSmall = 4'000'000;
  const auto is_known = [&](Granularity g) {
    const FileLedger& known = ledger.of(g);
    return !known.asked.empty() || !known.exists.empty() || known.first_known || known.first_remembered ||
           known.was_there;
  };
  const bool is_told = ledger.rest_asked || ledger.unknown_to_rest || ledger.first || ledger.last;
  if (is_told || std::ranges::any_of(kGranularities, is_known)) return 0;
  if (files.size() < kMany || files.back().bytes > kSmall) return 0;
  const std::size_t count = std::min(files.size() / kShare, kMost);
  std::ranges::rotate(files, files.end() - static_cast<std::ptrdiff_t>(count));
  return count;
}

std::vector<Step> listings_for(const Policy& policy, const Ledger& ledger, const std::vector<Step>& files,
                               std::size_t without) {
  const Periods unlisted = unlisted_of(policy, ledger, files);
  if (unlisted[0].size() + unlisted[1].size() <= without) return {};
  std::vector<Step> steps;
  for (const Granularity g : {Granularity::monthly, Granularity::daily}) {
    const auto& periods = unlisted[static_cast<std::size_t>(g)];
    if (periods.empty()) continue;
    // All the months of a series fit one page, so they are listed from the first; of the days only those around the
    // request.
    const bool from_first = g == Granularity::monthly && !ledger.of(g).first_known;
    std::optional<Timestamp> after;
    if (!from_first) after = period_of(g, periods.front() - Duration{1});
    const TimeRange range{periods.front(), next_period(g, periods.back())};
    steps.push_back(
        list_step(policy, g, after, range,
                  fmt::format("{} {} {} would be asked without knowing whether {} there", periods.size(), name(g),
                              periods.size() == 1 ? "file" : "files", periods.size() == 1 ? "it is" : "they are")));
  }
  return steps;
}

}  // namespace klinekeep::planner
