#include "codecs/klines_json.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <memory>

#include "codecs/json_memory.hpp"
#include "codecs/plain_row.hpp"
#include "codecs/row.hpp"
#include "core/quote.hpp"
#include "processor/json_kernels.hpp"

namespace klinekeep::codecs {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kUsualRow = 160;  // bytes

constexpr bool is_number_field(std::size_t index) {
  return index < kSchema.size() && kSchema[index].type != ColumnType::float64;
}

/// `token` without the white space behind it.
std::string_view trimmed(std::string_view token) {
  while (!token.empty() &&
         (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' || token.back() == '\t')) {
    token.remove_suffix(1);
  }
  return token;
}

/// JSON's numbers have no superfluous zero in front; the rest of their grammar is looser than append_row's.
bool has_leading_zero(std::string_view token) {
  if (token.starts_with('-')) token.remove_prefix(1);
  return token.size() > 1 && token.starts_with('0');
}

/// The digits of a field: `token` as it stands, or without its quotes.
Parsed<std::string_view> text_of(std::string_view token, std::size_t index, std::size_t row) {
  const bool is_string = token.starts_with('"');
  if (is_number_field(index) && (is_string || has_leading_zero(token))) {
    return malformed(fmt::format("row {}: {} {} is not a JSON number", row, field_name(index), quote(token)));
  }
  if (is_number_field(index)) return token;
  if (!is_string || token.size() < 2 || !token.ends_with('"')) {
    return malformed(fmt::format("row {}: {} {} is not a JSON string", row, field_name(index), quote(token)));
  }
  return token.substr(1, token.size() - 2);
}

tl::unexpected<Malformed> broken(std::size_t row, simdjson::error_code error) {
  return malformed(fmt::format("row {}: broken JSON: {}", row, simdjson::error_message(error)));
}

/// The elements of one row as they stand, up to the next element or bracket; of an array or object only the bracket.
struct Elements {
  Fields tokens;
  std::size_t count = 0;
  simdjson::error_code error = simdjson::SUCCESS;  // that came behind them
};

Elements read_elements(ondemand::array row) {
  Elements elements;
  for (auto element : row) {
    std::string_view token;
    elements.error = element.raw_json_token().get(token);
    if (elements.error != simdjson::SUCCESS) break;
    if (elements.count < elements.tokens.size()) elements.tokens[elements.count] = token;
    ++elements.count;
  }
  return elements;
}

/// The text of each field.
Parsed<Fields> texts_of(const Elements& elements, std::size_t row) {
  Fields fields;
  for (std::size_t index = 0; index < std::min(elements.count, fields.size()); ++index) {
    const auto text = text_of(trimmed(elements.tokens[index]), index, row);
    if (!text) return tl::unexpected<Malformed>(text.error());
    fields[index] = *text;
  }
  if (elements.error != simdjson::SUCCESS) return broken(row, elements.error);
  if (elements.count != fields.size())
    return malformed(fmt::format("row {} has {} elements, not {}", row, elements.count, fields.size()));
  return fields;
}

/// Appends the candle of a plain row without white space.
bool append_plain(const Elements& elements, Candles& to) {
  if (elements.count != kFieldCount || elements.error != simdjson::SUCCESS) return false;
  const auto ends = [](const char* at) { return *at == ',' || *at == ']'; };
  const auto integer = [&](std::size_t index, std::uint64_t& value) {
    const char* const begin = elements.tokens[index].data();
    const char* at = begin;
    return take_integer(at, value) && ends(at) && (*begin != '0' || at == begin + 1);
  };
  const auto decimal = [&](std::size_t index, double& value) {
    const char* at = elements.tokens[index].data();
    if (*at != '"') return false;
    ++at;
    return take_decimal(at, value) && *at == '"' && ends(at + 1);
  };
  return append_plain_row(integer, decimal, to);
}

/// Where simdjson works. A thread keeps it for its next body unless that would be much.
class Workshop {
 public:
  /// `body` with the padding that simdjson wants.
  simdjson::padded_string_view padded(std::string_view body) {
    const std::size_t capacity = body.size() + simdjson::SIMDJSON_PADDING;
    if (capacity > capacity_) {
      bytes_ = std::make_unique_for_overwrite<char[]>(capacity);
      capacity_ = capacity;
    }
    body.copy(bytes_.get(), body.size());
    std::fill_n(bytes_.get() + body.size(), simdjson::SIMDJSON_PADDING, '\0');
    return simdjson::padded_string_view{bytes_.get(), body.size(), capacity};
  }
  ondemand::parser& parser() {
    processor::use_json_kernels();
    return parser_;
  }
  [[nodiscard]] bool is_large() const { return capacity_ > kKept; }

 private:
  static constexpr std::size_t kKept = 1 << 20;  // a page of klines has a fifth of it

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  ondemand::parser parser_;
};

Parsed<Candles> parse(std::string_view body, Workshop& workshop) {
  ondemand::document document;
  ondemand::array rows;
  auto error = workshop.parser().iterate(workshop.padded(body)).get(document);
  check_memory(error);
  if (!error) error = document.get_array().get(rows);
  if (error) return malformed(fmt::format("{} is not a JSON array: {}", quote(body), simdjson::error_message(error)));

  Candles candles;
  candles.reserve(body.size() / kUsualRow);
  std::size_t row = 0;
  for (auto element : rows) {
    ++row;
    ondemand::array elements;
    error = element.get_array().get(elements);
    if (error) return broken(row, error);
    const Elements read = read_elements(elements);
    if (append_plain(read, candles)) continue;
    const auto fields = texts_of(read, row);
    if (!fields) return tl::unexpected<Malformed>(fields.error());
    if (auto appended = append_row(*fields, row, candles); !appended)
      return tl::unexpected<Malformed>(appended.error());
  }
  // simdjson 3.0 has no at_end(): behind the last token there is no location.
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return malformed(fmt::format("something follows the array after row {}", row));
  }
  return candles;
}

}  // namespace

Parsed<Candles> parse_klines(std::string_view body) {
  static thread_local std::unique_ptr<Workshop> kept;
  if (!kept) kept = std::make_unique<Workshop>();
  auto candles = parse(body, *kept);
  if (kept->is_large()) kept.reset();
  return candles;
}

}  // namespace klinekeep::codecs
