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
                       const transport::Services& services)
    : series_(series), include_open_(include_open), hosts_(series.market, options, services) {}

/// What comes malformed is asked for once more.
class RestRunner::Page : public std::enable_shared_from_this<Page> {
 public:
  Page(RestRunner& runner, std::shared_ptr<StepRun> run)
      : runner_(runner), run_(std::move(run)), page_(std::get<planner::RestPage>(run_->step().action)) {}

  void ask() {
    ++tries_;
    runner_.hosts_.get({.make_url = [this](std::string_view base) { return klines_url(base, runner_.series_, page_); },
                        .weight = klines_weight(runner_.series_.market, page_.limit),
                        .max_bytes = kMaxPageBytes,
                        .first = page_.again ? RestHosts::First::another : RestHosts::First::usual},
                       run_->stop(), of_step(run_, [self = shared_from_this()](RestHosts::Outcome outcome) {
                         if (!outcome) return self->end(std::move(outcome.error()));
                         self->run_->work([self, answer = *std::move(outcome)] { self->read(answer); });
                       }));
  }

 private:
  void read(const RestHosts::Answer& answer) {
    constexpr int kTries = 2;
    std::ranges::copy(answer.remarks, std::back_inserter(notes_));
    if (answer.status == 400) return end(rejected(answer));
    auto rows = codecs::parse_klines(answer.body).and_then([&](Candles candles) {
      const Timestamp as_of = runner_.include_open_ ? kEndOfTime : answer.times.as_of;
      return settle(std::move(candles), runner_.series_.interval, page_.window, as_of);
    });
    if (!rows && tries_ < kTries) return ask();
    if (!rows) return end(distrusted(answer, rows.error().what));
    StepResult result = answered(planner::Rows{.have = rows->have,
                                               .count = rows->count,
                                               .span = rows->span,
                                               .off_grid = !rows->off_grid.empty(),
                                               .refused = {},
                                               .times = answer.times});
    result.rows = std::move(*rows);
    end(std::move(result));
  }

  void end(StepResult result) { run_->end(with_notes(std::move(result), std::move(notes_))); }

  RestRunner& runner_;
  std::shared_ptr<StepRun> run_;
  planner::RestPage page_;
  int tries_ = 0;
  std::vector<std::string> notes_;
};

void RestRunner::start(std::shared_ptr<StepRun> run) {
  if (std::holds_alternative<planner::RestPage>(run->step().action)) {
    return std::make_shared<Page>(*this, std::move(run))->ask();
  }
  const auto* const next = std::get_if<planner::NextCandle>(&run->step().action);
  ask_for_candle(next != nullptr ? next->window : TimeRange{Timestamp{}, kEndOfTime}, run);
}

void RestRunner::ask_for_candle(const TimeRange& window, const std::shared_ptr<StepRun>& run) {
  hosts_.get({.make_url = [this, window](std::string_view base) { return candle_url(base, series_, window); },
              .weight = klines_weight(series_.market, 1),
              .max_bytes = kMaxPageBytes,
              .first = RestHosts::First::another},
             run->stop(), of_step(run, [this, window, run](RestHosts::Outcome outcome) {
               if (!outcome) return run->end(std::move(outcome.error()));
               run->work([this, window, run, answer = *std::move(outcome)] {
                 run->end(with_notes(candle_in(answer, window), answer.remarks));
               });
             }));
}

StepResult RestRunner::candle_in(const RestHosts::Answer& answer, const TimeRange& window) const {
  if (answer.status == 400) return rejected(answer);
  const auto rows = codecs::parse_klines(answer.body).and_then([&](Candles candles) {
    return settle(std::move(candles), series_.interval, {window.begin, kEndOfTime}, kEndOfTime);
  });
  if (!rows) {
    StepResult result =
        answered(planner::Failed{Cause::integrity, fmt::format("{}: {}", answer.url, rows.error().what)});
    result.failure = HttpFailure{.url = answer.url, .status = answer.status, .retry_after = {}};
    return result;
  }
  std::optional<Timestamp> first;
  if (rows->span) first = series_.interval.floor(rows->span->begin);
  return answered(planner::Found{first, answer.times, answer.by_another_host});
}

}  // namespace klinekeep::sources
