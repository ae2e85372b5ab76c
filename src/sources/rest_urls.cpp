#include "sources/rest_urls.hpp"

#include <fmt/format.h>

#include "core/market_rules.hpp"
#include "transport/percent_encoding.hpp"

namespace klinekeep::sources {
namespace {

std::string klines(std::string_view base, const Series& series) {
  return fmt::format("{}{}/klines?symbol={}&interval={}", base, rules_of(series.market).rest_path,
                     transport::percent_encode(series.symbol.text()), series.interval.name());
}

}  // namespace

std::string klines_url(std::string_view base, const Series& series, const planner::RestPage& page) {
  // The end is rounded down to the grid, whose steps are whole seconds.
  const std::int64_t end = to_ms(page.window.end - Duration{1}) - (page.again ? 1 : 0);
  return fmt::format("{}&startTime={}&endTime={}&limit={}", klines(base, series), to_ms(page.window.begin), end,
                     page.limit);
}

std::string candle_url(std::string_view base, const Series& series, const TimeRange& window) {
  const std::string from = fmt::format("{}&startTime={}", klines(base, series), to_ms(window.begin));
  if (!rules_of(series.market).began) return from + "&limit=1";
  return fmt::format("{}&endTime={}&limit=1", from, to_ms(window.end - Duration{1}));
}

std::string exchange_info_url(std::string_view base, MarketType market) {
  return fmt::format("{}{}/exchangeInfo", base, rules_of(market).rest_path);
}

}  // namespace klinekeep::sources
