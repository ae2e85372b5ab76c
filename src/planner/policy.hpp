// What a request wants and what planning may do: values.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/series.hpp"
#include "klinekeep/choices.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep::planner {

/// All candles of `series` that open in `slots`, both ends of which are on the interval's grid.
struct Wanted {
  Series series;
  TimeRange slots;
};

struct Policy {
  DataSource source;               // that may be asked
  bool lacks_archive = false;      // REST alone is asked, as no archive of the exchange is known: AUTO was wanted
  bool accept_unverified = false;  // after all else, take archive bytes that no checksum proves
  bool include_open = false;       // ask REST for the forming candle too
  bool daily_first = false;        // refresh: of the archive's two data sets the better one, whatever it costs

  Duration archive_delay = std::chrono::hours{36};  // AUTO asks for a file this long after its period is over
  int doubts = 20;                                  // requests for what is known to be absent, and is asked again

  // The cost model: what a request is worth in bytes, how large things are, and how much dearer REST's are.
  std::int64_t request_cost = 100'000;
  std::int64_t zip_bytes_per_row = 45;
  std::int64_t zip_bytes_per_second_row = 40;
  std::int64_t rest_bytes_per_row = 163;
  std::int64_t rest_factor = 4;
  std::int64_t listing_bytes_per_file = 600;

  std::int64_t archive_above_points = 10'000;  // when more is missing, AUTO takes from the archive what that can have
  int max_unlisted_files = 3;                  // more than these are not asked before the listing is
  int files_per_listing = 500;                 // a listing page holds 1,000 keys: a zip and its CHECKSUM each

  /// Whose candles count, of those that are there already.
  [[nodiscard]] DataSource counted() const { return lacks_archive ? DataSource::AUTO : source; }
};

}  // namespace klinekeep::planner
