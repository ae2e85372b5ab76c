// What can be asked of a source: plain values with the reason why, which could be printed, compared or sent to another
// machine.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "klinekeep/interval.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep::planner {

/// The archive holds each series as files of a day and as files of a calendar month.
enum class Granularity : std::uint8_t { daily, monthly };

/// One file of the archive. `period` is its first instant: a midnight, or that of the first of a month.
struct ArchiveFile {
  Granularity granularity;
  Timestamp period;
  bool accept_unverified = false;  // take bytes that no checksum proves; the last resort, and only on request

  friend auto operator<=>(const ArchiveFile&, const ArchiveFile&) = default;
};

/// One call of REST's klines for all candles that open in `window`.
struct RestPage {
  TimeRange window;
  int limit;
  int candles = 0;     // that the window has at most
  bool again = false;  // what came before is doubted: of another host where there is one, else in another form

  friend auto operator<=>(const RestPage&, const RestPage&) = default;
};

/// Ask REST for the first candle of all, of another host than the one that answered last where there is one.
struct FirstCandle {
  friend auto operator<=>(const FirstCandle&, const FirstCandle&) = default;
};

/// Ask REST for one candle that opens at or after the begin of `window`, as FirstCandle does: the first such one, or,
/// where the market takes a window, any one in it.
struct NextCandle {
  TimeRange window;

  friend auto operator<=>(const NextCandle&, const NextCandle&) = default;
};

/// The archive's listing: the files after the one of period `after` (none: from the first) until past the step's range.
struct List {
  Granularity granularity;
  std::optional<Timestamp> after;

  friend auto operator<=>(const List&, const List&) = default;
};

using Action = std::variant<ArchiveFile, RestPage, FirstCandle, NextCandle, List>;

struct Step {
  Action action;
  TimeRange range;  // of open_time, that the answer is about
  int requests;     // expected
  std::int64_t bytes;
  std::string reason;
  std::optional<Timestamp> listed_as_of = {};  // of a file: its Last-Modified as listed, for when it comes without one

  friend bool operator==(const Step&, const Step&) = default;
};

/// For people: `daily file 2024-03-15`, `monthly file 2024-03`, `first candle`, `next candle from
/// 2024-03-15T00:00:00Z`, `listing of daily files after 2024-03-14`, `REST page 2024-03-15T00:00:00Z to
/// 2024-03-15T00:59:00Z (60 candles)`, both inclusive; a page that is asked once more says `, again`.
[[nodiscard]] std::string describe(const Step& step, Interval interval);

/// "daily", "monthly".
[[nodiscard]] std::string_view name(Granularity granularity);
/// A period as its file's name has it: `2024-03-15`, `2024-03`.
[[nodiscard]] std::string period_name(Granularity granularity, Timestamp period);

/// Steps in the order to run them. Only the first `at_once` may run now (side by side); then what they taught may
/// change the rest.
struct Plan {
  std::vector<Step> steps;
  std::size_t at_once = 0;
};

}  // namespace klinekeep::planner
