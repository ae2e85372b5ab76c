#include "sources/rest_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codecs/api_json.hpp"
#include "sources/http_answers.hpp"

namespace klinekeep::sources {
namespace {

std::vector<std::string> bases_of(const MarketRules& rules, const RestOptions& options) {
  if (!options.base_urls.empty()) return options.base_urls;
  return {rules.rest_hosts.begin(), rules.rest_hosts.end()};
}

std::string why(int status, const std::string& body) {
  if (const auto error = codecs::parse_api_error(body); error && !error->message.empty()) {
    return fmt::format("{} ({})", error->message, error->code);
  }
  switch (status) {
    case 403:
      return "forbidden by the exchange's firewall";
    case 451:
      return "not served to this region";
    default:
      return "which is no answer of the REST API";
  }
}

}  // namespace

RestHosts::RestHosts(MarketType market, const RestOptions& options, const transport::Parts& parts)
    : rules_(rules_of(market)), bases_(bases_of(rules_, options)), client_(parts, retry_policy(options.network)) {}

std::size_t RestHosts::after(std::size_t host, int status) const {
  if (status == 451 && !rules_.geo_free_host.empty()) {
    const auto found = std::ranges::find(bases_, rules_.geo_free_host);
    const auto index = static_cast<std::size_t>(found - bases_.begin());
    if (index < bases_.size() && index != host) return index;
  }
  return host + 1;
}

tl::expected<RestHosts::Answer, StepResult> RestHosts::get(const MakeUrl& make_url, int weight, std::size_t max_bytes,
                                                           const std::stop_token& stop) {
  StepResult failure;
  for (std::size_t host = current_; host < bases_.size();) {
    const std::string url = make_url(bases_[host]);
    transport::StringSink sink{max_bytes};
    const auto response = client_.get(
        {.url = url, .sink = sink, .weight = weight, .limit = static_cast<int>(rules_.weight_budget), .rest = true},
        stop);
    if (!response) {
      const bool next_may_answer = response.error().kind == transport::Failure::Kind::unavailable ||
                                   response.error().kind == transport::Failure::Kind::host_down;
      failure = failed(response.error());
      if (!next_may_answer) return tl::unexpected(std::move(failure));
      ++host;
      continue;
    }
    const int status = response->head.status;
    if (status == 200 || status == 400) {
      current_ = host;
      return Answer{url, status, status == 200 ? sink.take() : response->text};
    }
    failure = refused(url, status, why(status, response->text));
    host = after(host, status);
  }
  return tl::unexpected(std::move(failure));
}

}  // namespace klinekeep::sources
