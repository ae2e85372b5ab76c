#include "sources/archive_names.hpp"

#include <fmt/format.h>

#include "core/market_rules.hpp"
#include "planner/period.hpp"
#include "transport/percent_encoding.hpp"

namespace klinekeep::sources {
namespace {

using planner::Granularity;

constexpr std::string_view kZip = ".zip";

std::string_view folder_name(Granularity granularity) {
  return granularity == Granularity::daily ? "daily" : "monthly";
}

std::string stamp(Granularity granularity, Timestamp period) {
  const std::string iso = format_iso(period);
  return iso.substr(0, iso.find('T') - (granularity == Granularity::daily ? 0 : 3));
}

/// The number in `digits`, or none if any is not one.
std::optional<unsigned> number(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

std::optional<Timestamp> parse_stamp(Granularity granularity, std::string_view text) {
  const bool daily = granularity == Granularity::daily;
  if (text.size() != (daily ? 10U : 7U) || text[4] != '-' || (daily && text[7] != '-')) return std::nullopt;
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = daily ? number(text.substr(8, 2)) : 1U;
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month},
                                         std::chrono::day{*day}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date};
}

/// Percent-encodes each segment of a path, leaving its slashes.
std::string encode_path(std::string_view path) {
  std::string encoded;
  while (true) {
    const auto slash = path.find('/');
    encoded += transport::percent_encode(path.substr(0, slash));
    if (slash == std::string_view::npos) return encoded;
    encoded += '/';
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string file_stem(const Series& series, Granularity granularity, Timestamp period) {
  return fmt::format("{}-{}-{}", series.symbol.text(), series.interval.archive_name(), stamp(granularity, period));
}

std::string folder(const Series& series, Granularity granularity) {
  return fmt::format("data/{}/{}/{}/{}/{}/", rules_of(series.market).archive_path, folder_name(granularity),
                     name(series.kind), series.symbol.text(), series.interval.archive_name());
}

std::string zip_key(const Series& series, Granularity granularity, Timestamp period) {
  return fmt::format("{}{}{}", folder(series, granularity), file_stem(series, granularity, period), kZip);
}

std::optional<Timestamp> period_of_key(const Series& series, Granularity granularity, std::string_view key) {
  const std::string head =
      fmt::format("{}{}-{}-", folder(series, granularity), series.symbol.text(), series.interval.archive_name());
  if (!key.starts_with(head) || !key.ends_with(kZip) || key.size() < head.size() + kZip.size()) return std::nullopt;
  return parse_stamp(granularity, key.substr(head.size(), key.size() - head.size() - kZip.size()));
}

std::string object_url(std::string_view base, std::string_view key) {
  return fmt::format("{}/{}", base, encode_path(key));
}

std::string listing_url(std::string_view base, std::string_view prefix, std::string_view marker) {
  return fmt::format("{}/?prefix={}&delimiter=/&marker={}", base, encode_path(prefix), encode_path(marker));
}

}  // namespace klinekeep::sources
