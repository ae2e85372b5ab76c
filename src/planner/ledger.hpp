// What is known of a request so far: what `learn` writes and `plan` reads.
//
// A ledger starts as what the cache knows. The seeds, all of slots (both ends on the grid; parts outside of the
// request do no harm), are plain fields:
//   present          slots whose candle is there: from any origin for AUTO and CACHE, else from the one enforced
//   archive          slots of which the archive is known to have answered, with a candle or with a hole
//   archive_monthly  of these, what monthly files have answered: for VISION, so that what has to be asked again is
//   asked
//                    of the same file, and answers the same
//   rest, rest_remembered   the same of REST; its holes that are to be asked again are in rest_doubts instead
//   doubted_files    files of the archive whose holes are to be asked again
//   first, last      that there is no candle before, or after; of each granularity the first listed file in `exists`
//                    and `first_known`, or, where it is to be asked again, `first_remembered`
//   archive_was_there   the cache holds rows of this series' archive; of each granularity was_there
// Seed facts of existence only: that a series has no candle, or the listing no file, may have changed since.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/range_set.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/report.hpp"
#include "planner/answer.hpp"
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
  std::map<Timestamp, FileState> asked;       // by period: what came of the files that were asked
  RangeSet listed;                            // periods of which the listing has told
  std::map<Timestamp, ListedFile> exists;     // the listed files, by period
  bool first_known = false;                   // the listing told from the start: the first of `exists` is the first
  std::optional<Timestamp> first_remembered;  // the first listed file as it was, to be asked again
  std::optional<Timestamp> listed_at;         // when the listing was asked from the start
  Timestamp told_at{};                        // when the listing was asked last
  bool was_there = false;                     // the cache knows of a file
  bool asked_directly_absent = false;         // a 404 came for a file that no listing had told of
  bool listing_failed = false;
  bool listed_for_doubts = false;  // it was asked whether files have changed
};

/// Slots for which REST brought no candle.
struct Silence {
  enum class Kind : std::uint8_t {
    between,   // two rows of one page
    edge,      // of a page that has rows
    whole,     // a page without a row
    question,  // NextCandle, or that REST does not know the symbol, said twice
  };
  TimeRange range;  // that had closed long enough before the answer's as_of
  Kind kind;
  Timestamp asked_at;
  bool weak = false;  // of a question: of the very host that is doubted
};

/// No candle opens in `range`, as REST said.
struct NoCandles {
  TimeRange range;  // of the first candle: up to its slot; of the last: from after it as far as the answer reaches
  Timestamp asked_at;
  bool weak = false;
  TimeRange due{};  // the part to ask again
};

/// A page whose time cannot be right: slots that had closed long ago by our clock, and not by its own.
struct Late {
  TimeRange range;
  AnswerTimes times;
  bool asked_again = false;
};

/// A file of which holes are to be asked again: whether it is another one by now.
struct DoubtedFile {
  Granularity granularity;
  Timestamp period;
  std::string etag;    // of the file that was read; empty where it is not known
  Timestamp asked_at;  // when it was
  Trust trust;
  RangeSet slots;
};

/// A monthly file that was read.
struct MonthRead {
  Timestamp asked_at;
  Trust trust;
};

/// Slots of files that are absent: as they were, when they were asked again; or as a monthly file says, where there is
/// no daily one.
struct Confirmed {
  Granularity granularity;
  RangeSet slots;
  Timestamp asked_at;
  Trust trust;
};

struct Ledger {
  RangeSet present;  // slots whose candle is known
  RangeSet refused;  // slots whose candle a source has, and which is not believed

  RangeSet archive;            // slots of which the archive has answered: with a candle, or with a hole in its file
  RangeSet archive_monthly;    // of these, by monthly files, before the ledger began
  RangeSet archive_day_holes;  // absent from a monthly file, in days that it does not hold whole: the daily file's word
                               // counts. Not in `archive` until that is known
  std::map<Timestamp, MonthRead> months_read;  // by period: the monthly files that the day holes are of
  std::vector<Confirmed> day_holes_stand;
  std::array<FileLedger, 2> files;  // by Granularity
  bool archive_was_there = false;
  bool listing_contradicts = false;  // it lists nothing, though files were there
  std::vector<DoubtedFile> doubted_files;
  std::set<Action> changed_files;  // of these, listed as others than they were
  std::vector<Confirmed> confirmed;

  RangeSet rest;                   // slots of which REST has answered: with a candle, or with a hole between two rows
  RangeSet rest_remembered;        // of these, before the ledger began
  RangeSet rest_doubts;            // remembered holes of REST to ask again; one without an answer stands as it was
  std::vector<Silence> silences;   // what REST has not brought, as its answers came
  RangeSet not_yet;                // slots that REST was asked for, and whose candle may still come
  RangeSet disproved;              // a stretch from a candle on that REST has, as a question found: to be paged again
  RangeSet seen;                   // the slots of such candles
  std::map<Timestamp, Late> late;  // by begin
  std::optional<Duration> clock_ahead;              // our clock, by two answers that agree
  RangeSet rest_crowded;                            // windows that held more rows than slots: ask with the full limit
  std::map<Timestamp, MissingRange> rest_failures;  // by begin: what could not be had
  bool rest_asked = false;                          // a page has been answered
  std::optional<NoCandles> first;                   // end kEndOfTime: REST has not one candle
  bool first_asked = false;
  std::optional<NoCandles> last;
  bool unknown_to_rest = false;
  bool unknown_asked = false;     // whether that is so, by one question
  RangeSet denied;                // windows of pages that said so: asked again if the question finds the symbol known
  std::set<TimeRange> questions;  // windows of NextCandle that have been asked: never twice
  RangeSet asked_again;           // windows of pages that were asked again: not a third time

  int doubts_asked = 0;
  bool rest_doubts_over = false;  // the host is down: what is known stands
  bool archive_doubts_over = false;
  bool fact_stands = false;  // of the series as a whole, as it could not be asked again

  [[nodiscard]] FileLedger& of(Granularity g) { return files[static_cast<std::size_t>(g)]; }
  [[nodiscard]] const FileLedger& of(Granularity g) const { return files[static_cast<std::size_t>(g)]; }
};

}  // namespace klinekeep::planner
