#include "sources/rest_runner.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codecs/api_json.hpp"
#include "codecs/klines_json.hpp"
#include "core/quote.hpp"
#include "sources/exchange_info.hpp"
#include "sources/rest_urls.hpp"

namespace klinekeep::sources {
namespace {

constexpr std::size_t kMaxPageBytes = 4 << 20;  // 1,000 rows have 160 KB
constexpr int kInvalidSymbol = -1121;
constexpr TimeRange kAnyTime{Timestamp{}, kEndOfTime};

StepResult answered(planner::Answer answer) {
  StepResult result;
  result.answer = std::move(answer);
  return result;
}

/// What a 400 means.
StepResult rejected(const RestHosts::Answer& answer) {
  const auto error = codecs::parse_api_error(answer.body);
  if (error && error->code == kInvalidSymbol) return answered(planner::Unknown{});
  const std::string why =
      error ? fmt::format("{} ({})", quote(error->message), error->code) : "without a reason that we can read";
  StepResult result = answered(planner::Failed{Cause::unavailable, fmt::format("{}: HTTP 400, {}", answer.url, why)});
  result.failure = HttpFailure{.url = answer.url, .status = 400, .retry_after = {}};
  return result;
}

StepResult distrusted(const RestHosts::Answer& answer, const std::string& why) {
  StepResult result = answered(planner::Distrusted{false, fmt::format("{}: {}", answer.url, why)});
  result.failure = HttpFailure{.url = answer.url, .status = answer.status, .retry_after = {}};
  return result;
}

}  // namespace

RestRunner::RestRunner(const Series& series, const RestOptions& options, bool include_open,
                       const transport::Parts& parts)
    : series_(series), options_(options), include_open_(include_open), hosts_(series.market, options, parts) {}

Timestamp RestRunner::now() const {
  if (options_.clock) return (*options_.clock)();
  return hosts_.client().exchange_now().value_or(system_now());
}

StepResult RestRunner::run(const planner::Step& step, std::stop_token stop, MemoryShare& /*memory*/) {
  if (const auto* rest_page = std::get_if<planner::RestPage>(&step.action)) return page(*rest_page, stop);
  return hosts_.rules().onboard_date_from_exchange_info ? onboard_date(stop) : first_candle(stop);
}

StepResult RestRunner::page(const planner::RestPage& page, const std::stop_token& stop) {
  const auto url = [&](std::string_view base) { return klines_url(base, series_, page); };
  constexpr int kTries = 2;  // what came malformed is asked once more
  for (int attempt = 1;; ++attempt) {
    auto answer = hosts_.get(url, klines_weight(series_.market, page.limit), kMaxPageBytes, stop);
    if (!answer) return std::move(answer.error());
    if (answer->status == 400) return rejected(*answer);
    const Timestamp final_before = include_open_ ? kEndOfTime : now();
    auto rows = codecs::parse_klines(answer->body).and_then([&](Candles candles) {
      return settle(std::move(candles), series_.interval, page.window, final_before);
    });
    if (!rows && attempt < kTries) continue;
    if (!rows) return distrusted(*answer, rows.error().what);
    StepResult result = answered(planner::Rows{.have = rows->have,
                                               .count = rows->count,
                                               .span = rows->span,
                                               .off_grid = !rows->off_grid.empty(),
                                               .final_before = final_before});
    result.rows = std::move(*rows);
    return result;
  }
}

StepResult RestRunner::first_candle(const std::stop_token& stop) {
  const auto url = [&](std::string_view base) { return first_candle_url(base, series_); };
  auto answer = hosts_.get(url, klines_weight(series_.market, 1), kMaxPageBytes, stop);
  if (!answer) return std::move(answer.error());
  if (answer->status == 400) return rejected(*answer);
  const auto rows = codecs::parse_klines(answer->body).and_then([&](Candles candles) {
    return settle(std::move(candles), series_.interval, kAnyTime, kEndOfTime);
  });
  if (!rows) {  // it would only have spared requests
    StepResult result =
        answered(planner::Failed{Cause::integrity, fmt::format("{}: {}", answer->url, rows.error().what)});
    result.failure = HttpFailure{.url = answer->url, .status = answer->status, .retry_after = {}};
    return result;
  }
  std::optional<Timestamp> first;
  if (rows->span) first = series_.interval.floor(rows->span->begin);
  return answered(planner::First{first, /*stated=*/false});
}

StepResult RestRunner::onboard_date(const std::stop_token& stop) {
  auto info = fetch_exchange_info(hosts_, stop);
  if (!info) return std::move(info.error());
  const auto found = std::ranges::find(info->symbols, series_.symbol.text(), &codecs::SymbolInfo::symbol);
  std::optional<Timestamp> first;
  if (found != info->symbols.end() && found->onboard_date) first = series_.interval.floor(*found->onboard_date);
  return answered(planner::First{first, /*stated=*/true});
}

}  // namespace klinekeep::sources
