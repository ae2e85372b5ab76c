#include "codecs/reference.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

namespace klinekeep::codecs::reference {
namespace {

const std::vector<std::vector<std::string>> kHeader{
    {"open_time"},
    {"open"},
    {"high"},
    {"low"},
    {"close"},
    {"volume"},
    {"close_time"},
    {"quote_volume", "quote_asset_volume"},
    {"trades", "count", "number_of_trades"},
    {"taker_buy_volume", "taker_buy_base_asset_volume"},
    {"taker_buy_quote_volume", "taker_buy_quote_asset_volume"},
    {"ignore"},
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// For each of the twelve fields, where the header has it; none where it is no header.
std::optional<std::vector<std::size_t>> header(const std::vector<std::string>& names) {
  std::vector<std::size_t> places;
  for (const auto& spellings : kHeader) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::string name = names[i];
      for (char& c : name) c = c == ' ' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if (std::ranges::count(spellings, name) > 0) found.push_back(i);
    }
    if (found.size() != 1) return {};
    places.push_back(found[0]);
  }
  if (names.size() != kHeader.size()) return {};
  return places;
}

bool can_be_a_candle(const Candles& rows) {
  const double low = rows.low.back();
  const double high = rows.high.back();
  return rows.open.back() >= low && rows.open.back() <= high && rows.close.back() >= low && rows.close.back() <= high &&
         rows.taker_buy_volume.back() <= rows.volume.back() &&
         rows.taker_buy_quote_volume.back() <= rows.quote_volume.back() &&
         rows.close_time.back() >= rows.open_time.back();
}

std::optional<std::int64_t> ms(const std::string& text, std::int64_t unit) {
  const auto value = integer(text);
  if (!value || *value < 0) return std::nullopt;
  if (*value < 100000000000000) return value;
  if (*value % unit != 0) return std::nullopt;
  return *value / 1000;
}

bool push(Candles& to, const std::vector<std::string>& f) {
  if (f.size() != 12) return false;
  const auto open_time = ms(f[0], 1000);
  const auto close_time = ms(f[6], 1);
  const auto trades = integer(f[8]);
  if (!open_time || *open_time < 1000000000000 || *open_time >= 10000000000000 || !close_time || !trades) return false;
  for (const std::size_t i : {1U, 2U, 3U, 4U, 5U, 7U, 9U, 10U, 11U}) {
    if (!decimal(f[i])) return false;
  }
  to.open_time.push_back(*open_time);
  to.open.push_back(*decimal(f[1]));
  to.high.push_back(*decimal(f[2]));
  to.low.push_back(*decimal(f[3]));
  to.close.push_back(*decimal(f[4]));
  to.volume.push_back(*decimal(f[5]));
  to.close_time.push_back(*close_time);
  to.quote_volume.push_back(*decimal(f[7]));
  to.trades.push_back(*trades);
  to.taker_buy_volume.push_back(*decimal(f[9]));
  to.taker_buy_quote_volume.push_back(*decimal(f[10]));
  return true;
}

}  // namespace

std::optional<double> decimal(const std::string& text) {
  const std::string digits = text.substr(!text.empty() && text[0] == '-' ? 1 : 0);
  if (digits.find_first_not_of("0123456789.") != std::string::npos || std::ranges::count(digits, '.') > 1) return {};
  if (digits.empty() || digits.front() == '.' || digits.back() == '.') return {};
  const double value = std::strtod(text.c_str(), nullptr);
  if (!std::isfinite(value)) return {};
  return value;
}

std::optional<std::int64_t> integer(const std::string& text) {
  const std::string digits = text.substr(!text.empty() && text[0] == '-' ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) return {};
  errno = 0;
  const long long value = std::strtoll(text.c_str(), nullptr, 10);
  if (errno != 0) return {};
  return value;
}

std::optional<Candles> csv(std::string_view file) {
  Candles candles;
  std::vector<std::string> lines = split(std::string{file}, '\n');
  const std::vector<std::size_t> usual{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  std::vector<std::size_t> places = usual;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string line = lines[i];
    const bool is_last = i + 1 == lines.size();
    if (is_last && line.empty()) break;
    if (!is_last && !line.empty() && line.back() == '\r') line.pop_back();
    if (line.size() > 65536) return {};
    const std::vector<std::string> fields = split(line, ',');
    if (i == 0 && !line.empty() && std::isalpha(static_cast<unsigned char>(line[0]))) {
      const auto told = header(fields);
      if (!told) return {};
      places = *told;
      continue;
    }
    if (fields.size() != 12) return {};
    std::vector<std::string> ordered;
    for (const std::size_t place : places) ordered.push_back(fields[place]);
    if (!push(candles, ordered)) return {};
    if (places != usual && !can_be_a_candle(candles)) return {};
  }
  return candles;
}

std::optional<Candles> klines(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_array()) return {};
  Candles candles;
  for (const auto& row : json) {
    if (!row.is_array()) return {};
    std::vector<std::string> fields;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool number = i == 0 || i == 6 || i == 8;
      if (number ? !row[i].is_number_integer() : !row[i].is_string()) return {};
      fields.push_back(number ? row[i].dump() : row[i].get<std::string>());
    }
    if (!push(candles, fields)) return {};
  }
  return candles;
}

}  // namespace klinekeep::codecs::reference
