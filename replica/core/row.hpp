#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace replica {

__extension__ typedef unsigned __int128 Units;

class Text;

inline constexpr std::array<std::uint64_t, 20> kPowersOfTen = [] {
  std::array<std::uint64_t, 20> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers.at(i) = powers.at(i - 1) * 10;
  return powers;
}();

/// Prints units / 10^decimals with `printed` digits after the point, at least `decimals` and at most 10.
Text print_decimal(Units units, unsigned decimals, unsigned printed);

/// A number as Binance prints it. It never allocates: months of 1s candles pass through.
class Text {
 public:
  static constexpr std::size_t kCapacity = 31;

  Text() = default;
  explicit Text(std::string_view text);  // longer text throws std::length_error

  operator std::string_view() const { return {bytes_.data(), size_}; }
  std::string_view view() const { return *this; }
  double number() const;
  bool operator==(const Text& other) const { return view() == other.view(); }

  /// Copies the text to where there is room for kCapacity characters, whatever its size: one move of fixed length.
  char* copy_to(char* out) const {
    std::memcpy(out, bytes_.data(), kCapacity);
    return out + size_;
  }

 private:
  friend Text print_decimal(Units units, unsigned decimals, unsigned printed);

  std::array<char, kCapacity> bytes_{};
  std::uint8_t size_ = 0;
};

/// One candle: its times, and the other columns as the text that both the archive and REST print.
struct Row {
  Instant open_time;
  Instant close_time;
  Text open, high, low, close;
  Text volume, quote_volume, count, taker_buy_volume, taker_buy_quote_volume;
};

enum class TimeUnit { kMillis, kMicros };

/// A line of an archive file with its LF (`1577836800000,7195.24000000,…,0`), and an element of a REST answer. In
/// microseconds a close_time that ends in 999 ends in 999999.
void append_csv(std::string& out, const Row& row, TimeUnit unit);
void append_json(std::string& out, const Row& row, TimeUnit unit);

/// Reads a line of an archive file without its line end, in either unit; nothing when it is not a candle (a header
/// row).
std::optional<Row> parse_csv(std::string_view line);

}  // namespace replica
