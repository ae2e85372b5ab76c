#include "core/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <stdexcept>

namespace replica {
namespace {

constexpr std::int64_t kFirstMicros = 1'000'000'000'000'000;  // as milliseconds: the year 33658

/// Text in the making, long enough for a candle; quicker than a string that checks its room at each piece.
class Line {
 public:
  void put(char c) { bytes_[size_++] = c; }
  void put(std::string_view text) {
    text.copy(bytes_.data() + size_, text.size());
    size_ += text.size();
  }
  void put(std::int64_t value) {
    const auto end = std::to_chars(bytes_.data() + size_, bytes_.data() + bytes_.size(), value).ptr;
    size_ = static_cast<std::size_t>(end - bytes_.data());
  }
  void insert(std::size_t place, char c) {
    std::copy_backward(bytes_.begin() + static_cast<std::ptrdiff_t>(place), bytes_.begin() + static_cast<std::ptrdiff_t>(size_),
                       bytes_.begin() + static_cast<std::ptrdiff_t>(size_ + 1));
    bytes_[place] = c;
    ++size_;
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 512> bytes_;
  std::size_t size_ = 0;
};

void put_time(Line& line, Instant t, TimeUnit unit) {
  line.put(std::int64_t{t.time_since_epoch().count()});
  if (unit == TimeUnit::kMicros) line.put("000");
}

void put_close_time(Line& line, Instant t, TimeUnit unit) {
  line.put(std::int64_t{t.time_since_epoch().count()});
  if (unit == TimeUnit::kMicros) line.put(t.time_since_epoch().count() % 1000 == 999 ? "999" : "000");
}

/// Returns how many digits were written.
std::size_t write_digits(std::span<char> out, Units value) {
  constexpr std::uint64_t kTenTo19 = 10'000'000'000'000'000'000U;
  if (value < kTenTo19) {
    const auto end = std::to_chars(out.data(), out.data() + out.size(), static_cast<std::uint64_t>(value)).ptr;
    return static_cast<std::size_t>(end - out.data());
  }
  const auto high = static_cast<std::uint64_t>(value / kTenTo19);  // Binance's numbers end far below
  const auto low = static_cast<std::uint64_t>(value % kTenTo19);
  return fmt::format_to_n(out.data(), out.size(), "{}{:019}", high, low).size;
}

std::optional<Instant> parse_time(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return Instant{Millis{value >= kFirstMicros ? value / 1000 : value}};
}

}  // namespace

Text::Text(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
  if (text.size() > kCapacity) throw std::length_error("a number of more than 31 characters: " + std::string{text});
  std::ranges::copy(text, bytes_.begin());
}

double Text::number() const {
  double value = 0;
  std::from_chars(bytes_.data(), bytes_.data() + size_, value);
  return value;
}

void append_csv(std::string& out, const Row& row, TimeUnit unit) {
  Line line;
  const auto put = [&](const Text& text) {
    line.put(',');
    line.put(text.view());
  };
  put_time(line, row.open_time, unit);
  for (const Text* text : {&row.open, &row.high, &row.low, &row.close, &row.volume}) put(*text);
  line.put(',');
  put_close_time(line, row.close_time, unit);
  for (const Text* text : {&row.quote_volume, &row.count, &row.taker_buy_volume, &row.taker_buy_quote_volume}) put(*text);
  line.put(",0\n");
  out += line.view();
}

void append_json(std::string& out, const Row& row, TimeUnit unit) {
  Line line;
  const auto put_quoted = [&](const Text& text) {
    line.put(",\"");
    line.put(text.view());
    line.put('"');
  };
  line.put('[');
  put_time(line, row.open_time, unit);
  for (const Text* text : {&row.open, &row.high, &row.low, &row.close, &row.volume}) put_quoted(*text);
  line.put(',');
  put_close_time(line, row.close_time, unit);
  put_quoted(row.quote_volume);
  line.put(',');
  line.put(row.count.view());
  put_quoted(row.taker_buy_volume);
  put_quoted(row.taker_buy_quote_volume);
  line.put(",\"0\"]");
  out += line.view();
}

std::optional<Row> parse_csv(std::string_view line) {
  std::array<std::string_view, 11> fields;
  for (auto& field : fields) {
    const auto comma = std::min(line.find(','), line.size());
    field = line.substr(0, comma);
    if (field.empty()) return std::nullopt;
    line.remove_prefix(std::min(comma + 1, line.size()));
  }
  const auto open_time = parse_time(fields[0]);
  const auto close_time = parse_time(fields[6]);
  if (!open_time || !close_time) return std::nullopt;
  return Row{*open_time,      *close_time,     Text{fields[1]}, Text{fields[2]}, Text{fields[3]}, Text{fields[4]},
             Text{fields[5]}, Text{fields[7]}, Text{fields[8]}, Text{fields[9]}, Text{fields[10]}};
}

Text print_decimal(Units units, unsigned decimals, unsigned printed) {
  std::array<char, 40> digits;
  const std::size_t size = write_digits(digits, units);
  const std::size_t zeros = size <= decimals ? decimals + 1 - size : 0;  // 5 with two decimals is 005
  const std::size_t whole = size + zeros - decimals;
  Line text;
  for (std::size_t i = 0; i < zeros; ++i) text.put('0');
  text.put(std::string_view{digits.data(), size});
  if (printed == 0) return Text{text.view()};
  text.insert(whole, '.');
  for (unsigned i = decimals; i < printed; ++i) text.put('0');
  return Text{text.view()};
}

}  // namespace replica
