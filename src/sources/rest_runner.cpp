#include "sources/rest_runner.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codecs/api_json.hpp"
#include "codecs/klines_json.hpp"
#include "core/quote.hpp"
#include "sources/rest_urls.hpp"

namespace klinekeep::sources {
namespace {

constexpr std::size_t kMaxPageBytes = 4 << 20;  // 1,000 rows have 160 KB
constexpr int kInvalidSymbol = -1121;

StepResult answered(planner::Answer answer) {
  StepResult result;
  result.answer = std::move(answer);
  return result;
}

/// What a 400 means.
StepResult rejected(const RestHosts::Answer& answer) {
  const auto error = codecs::parse_api_error(answer.body);
  if (error && error->code == kInvalidSymbol) return answered(planner::Unknown{answer.times, answer.by_another_host});
  const std::string why =
      error ? fmt::format("{} ({})", quote(error->message), error->code) : "without a reason that we can read";
  StepResult result = answered(planner::Failed{Cause::unavailable, fmt::format("{}: HTTP 400, {}", answer.url, why)});
  result.failure = HttpFailure{.url = answer.url, .status = 400, .retry_after = {}};
  return result;
}

/// With what there is to tell of its time, whatever it says.
StepResult with_notes(StepResult result, std::vector<std::string> notes) {
  result.notes = std::move(notes);
  return result;
}

StepResult distrusted(const RestHosts::Answer& answer, const std::string& why) {
  StepResult result = answered(planner::Distrusted{false, fmt::format("{}: {}", answer.url, why), {}});
  result.failure = HttpFailure{.url = answer.url, .status = answer.status, .retry_after = {}};
  return result;
}

}  // namespace

RestRunner::RestRunner(const Series& series, const RestOptions& options, bool include_open,
                       const transport::Parts& parts)
    : series_(series), include_open_(include_open), hosts_(series.market, options, parts) {}

StepResult RestRunner::run(const planner::Step& step, std::stop_token stop, MemoryShare& /*memory*/) {
  if (const auto* rest_page = std::get_if<planner::RestPage>(&step.action)) return page(*rest_page, stop);
  const auto* const next = std::get_if<planner::NextCandle>(&step.action);
  return candle(next != nullptr ? next->window : TimeRange{Timestamp{}, kEndOfTime}, stop);
}

StepResult RestRunner::page(const planner::RestPage& page, const std::stop_token& stop) {
  const auto url = [&](std::string_view base) { return klines_url(base, series_, page); };
  const auto first = page.again ? RestHosts::First::another : RestHosts::First::usual;
  constexpr int kTries = 2;  // what came malformed is asked once more
  std::vector<std::string> notes;
  for (int attempt = 1;; ++attempt) {
    auto answer = hosts_.get(url, klines_weight(series_.market, page.limit), kMaxPageBytes, stop, first);
    if (!answer) return with_notes(std::move(answer.error()), std::move(notes));
    std::ranges::move(answer->remarks, std::back_inserter(notes));
    if (answer->status == 400) return with_notes(rejected(*answer), std::move(notes));
    auto rows = codecs::parse_klines(answer->body).and_then([&](Candles candles) {
      const Timestamp as_of = include_open_ ? kEndOfTime : answer->times.as_of;
      return settle(std::move(candles), series_.interval, page.window, as_of);
    });
    if (!rows && attempt < kTries) continue;
    if (!rows) return with_notes(distrusted(*answer, rows.error().what), std::move(notes));
    StepResult result = answered(planner::Rows{.have = rows->have,
                                               .count = rows->count,
                                               .span = rows->span,
                                               .off_grid = !rows->off_grid.empty(),
                                               .refused = {},
                                               .times = answer->times});
    result.rows = std::move(*rows);
    return with_notes(std::move(result), std::move(notes));
  }
}

StepResult RestRunner::candle(const TimeRange& window, const std::stop_token& stop) {
  const auto url = [&](std::string_view base) { return candle_url(base, series_, window); };
  auto answer = hosts_.get(url, klines_weight(series_.market, 1), kMaxPageBytes, stop, RestHosts::First::another);
  if (!answer) return std::move(answer.error());
  if (answer->status == 400) return with_notes(rejected(*answer), std::move(answer->remarks));
  const auto rows = codecs::parse_klines(answer->body).and_then([&](Candles candles) {
    return settle(std::move(candles), series_.interval, {window.begin, kEndOfTime}, kEndOfTime);
  });
  if (!rows) {
    StepResult result =
        answered(planner::Failed{Cause::integrity, fmt::format("{}: {}", answer->url, rows.error().what)});
    result.failure = HttpFailure{.url = answer->url, .status = answer->status, .retry_after = {}};
    return with_notes(std::move(result), std::move(answer->remarks));
  }
  std::optional<Timestamp> first;
  if (rows->span) first = series_.interval.floor(rows->span->begin);
  StepResult result = answered(planner::Found{first, answer->times, answer->by_another_host});
  return with_notes(std::move(result), std::move(answer->remarks));
}

}  // namespace klinekeep::sources
