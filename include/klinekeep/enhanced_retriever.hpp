// The client of Binance's REST API.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "klinekeep/client_options.hpp"
#include "klinekeep/export.hpp"
#include "klinekeep/fetch_result.hpp"
#include "klinekeep/get_options.hpp"
#include "klinekeep/interval.hpp"
#include "klinekeep/market.hpp"
#include "klinekeep/symbol.hpp"
#include "klinekeep/symbol_info.hpp"

namespace klinekeep {

namespace sources {
class RestClient;
}

/// Fetches candles by pages of klines from the REST API, and from nowhere else. What is fetched is named in each call;
/// a client has no state but its connections and the last time that it heard of the exchange's clock. Thread-safe.
class KLINEKEEP_API EnhancedRetriever {
 public:
  /// Throws InvalidRequest where hosts are known to be of another upstream than is named, or than others of them, or
  /// where a host is too long to be a name.
  explicit EnhancedRetriever(RestOptions options = {});
  ~EnhancedRetriever();
  EnhancedRetriever(const EnhancedRetriever&) = delete;
  EnhancedRetriever& operator=(const EnhancedRetriever&) = delete;

  /// All closed candles that open in `range` [begin, end), UTC, in as few calls as the market's limits allow. What REST
  /// does not have is a gap in the report. Keeps to a share of the exchange's request weight, together with all
  /// processes of this machine. Throws InvalidRequest (the market lacks the interval), UnknownSymbol, IncompleteData
  /// and its kin, Cancelled.
  [[nodiscard]] FetchResult fetch(MarketType market, const Symbol& symbol, Interval interval, const TimeRange& range,
                                  const GetOptions& options = {}) const;

  /// What exchangeInfo lists, in its order. Throws SourceUnavailable, RateLimited, IntegrityError, Cancelled.
  [[nodiscard]] std::vector<SymbolInfo> symbols(MarketType market, std::stop_token stop = {}) const;

  /// Whose candles they are: the options' name, else that of the hosts.
  [[nodiscard]] Upstream upstream() const;

  /// The exchange's clock by its last answer, if that came within the last minute. What has closed is judged by the
  /// time of each answer, never by this.
  [[nodiscard]] std::optional<Timestamp> exchange_now() const;

  /// For the library itself.
  [[nodiscard]] const std::shared_ptr<const sources::RestClient>& client() const { return client_; }

 private:
  std::shared_ptr<const sources::RestClient> client_;
};

}  // namespace klinekeep
