// What happened while a request was answered: a value, told in full so that nothing is silent.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "klinekeep/errors.hpp"
#include "klinekeep/export.hpp"
#include "klinekeep/kind.hpp"
#include "klinekeep/time.hpp"
#include "klinekeep/upstream.hpp"

namespace klinekeep {

/// How far the bytes of an archive file are proven.
enum class Trust : std::uint8_t {
  verified,    // its SHA-256 is that of the published CHECKSUM
  etag,        // the CHECKSUM is stale or absent, but MD5 equals the ETag it came with and every CRC-32 is right
  unverified,  // neither; used because the caller accepts it
};

[[nodiscard]] KLINEKEEP_API std::string_view name(Trust trust);

// Why there is a gap.
inline constexpr std::string_view kBeforeListing = "before_listing";       // the series begins later
inline constexpr std::string_view kAbsentInArchive = "absent_in_archive";  // seen by the archive alone
inline constexpr std::string_view kAbsentInRest = "absent_in_rest";        // seen by REST alone
inline constexpr std::string_view kAbsent = "absent";                      // neither REST nor the archive has it
inline constexpr std::string_view kNotYet = "not_yet";  // REST may still bring it, by its answer's time

/// Candles that the exchange never made, as far as the source asked can tell.
struct Gap {
  TimeRange range;          // of open_time, half-open, both ends on the grid
  std::string_view reason;  // one of those above

  friend bool operator==(const Gap&, const Gap&) = default;
};

struct Report {
  Upstream upstream = {};  // whose candles they are
  Kind kind = Kind::klines;
  std::int64_t rows = 0;                               // in the answer
  std::int64_t filled = 0;                             // of them, made to fill gaps, at the caller's wish
  std::map<std::string, std::int64_t> rows_by_source;  // rest, vision
  std::int64_t requests = 0;                           // HTTP requests, retries included
  std::int64_t bytes = 0;                              // of bodies received
  std::vector<Gap> gaps;                               // in order, disjoint
  std::vector<MissingRange> missing;                   // only where the caller took a partial answer
  std::int64_t duplicates = 0;                         // equal rows with one open_time: dropped
  std::vector<Timestamp> conflicts;                    // open_times with rows that differ: the first is kept
  std::vector<Timestamp> off_grid;                     // open_times of candles off the interval's grid
  std::map<std::string, std::int64_t> parts_by_trust{{"verified", 0}, {"etag", 0}, {"unverified", 0}};  // archive files
  std::vector<std::string> notes;  // sentences for people: stale checksums, distrusted files, waits
  std::string cache_failure =
      {};  // why the cache, which was to be used, could not be read or written; a note says so too
};

}  // namespace klinekeep
