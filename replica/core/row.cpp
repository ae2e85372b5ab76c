#include "core/row.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <stdexcept>

namespace replica {
namespace {

constexpr std::int64_t kFirstMicros = 1'000'000'000'000'000;  // as milliseconds: the year 33658

/// A line in the making, long enough for a candle; quicker than a string, which checks its room at each piece.
class Line {
 public:
  void put(char c) { *end_++ = c; }
  void put(std::string_view text) {
    text.copy(end_, text.size());
    end_ += text.size();
  }
  void put(const Text& text) { end_ = text.copy_to(end_); }
  void put(std::int64_t value) { end_ = std::to_chars(end_, bytes_.data() + bytes_.size(), value).ptr; }
  std::string_view view() const { return {bytes_.data(), static_cast<std::size_t>(end_ - bytes_.data())}; }

 private:
  std::array<char, 512> bytes_;
  char* end_ = bytes_.data();
};

void put_time(Line& line, Instant t, TimeUnit unit) {
  line.put(std::int64_t{t.time_since_epoch().count()});
  if (unit == TimeUnit::kMicros) line.put("000");
}

void put_close_time(Line& line, Instant t, TimeUnit unit) {
  line.put(std::int64_t{t.time_since_epoch().count()});
  if (unit == TimeUnit::kMicros) line.put(t.time_since_epoch().count() % 1000 == 999 ? "999" : "000");
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
    line.put(text);
  };
  put_time(line, row.open_time, unit);
  for (const Text* text : {&row.open, &row.high, &row.low, &row.close, &row.volume}) put(*text);
  line.put(',');
  put_close_time(line, row.close_time, unit);
  for (const Text* text : {&row.quote_volume, &row.count, &row.taker_buy_volume, &row.taker_buy_quote_volume})
    put(*text);
  line.put(",0\n");
  out += line.view();
}

void append_json(std::string& out, const Row& row, TimeUnit unit) {
  Line line;
  const auto put_quoted = [&](const Text& text) {
    line.put(",\"");
    line.put(text);
    line.put('"');
  };
  line.put('[');
  put_time(line, row.open_time, unit);
  for (const Text* text : {&row.open, &row.high, &row.low, &row.close, &row.volume}) put_quoted(*text);
  line.put(',');
  put_close_time(line, row.close_time, unit);
  put_quoted(row.quote_volume);
  line.put(',');
  line.put(row.count);
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
  const std::uint64_t scale = kPowersOfTen.at(decimals);
  const auto narrow = static_cast<std::uint64_t>(units);
  const Units whole = units == narrow ? narrow / scale : units / scale;
  auto fraction = static_cast<std::uint64_t>(units == narrow ? narrow % scale : units % scale);
  if (whole > std::numeric_limits<std::uint64_t>::max() || printed > 10)
    throw std::length_error{"a number too long to print"};
  Text text;
  char* end =
      std::to_chars(text.bytes_.data(), text.bytes_.data() + text.bytes_.size(), static_cast<std::uint64_t>(whole)).ptr;
  if (printed > 0) {
    *end++ = '.';
    for (unsigned i = decimals; i-- > 0; fraction /= 10) end[i] = static_cast<char>('0' + fraction % 10);
    end = std::fill_n(end + decimals, printed - decimals, '0');
  }
  text.size_ = static_cast<std::uint8_t>(end - text.bytes_.data());
  return text;
}

}  // namespace replica
