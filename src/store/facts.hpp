// What series.json holds: facts of a series as a whole, each with when it was asked. Values; all functions are pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/series.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep::store {

/// No candle opens in `range`, as REST said when it was asked.
struct NoCandles {
  TimeRange range;
  Timestamp asked_at;
  bool weak = false;  // as of a Hole

  friend bool operator==(const NoCandles&, const NoCandles&) = default;
};

/// What the archive's listing of one granularity told from its start. Files are named by the begin of their period.
struct ListedFiles {
  Timestamp first;                // kEndOfTime: there is none
  std::optional<Timestamp> last;  // of a listing that was read to its end; not before `first`
  Timestamp asked_at;

  friend bool operator==(const ListedFiles&, const ListedFiles&) = default;
};

/// What is not known is left empty.
struct SeriesFacts {
  std::optional<NoCandles> before_first;  // end: the slot of the first candle; begin: from where on REST was asked
  std::optional<NoCandles> after_last;    // begin: after the last candle; end: how far the answer reaches
  std::optional<ListedFiles> daily_files;
  std::optional<ListedFiles> monthly_files;

  friend bool operator==(const SeriesFacts&, const SeriesFacts&) = default;
};

[[nodiscard]] std::string to_json(const SeriesFacts& facts, const Series& series);

/// None where `text` is rubbish, in any part that should be known, of another format, or about another series.
[[nodiscard]] std::optional<SeriesFacts> parse_facts(std::string_view text, const Series& series);

/// Whether a newer klinekeep wrote `text`: it is to be left alone.
[[nodiscard]] bool is_newer_facts(std::string_view text);

}  // namespace klinekeep::store
