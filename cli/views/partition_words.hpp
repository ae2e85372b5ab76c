// How a partition of the cache is named.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "klinekeep/interval.hpp"
#include "klinekeep/kind.hpp"
#include "klinekeep/market.hpp"
#include "klinekeep/upstream.hpp"
#include "views/json.hpp"

namespace klinekeep::cli {

/// 2024-03
[[nodiscard]] inline std::string month_text(std::chrono::year_month month) {
  return fmt::format("{:04}-{:02}", static_cast<int>(month.year()), static_cast<unsigned>(month.month()));
}

/// `spot BTCUSDT 1m`, of anything that has the parts of a series: the exchange and the kind only where they are not
/// Binance and klines.
template <class T>
[[nodiscard]] std::string series_words(const T& each) {
  const std::string exchange = each.upstream.is_binance() ? "" : each.upstream.name() + ' ';
  const std::string kind = each.kind == Kind::klines ? "" : fmt::format("{} ", name(each.kind));
  return fmt::format("{}{} {}{} {}", exchange, name(each.market), kind, each.symbol, each.interval.name());
}

/// `spot BTCUSDT 1m 2024-03`, of anything that has a month too.
template <class T>
[[nodiscard]] std::string partition_words(const T& each) {
  return fmt::format("{} {}", series_words(each), month_text(each.month));
}

template <class T>
[[nodiscard]] Json series_json(const T& each) {
  return {{"upstream", each.upstream.name()},
          {"market", std::string{name(each.market)}},
          {"kind", std::string{name(each.kind)}},
          {"symbol", each.symbol},
          {"interval", std::string{each.interval.name()}}};
}

template <class T>
[[nodiscard]] Json partition_json(const T& each) {
  Json json = series_json(each);
  json["month"] = month_text(each.month);
  return json;
}

}  // namespace klinekeep::cli
