// What series.json holds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "klinekeep/time.hpp"

namespace klinekeep::store {

/// What is known of a series as a whole (series.json). A value; what is not known is none.
struct SeriesFacts {
  std::optional<Timestamp> first_candle;      // in REST; kEndOfTime: REST has not one
  bool first_candle_stated = false;           // by exchangeInfo, not seen
  std::optional<Timestamp> first_daily_file;  // period; kEndOfTime: the listing has none
  std::optional<Timestamp> first_monthly_file;
  std::optional<Timestamp> last_daily_file;
  std::optional<Timestamp> last_monthly_file;
  std::optional<Timestamp> learnt_at;

  friend bool operator==(const SeriesFacts&, const SeriesFacts&) = default;
};

[[nodiscard]] std::string to_json(const SeriesFacts& facts);

/// None where `text` is rubbish, or of a newer format.
[[nodiscard]] std::optional<SeriesFacts> parse_facts(std::string_view text);

/// Whether a newer klinekeep wrote `text`: it is to be left alone.
[[nodiscard]] bool is_newer_facts(std::string_view text);

/// `known`, where what `news` knows replaces it.
[[nodiscard]] SeriesFacts join(SeriesFacts known, const SeriesFacts& news);

}  // namespace klinekeep::store
