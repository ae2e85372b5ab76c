#include "sources/rest_client.hpp"

#include "sources/client_hosts.hpp"
#include "sources/exchange_info.hpp"
#include "sources/http_answers.hpp"
#include "sources/rest_runner.hpp"

namespace klinekeep::sources {

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
