#include "archive_csv.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "codecs/zip_maker.hpp"

namespace klinekeep::bench {
namespace {

constexpr std::int64_t kFirst = 1'704'067'200'000;  // 2024-01-01
constexpr std::int64_t kCent = 1'000'000;           // of 8 decimals
constexpr std::int64_t kLot = 1'000;

/// Pseudo-random numbers that are the same everywhere: SplitMix64.
class Numbers {
 public:
  std::uint64_t next() {
    std::uint64_t value = state_ += 0x9E3779B97F4A7C15U;
    value = (value ^ value >> 30U) * 0xBF58476D1CE4E5B9U;
    value = (value ^ value >> 27U) * 0x94D049BB133111EBU;
    return value ^ value >> 31U;
  }
  std::int64_t below(std::int64_t end) { return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(end)); }
  double share() { return static_cast<double>(next() >> 11U) * 0x1p-53; }

 private:
  std::uint64_t state_ = 20'240'101;
};

/// A candle of one second; amounts in units of 1e-8.
struct Second {
  std::int64_t open_time, open, high, low, close, volume, close_time, quote_volume, trades, taker_volume,
      taker_quote_volume;
};

class Walk {
 public:
  explicit Walk(std::int64_t step_ms) : step_(step_ms) {}
  Second next() {
    Second second{};
    second.open_time = kFirst + step_ * count_++;
    second.close_time = second.open_time + step_ - 1;
    second.open = price_ * kCent;
    const bool quiet = numbers_.below(64) == 0;
    const std::int64_t close = quiet ? price_ : std::max<std::int64_t>(1, price_ + numbers_.below(401) - 200);
    second.high = (std::max(price_, close) + (quiet ? 0 : numbers_.below(100))) * kCent;
    second.low = (std::min(price_, close) - (quiet ? 0 : numbers_.below(100))) * kCent;
    second.close = close * kCent;
    price_ = close;
    if (quiet) return second;
    const std::int64_t lots = 1 + static_cast<std::int64_t>(-std::log(1 - numbers_.share()) * 60'000);
    const std::int64_t bought = numbers_.below(lots + 1);
    second.volume = lots * kLot;
    second.quote_volume = (lots * close + numbers_.below(100)) * 10;  // lots of 1e-5 at so many cents
    second.trades = 1 + numbers_.below(lots / 400 + 20);
    second.taker_volume = bought * kLot;
    second.taker_quote_volume = (bought * close + (bought > 0 ? numbers_.below(100) : 0)) * 10;
    return second;
  }

 private:
  Numbers numbers_;
  std::int64_t step_;
  std::int64_t count_ = 0;
  std::int64_t price_ = 4'228'345;  // in cents
};

/// `amount` with 8 decimals, or with as few as it needs.
void write_amount(std::string& to, std::int64_t amount, bool shortest) {
  const std::size_t begin = to.size();
  fmt::format_to(std::back_inserter(to), "{}.{:08}", amount / 100'000'000, amount % 100'000'000);
  if (!shortest) return;
  to.resize(to.find_last_not_of('0') + 1);
  if (to.back() == '.') to.pop_back();
  if (to.size() == begin) to += '0';
}

void write_row(std::string& to, const Second& second, Layout layout, std::string_view mark) {
  const std::string_view thousandths = layout == Layout::spot_us ? "000" : "";
  const std::string_view last_thousandths = layout == Layout::spot_us ? "999" : "";
  const auto amounts = [&](std::initializer_list<std::int64_t> values) {
    for (const std::int64_t value : values) {
      to += mark;
      write_amount(to, value, layout == Layout::futures);
      to += mark;
      to += ',';
    }
  };
  fmt::format_to(std::back_inserter(to), "{}{},", second.open_time, thousandths);
  amounts({second.open, second.high, second.low, second.close, second.volume});
  fmt::format_to(std::back_inserter(to), "{}{},", second.close_time, last_thousandths);
  amounts({second.quote_volume});
  fmt::format_to(std::back_inserter(to), "{},", second.trades);
  amounts({second.taker_volume, second.taker_quote_volume});
  to += mark;
  to += '0';
  to += mark;
}

}  // namespace

std::string busy_seconds(std::size_t rows, Layout layout, std::int64_t step_ms) {
  std::string csv;
  csv.reserve(rows * 160);
  if (layout == Layout::futures) {
    csv =
        "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,"
        "ignore\n";
  }
  Walk walk{step_ms};
  for (std::size_t row = 0; row < rows; ++row) {
    write_row(csv, walk.next(), layout, "");
    csv += '\n';
  }
  return csv;
}

std::string klines_body(std::size_t rows) {
  std::string body = "[";
  Walk walk{1000};
  for (std::size_t row = 0; row < rows; ++row) {
    if (row > 0) body += ',';
    body += '[';
    write_row(body, walk.next(), Layout::spot_ms, "\"");
    body += ']';
  }
  return body + "]";
}

std::string zip_of(const std::string& csv, const std::string& name) {
  codecs::ZipRecipe recipe;
  recipe.name = name;
  return codecs::make_zip(csv, recipe).bytes;
}

}  // namespace klinekeep::bench
