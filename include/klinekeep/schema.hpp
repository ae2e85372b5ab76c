// The one schema: names, types and meanings of the columns of a candle, in their order. The CSV and JSON mappings, the
// Arrow schema, the command line's columns and the documentation follow from this table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "klinekeep/export.hpp"

namespace klinekeep {

enum class ColumnType : std::uint8_t {
  timestamp_ms,  // timestamp[ms, UTC]
  int64,
  float64,
};

struct Column {
  std::string_view name;
  ColumnType type;
  std::string_view meaning;
};

/// In the order of every output. A column's place here is also its place in Binance's CSV lines and JSON arrays, where
/// a twelfth field follows that is to be ignored.
inline constexpr std::array<Column, 11> kSchema{{
    {"open_time", ColumnType::timestamp_ms, "start of the candle, UTC; the index"},
    {"open", ColumnType::float64, "first price"},
    {"high", ColumnType::float64, "highest price"},
    {"low", ColumnType::float64, "lowest price"},
    {"close", ColumnType::float64, "last price"},
    {"volume", ColumnType::float64, "base asset traded (COIN-M: contracts)"},
    {"close_time", ColumnType::int64,
     "ms since the epoch, as the exchange states it (mostly open_time + interval - 1)"},
    {"quote_volume", ColumnType::float64, "quote asset traded (COIN-M: base asset)"},
    {"trades", ColumnType::int64, "number of trades"},
    {"taker_buy_volume", ColumnType::float64, "base asset bought by takers (COIN-M: contracts)"},
    {"taker_buy_quote_volume", ColumnType::float64, "quote asset spent by takers who bought (COIN-M: base asset)"},
}};

/// The index in kSchema of the column of that name, or none.
[[nodiscard]] KLINEKEEP_API std::optional<std::size_t> column_index(std::string_view name);

}  // namespace klinekeep
