#include "codecs/klines_json.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include "codecs/row.hpp"
#include "core/quote.hpp"

namespace klinekeep::codecs {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr bool is_number_field(std::size_t index) {
  return index < kSchema.size() && kSchema[index].type != ColumnType::float64;
}

/// The text of a JSON value without the white space after it. Of an array or object only the bracket.
std::string_view token_of(ondemand::value value) {
  std::string_view token = value.raw_json_token();
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

Parsed<Fields> read_fields(ondemand::array elements, std::size_t row) {
  Fields fields;
  std::size_t count = 0;
  for (auto element : elements) {
    ondemand::value value;
    if (const auto error = element.get(value)) return broken(row, error);
    if (count < fields.size()) {
      const auto text = text_of(token_of(value), count, row);
      if (!text) return tl::unexpected<Malformed>(text.error());
      fields[count] = *text;
    }
    ++count;
  }
  if (count != fields.size())
    return malformed(fmt::format("row {} has {} elements, not {}", row, count, fields.size()));
  return fields;
}

}  // namespace

Parsed<Candles> parse_klines(std::string_view body) {
  const simdjson::padded_string padded{body};
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array rows;
  auto error = parser.iterate(padded).get(document);
  if (!error) error = document.get_array().get(rows);
  if (error) return malformed(fmt::format("{} is not a JSON array: {}", quote(body), simdjson::error_message(error)));

  Candles candles;
  std::size_t row = 0;
  for (auto element : rows) {
    ++row;
    ondemand::array elements;
    error = element.get_array().get(elements);
    if (error) return broken(row, error);
    const auto fields = read_fields(elements, row);
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

}  // namespace klinekeep::codecs
