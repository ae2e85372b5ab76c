#include "planner/listing_plan.hpp"

#include <fmt/format.h>

namespace klinekeep::planner {
namespace {

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

std::vector<Step> listings_for(const Policy& policy, const Ledger& ledger, const std::vector<Step>& files,
                               std::size_t without) {
  std::array<std::vector<Timestamp>, 2> unlisted;
  for (const Step& step : files) {
    const auto& file = std::get<ArchiveFile>(step.action);
    const FileLedger& known = ledger.of(file.granularity);
    if (known.listed.contains(file.period) || known.exists.contains(file.period) || known.listing_failed) continue;
    unlisted[static_cast<std::size_t>(file.granularity)].push_back(file.period);
  }
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
