#include "plan_command.hpp"

#include "managers.hpp"
#include "output/byte_sink.hpp"
#include "views/plan_view.hpp"

namespace klinekeep::cli {
namespace {

constexpr auto kPlanFooter = R"(
Takes the words of get, but for those about its output. Reads the cache and asks nobody; what it
says is what get then does, as long as upstream has what is expected. With --json: {"steps": [{…,
"reason": …}], "requests": N, "bytes": N, "missing": […]}.

Examples:
  klinekeep plan BTCUSDT 1m --start -30d
  klinekeep plan BTCUSDT 1d --start 2023-01-01 --end 2023-12-31 --json
  klinekeep plan ETHUSDT 1h --market um --start 2024-01-01 --end 2024-06-30 --source vision
)";

/// Why there is nothing to ask.
std::string_view nothing_to_fetch(const CandleRequest& request, const Settings& settings) {
  const auto window = adjust_time_window(request.start, request.end, request.interval);
  if (!window) return "nothing to fetch: no candle opens in this window";
  if (request.options.enforce_source == DataSource::CACHE) return "nothing to fetch: --source cache asks nobody";
  if (!request.options.include_open && request.interval.close_of(window->first) > settings.now) {
    return "nothing to fetch: no candle of this window has closed yet";
  }
  if (request.options.enforce_source == DataSource::VISION) {
    return request.options.use_cache ? "nothing to fetch: the cache covers all that the archive has by now"
                                     : "nothing to fetch: the archive has nothing of this window by now";
  }
  return request.options.use_cache ? "nothing to fetch: the cache covers it"
                                   : "nothing to fetch: no source has anything of this window by now";
}

}  // namespace

CLI::App* add_plan(CLI::App& app, RequestFlags& flags) {
  CLI::App* const plan = app.add_subcommand("plan", "What get would fetch, from where, and why; asks nobody");
  add_request_flags(*plan, flags);
  plan->footer(kPlanFooter);
  return plan;
}

void run_plan(const RequestFlags& flags, const Settings& settings) {
  const CandleRequest request = parse_request(flags, settings);
  const DataSourceManager manager{manager_options(settings, request.market)};
  const FetchPlan plan = manager.plan(request.symbol, request.interval, request.start, request.end, request.options);
  write_stdout(settings.json ? plan_json(plan, request.interval)
                             : plan_text(plan, request.interval, nothing_to_fetch(request, settings), stdout_screen()));
}

}  // namespace klinekeep::cli
