// What the cache has of a series beside what was asked for: for whoever has named the wrong exchange or interval, or
// has forgotten to name one.
#pragma once

#include <string>

#include "core/series.hpp"
#include "store/store.hpp"

namespace klinekeep::manager {

/// `1m (3 months), 1h (1 month)`: of the symbol, whatever interval. Empty where there is nothing, or nothing can be
/// read.
[[nodiscard]] std::string intervals_cached(const store::Store& cache, const Series& series);

/// The same of other exchanges: `of binance the cache has candles of it: 1h (1 month)`, three of them at most; likewise
/// empty.
[[nodiscard]] std::string intervals_elsewhere(const store::Store& cache, const Series& series);

/// Of this very series, of other exchanges: `of binance the cache has 1 month of it: name the upstream binance`;
/// likewise.
[[nodiscard]] std::string months_elsewhere(const store::Store& cache, const Series& series);

}  // namespace klinekeep::manager
