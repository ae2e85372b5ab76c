#include "sources/rest_client.hpp"

#include <fmt/format.h>

#include <limits>

#include "codecs/api_json.hpp"
#include "sources/client_hosts.hpp"
#include "sources/http_answers.hpp"
#include "sources/rest_runner.hpp"
#include "sources/rest_urls.hpp"

namespace klinekeep::sources {
namespace {

constexpr std::size_t kMaxInfoBytes = 64 << 20;  // spot's has some 10 MB

StepResult malformed(const RestHosts::Answer& answer, const std::string& why) {
  const std::string detail = fmt::format("{}: {}", answer.url, why);
  StepResult result;
  result.answer = planner::Failed{Cause::integrity, detail};
  result.failure = HttpFailure{.url = answer.url, .status = answer.status, .retry_after = {}};
  return result;
}

/// exchangeInfo of the hosts' market; teaches the limiter the weight limit that it states. Throws Cancelled.
tl::expected<codecs::ExchangeInfo, StepResult> fetch_exchange_info(RestHosts& hosts, const std::stop_token& stop) {
  const auto url = [&](std::string_view base) { return exchange_info_url(base, hosts.rules().market); };
  const int weight = hosts.rules().market == MarketType::SPOT ? 20 : 1;
  auto answer = hosts.get({.make_url = url, .weight = weight, .max_bytes = kMaxInfoBytes}, stop);
  if (!answer) return tl::unexpected(std::move(answer.error()));
  if (answer->status != 200) return tl::unexpected(malformed(*answer, "HTTP 400"));
  auto info = codecs::parse_exchange_info(answer->body);
  if (!info) return tl::unexpected(malformed(*answer, info.error().what));
  if (info->weight_a_minute && *info->weight_a_minute > 0 && *info->weight_a_minute < std::numeric_limits<int>::max()) {
    hosts.client().learn_limit(answer->url, static_cast<int>(*info->weight_a_minute));
  }
  return *std::move(info);
}

}  // namespace

RestClient::RestClient(RestOptions options)
    : options_(std::move(options)),
      upstream_(upstream_of(options_).name),
      services_(make_services(options_.network, options_.budget_share)) {}

std::unique_ptr<StepRunner> RestClient::make_runner(const Series& series, bool include_open,
                                                    const std::optional<Clock>& clock) const {
  RestOptions options = options_;
  if (clock) options.clock = clock;
  return std::make_unique<RestRunner>(series, options, include_open, services_);
}

std::vector<SymbolInfo> RestClient::symbols(MarketType market, const std::stop_token& stop) const {
  RestHosts hosts{market, options_, services_};
  auto info = fetch_exchange_info(hosts, stop);
  if (!info) throw_failed(info.error());
  return std::move(info->symbols);
}

}  // namespace klinekeep::sources
