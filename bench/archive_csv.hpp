// Archive files for benchmarks: made up, the same at every run, in the layout of Binance's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace klinekeep::bench {

enum class Layout : std::uint8_t {
  spot_ms,  // 8 decimals, times in ms: spot until 2024
  spot_us,  // 8 decimals, times in us: spot since 2025
  futures,  // a header row, as few decimals as the market has
};

/// The CSV of `rows` seconds of a busy symbol, which come to some 143 bytes a row: a random walk of prices in cents,
/// volumes of five decimals with zeros behind them, one second in 64 without a trade. As candles of another length,
/// `step_ms` apart.
std::string busy_seconds(std::size_t rows, Layout layout, std::int64_t step_ms = 1000);

/// The same candles as REST would answer: a body of `rows` rows.
std::string klines_body(std::size_t rows);

/// A zip of `csv`, packed as Binance packs it: deflate of zlib's level 6.
std::string zip_of(const std::string& csv, const std::string& name = "BTCUSDT-1s-2024-01.csv");

}  // namespace klinekeep::bench
