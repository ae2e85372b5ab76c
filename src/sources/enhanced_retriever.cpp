#include "klinekeep/enhanced_retriever.hpp"

#include "sources/client_access.hpp"
#include "sources/client_hosts.hpp"
#include "sources/exchange_info.hpp"
#include "sources/fetch_loop.hpp"
#include "sources/http_answers.hpp"
#include "sources/rest_runner.hpp"

namespace klinekeep {

class EnhancedRetriever::Impl {
 public:
  explicit Impl(RestOptions options)
      : options_(std::move(options)), parts_(sources::make_parts(options_.network, options_.budget_share)) {
    (void)upstream();
  }

  FetchResult fetch(const Series& series, const TimeRange& range, const FetchOptions& options) const {
    sources::RestRunner runner{series, options_, options.include_open, parts_};
    const Timestamp now = std::max(options_.clock.value_or(system_now)(), exchange_now().value_or(kBeginOfTime));
    return sources::fetch(series, range, DataSource::REST, runner, now, options_.parallel, options);
  }

  std::vector<SymbolInfo> symbols(MarketType market, const std::stop_token& stop) const {
    sources::RestHosts hosts{market, options_, parts_};
    const auto info = sources::fetch_exchange_info(hosts, stop);
    if (!info) throw_failed(info.error());
    std::vector<SymbolInfo> symbols;
    for (const codecs::SymbolInfo& each : info->symbols) {
      symbols.push_back({each.symbol, each.status, each.onboard_date});
    }
    return symbols;
  }

  Upstream upstream() const { return sources::upstream_of(options_).name; }

  std::optional<Timestamp> exchange_now() const { return parts_.exchange_clock->now(); }

 private:
  friend struct sources::ClientAccess;

  [[noreturn]] static void throw_failed(const sources::StepResult& result) {
    const auto& failed = std::get<planner::Failed>(result.answer);
    throw_unanswered(failed.cause, failed.detail, result.failure);
  }

  RestOptions options_;
  transport::Parts parts_;
};

EnhancedRetriever::EnhancedRetriever(RestOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
EnhancedRetriever::~EnhancedRetriever() = default;

FetchResult EnhancedRetriever::fetch(MarketType market, const Symbol& symbol, Interval interval, const TimeRange& range,
                                     const FetchOptions& options) const {
  return impl_->fetch({market, symbol, interval, Kind::klines, impl_->upstream()}, range, options);
}

std::vector<SymbolInfo> EnhancedRetriever::symbols(MarketType market, std::stop_token stop) const {
  return impl_->symbols(market, stop);
}

Upstream EnhancedRetriever::upstream() const { return impl_->upstream(); }

std::optional<Timestamp> EnhancedRetriever::exchange_now() const { return impl_->exchange_now(); }

const RestOptions& sources::ClientAccess::options(const EnhancedRetriever& client) { return client.impl_->options_; }
const transport::Parts& sources::ClientAccess::parts(const EnhancedRetriever& client) { return client.impl_->parts_; }

}  // namespace klinekeep
