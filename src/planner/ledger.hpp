// What is known of a request so far: what `learn` writes and `plan` reads.
//
// A ledger starts as what the cache covers. The seeds, all of slots (both ends on the grid; parts outside of the
// request do no harm), are plain fields:
//   present       slots whose candle is there: from any origin for AUTO and CACHE, else from the one enforced
//   archive       slots of which the archive is known to have answered, with a candle or with a hole
//   archive_monthly  of these, what monthly files have answered: for VISION, so that what has to be asked again is
//   asked
//                 of the same file, and answers the same
//   rest          the same of REST; its remembered holes only while they need not be asked again
//   rest_gaps_due REST's remembered holes that are to be asked again (gap_age.hpp); not in `rest`
//   rest_has_rows some row of the request is known to come from REST
//   first_candle, first_candle_stated; of each granularity `first_known` and the first listed file in `exists`
// Seed facts of existence only: that a series has no candle, or the listing no file, may have changed since.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/range_set.hpp"
#include "klinekeep/errors.hpp"
#include "planner/step.hpp"

namespace klinekeep::planner {

/// How a file of the archive turned out.
struct FileState {
  enum class Kind : std::uint8_t {
    read,        // its rows were used
    absent,      // 404
    unverified,  // no checksum proves its bytes, but they could be read
    malformed,   // cannot be read, or not believed whatever its checksum says
    failed,      // could not be had
  };
  Kind kind;
  Cause cause = Cause::not_published;  // of failed
  std::string detail{};                // a sentence for people
};

/// What is known of the archive's files of one granularity.
struct FileLedger {
  std::map<Timestamp, FileState> asked;  // by period: what came of the files that were asked
  RangeSet listed;                       // periods of which the listing has told
  std::set<Timestamp> exists;            // the listed files' periods
  bool first_known = false;              // the listing told from the start: the first of `exists` is the first of all
  bool asked_directly_absent = false;    // a 404 came for a file that no listing had told of
  bool listing_failed = false;
};

struct Ledger {
  RangeSet present;            // slots whose candle is known
  RangeSet archive;            // slots of which the archive has answered: with a candle, or with a hole in its file
  RangeSet archive_monthly;    // of these, by monthly files, before the ledger began
  RangeSet archive_day_holes;  // whole days absent from a monthly file, of which the daily file may know more
  RangeSet rest;               // slots of which REST has answered
  RangeSet rest_learnt;        // of these, what pages have answered since the ledger began
  RangeSet rest_gaps_due;      // remembered holes of REST to ask again; one without an answer stands as it was
  RangeSet rest_crowded;       // windows that held more rows than slots: ask with the full limit
  std::map<Timestamp, MissingRange> rest_failures;  // by begin: pages that could not be had
  bool rest_has_rows = false;                       // REST has some row of the request
  bool rest_asked = false;                          // a page has been answered
  bool rest_began_empty = false;                    // the earliest page asked had no row
  std::optional<Timestamp> first_candle;            // in REST; kEndOfTime: it has not one
  bool first_candle_stated = false;                 // by exchangeInfo, not seen: one page before it is still asked
  bool first_candle_asked = false;
  bool unknown_to_rest = false;
  std::array<FileLedger, 2> files;  // by Granularity

  [[nodiscard]] FileLedger& of(Granularity g) { return files[static_cast<std::size_t>(g)]; }
  [[nodiscard]] const FileLedger& of(Granularity g) const { return files[static_cast<std::size_t>(g)]; }
};

}  // namespace klinekeep::planner
