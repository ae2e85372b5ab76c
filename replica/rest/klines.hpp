#pragma once

#include "data/truth.hpp"
#include "http/message.hpp"

namespace replica {

enum class KlinesKind { kSymbol, kContinuous };

/// One question to klines or continuousKlines, checked.
struct KlinesQuery {
  Series series;
  std::optional<Instant> start;  // inclusive bounds on open_time
  std::optional<Instant> end;
  std::size_t limit;
};

/// Reads the parameters in the order in which Binance finds fault with them; throws ApiError.
KlinesQuery read_klines_query(const Request& request, const MarketRules& market, const Catalogue& catalogue,
                              KlinesKind kind, Instant now);

/// The rows of the answer; the last one can be a candle that is still open at `now`.
std::vector<Row> find_klines(const KlinesQuery& query, const Truth& truth, Instant now, std::span<const Fault> faults);

/// The body of the answer.
std::string print_klines(const std::vector<Row>& rows, TimeUnit unit, std::span<const Fault> faults);

/// Weight by the limit asked for; what is no number weighs as the default.
int klines_weight(const Request& request, const MarketRules& market);

}  // namespace replica
