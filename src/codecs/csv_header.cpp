#include "codecs/csv_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/ascii.hpp"
#include "core/quote.hpp"

namespace klinekeep::codecs {
namespace {

/// How header rows were seen to call a column beside its name in the schema.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kAliases{{
    {"quote_asset_volume", "quote_volume"},
    {"count", "trades"},
    {"number_of_trades", "trades"},
    {"taker_buy_base_asset_volume", "taker_buy_volume"},
    {"taker_buy_quote_asset_volume", "taker_buy_quote_volume"},
}};

/// `name` in the schema's spelling: lower case, `_` for blanks, and the schema's name for a known alias.
std::string schema_spelling(std::string_view name) {
  std::string spelt{name};
  for (char& c : spelt) {
    c = c == ' ' ? '_' : ascii_lower(c);
  }
  const auto* const alias =
      std::ranges::find(kAliases, std::string_view{spelt}, &std::pair<std::string_view, std::string_view>::first);
  return alias == kAliases.end() ? spelt : std::string{alias->second};
}

std::optional<std::size_t> field_of(std::string_view name) {
  const std::string spelt = schema_spelling(name);
  for (std::size_t field = 0; field < kFieldCount; ++field) {
    if (spelt == field_name(field)) return field;
  }
  return std::nullopt;
}

}  // namespace

Parsed<FieldOrder> read_header(const Fields& names) {
  FieldOrder order{};
  std::array<bool, kFieldCount> named{};
  for (std::size_t place = 0; place < names.size(); ++place) {
    const auto field = field_of(names[place]);
    if (!field)
      return malformed(fmt::format("row 1: the header names no field that is known by {}", quote(names[place])));
    if (named[*field]) {
      return malformed(fmt::format("row 1: the header names {} twice, the second time by {}", field_name(*field),
                                   quote(names[place])));
    }
    named[*field] = true;
    order[*field] = place;
  }
  return order;
}

Fields in_usual_order(const Fields& line, const FieldOrder& order) {
  Fields fields;
  std::ranges::transform(order, fields.begin(), [&](std::size_t place) { return line[place]; });
  return fields;
}

Parsed<void> check_last_row(const Candles& rows, std::size_t row) {
  const auto complain = [row](std::string_view what) {
    return malformed(fmt::format("row {}: {}, so the header's order of columns cannot be right", row, what));
  };
  const double low = rows.low.back();
  const double high = rows.high.back();
  const auto within = [&](double price) { return low <= price && price <= high; };
  if (!within(rows.open.back()) || !within(rows.close.back())) {
    return complain("open or close lies outside of low to high");
  }
  if (rows.taker_buy_volume.back() > rows.volume.back() ||
      rows.taker_buy_quote_volume.back() > rows.quote_volume.back()) {
    return complain("takers bought more than was traded");
  }
  if (rows.close_time.back() < rows.open_time.back()) return complain("close_time lies before open_time");
  return {};
}

}  // namespace klinekeep::codecs
