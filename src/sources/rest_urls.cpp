#include "sources/rest_urls.hpp"

#include <fmt/format.h>

#include "codecs/url.hpp"
#include "core/market_rules.hpp"

namespace klinekeep::sources {
namespace {

std::string klines(std::string_view base, const Series& series) {
  return fmt::format("{}{}/klines?symbol={}&interval={}", base, rules_of(series.market).rest_path,
                     codecs::percent_encode(series.symbol.text()), series.interval.name());
}

}  // namespace

std::string klines_url(std::string_view base, const Series& series, const planner::RestPage& page) {
  return fmt::format("{}&startTime={}&endTime={}&limit={}", klines(base, series), to_ms(page.window.begin),
                     to_ms(page.window.end - Duration{1}), page.limit);
}

std::string first_candle_url(std::string_view base, const Series& series) {
  return fmt::format("{}&startTime=0&limit=1", klines(base, series));
}

std::string exchange_info_url(std::string_view base, MarketType market) {
  return fmt::format("{}{}/exchangeInfo", base, rules_of(market).rest_path);
}

}  // namespace klinekeep::sources
