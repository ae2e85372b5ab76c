#include "klinekeep/enhanced_retriever.hpp"

#include <algorithm>
#include <utility>

#include "manager/one_source.hpp"
#include "sources/rest_client.hpp"

namespace klinekeep {

EnhancedRetriever::EnhancedRetriever(RestOptions options)
    : client_(std::make_shared<const sources::RestClient>(std::move(options))) {}
EnhancedRetriever::~EnhancedRetriever() = default;

FetchResult EnhancedRetriever::fetch(MarketType market, const Symbol& symbol, Interval interval, const TimeRange& range,
                                     const GetOptions& options) const {
  const Series series{market, symbol, interval, Kind::klines, upstream()};
  const Timestamp ours = client_->options().clock.value_or(system_now)();
  return manager::fetch_from_one(
      series, range, DataSource::REST, client_->make_runner(series, options.include_open, std::nullopt),
      std::max(ours, exchange_now().value_or(kBeginOfTime)), client_->options().parallel, options);
}

std::vector<SymbolInfo> EnhancedRetriever::symbols(MarketType market, std::stop_token stop) const {
  return client_->symbols(market, stop);
}

Upstream EnhancedRetriever::upstream() const { return client_->upstream(); }

std::optional<Timestamp> EnhancedRetriever::exchange_now() const { return client_->exchange_now(); }

}  // namespace klinekeep
