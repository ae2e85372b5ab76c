#include "sources/rest_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codecs/api_json.hpp"
#include "sources/client_hosts.hpp"
#include "sources/http_answers.hpp"

namespace klinekeep::sources {
namespace {

/// Of the upstream as it is known, else Binance's: whoever has another budget tells so by 429.
const MarketHosts& hosts_of(MarketType market, const RestOptions& options) {
  const UpstreamRules* rules = rules_of(upstream_of(options).name);
  const auto index = static_cast<std::size_t>(market);
  if (rules == nullptr || rules->rest.at(index).bases.empty()) rules = rules_of(Upstream{});
  return rules->rest.at(index);
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
    : rules_(rules_of(market)),
      hosts_(hosts_of(market, options)),
      bases_(rest_bases(options, market)),
      client_(parts, retry_policy(options.network), options.clock.value_or(system_now)) {}

/// The hosts that may be asked, in turn: those before the current one have failed.
std::vector<std::size_t> RestHosts::order(First first) const {
  std::vector<std::size_t> hosts;
  const std::size_t current = current_;
  for (std::size_t host = current + (first == First::another ? 1 : 0); host < bases_.size(); ++host) {
    hosts.push_back(host);
  }
  if (first == First::usual) return hosts;
  for (std::size_t host = 0; host <= current; ++host) hosts.push_back(host);
  return hosts;
}

/// The host to ask after one that answered with this status, or 0 for none.
RestHosts::Turn RestHosts::after(Turn host, Turn end, int status) const {
  const auto next = std::next(host);
  const auto free = std::find_if(next, end, [&](std::size_t other) { return is_geo_free(other); });
  return status == 451 && free != end ? free : next;
}

bool RestHosts::is_geo_free(std::size_t host) const {
  return !hosts_.geo_free.empty() && bases_[host] == hosts_.geo_free;
}

tl::expected<RestHosts::Answer, StepResult> RestHosts::get(const MakeUrl& make_url, int weight, std::size_t max_bytes,
                                                           const std::stop_token& stop, First first) {
  StepResult failure;
  Duration patience = client_.patience();  // of all of them
  const std::size_t before = current_;
  const std::vector<std::size_t> hosts = order(first);
  for (auto host = hosts.begin(); host != hosts.end();) {
    const std::string url = make_url(bases_[*host]);
    transport::StringSink sink{max_bytes};
    const auto response = client_.get({.url = url,
                                       .sink = sink,
                                       .weight = weight,
                                       .limit = static_cast<int>(hosts_.weight_budget),
                                       .rest = true,
                                       .patience = patience / (hosts.end() - host)},
                                      stop);
    if (!response) {
      const bool next_may_answer = response.error().kind == transport::Failure::Kind::unavailable ||
                                   response.error().kind == transport::Failure::Kind::left_alone;
      failure = failed(response.error());
      if (!next_may_answer) return tl::unexpected(std::move(failure));
      patience -= std::min(response.error().spent, patience);
      host = after(host, hosts.end(), response.error().http.status);
      continue;
    }
    const int status = response->head.status;
    if (status == 200 || status == 400) {
      if (first == First::usual) current_ = *host;
      Answer answer{url, status, status == 200 ? sink.take() : response->text, times_of_rest(*response),
                    *host != before};
      if (auto remark = remark_on_date(*response); remark && !has_remarked_.exchange(true)) {
        answer.remarks.push_back(*std::move(remark));
      }
      if (auto note = client_.note(); note && !has_noted_.exchange(true)) answer.remarks.push_back(*std::move(note));
      return answer;
    }
    failure = refused(url, status, why(status, response->text));
    host = after(host, hosts.end(), status);
  }
  return tl::unexpected(std::move(failure));
}

}  // namespace klinekeep::sources
