// Deciding what to ask. Pure functions: no file, no socket, no clock.
#pragma once

#include <vector>

#include "klinekeep/errors.hpp"
#include "klinekeep/report.hpp"
#include "planner/ledger.hpp"
#include "planner/policy.hpp"
#include "planner/step.hpp"

namespace klinekeep::planner {

/// The steps that would complete `request`, given what is known, at the time `now` of our clock: listings, questions,
/// files, pages, each by time. An answer tells by itself how far it reaches. Empty when nothing more can be asked of
/// the source: the request is then complete, or what `missing` names cannot be had. Calling plan, running its first
/// `at_once` steps and teaching the ledger their answers ends in an empty plan. Their answers may be learnt as they
/// come, but plan again when all have: what is missing in all decides, with AUTO, whether files are preferred. An
/// enforced source is never left, and CACHE asks nothing. Files that are not known to be absent are taken to be there.
[[nodiscard]] Plan plan(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now);

/// What of `request` has no answer, and why: in order, disjoint. Before-listing and gaps that the source answered are
/// not missing.
[[nodiscard]] std::vector<MissingRange> missing(const Wanted& wanted, const Policy& policy, const Ledger& ledger,
                                                Timestamp now);

/// The closed slots of `request` that have been answered, and have no candle: in order, disjoint. With those that have
/// one and those that are `missing` they are all that have closed.
[[nodiscard]] std::vector<Gap> gaps(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now);

/// An absence that is to be kept.
struct Absence {
  std::optional<Granularity> granularity;  // of the archive's files; none: REST
  TimeRange range;                         // slots
  Timestamp asked_at;
  bool weak = false;
  bool confirms = false;  // it was known, and is as it was
  Trust trust = Trust::verified;
};

/// What is known by now to be absent, of what was asked since the ledger began, but for what lies in a file's own range
/// and is told with its rows. Not what is before the first candle or after the last one, nor what is refused or
/// `missing`.
[[nodiscard]] std::vector<Absence> absences(const Wanted& wanted, const Policy& policy, const Ledger& ledger,
                                            Timestamp now);

/// What is known of the begin of the series by REST's word, to be kept; kEndOfTime as the end: it has none at all.
[[nodiscard]] std::optional<NoCandles> first_in_rest(const Wanted& wanted, const Policy& policy, const Ledger& ledger);

/// What an empty listing says is not believed, as the cache holds files of the archive.
void doubt_empty_listing(Ledger& ledger);

/// Sentences for people: what cannot be seen from gaps and rows.
[[nodiscard]] std::vector<std::string> remarks(const Wanted& wanted, const Policy& policy, const Ledger& ledger,
                                               Timestamp now);

/// Once nothing more can be asked: remembered gaps that were due to be asked again and had no answer. They stay gaps.
[[nodiscard]] RangeSet standing_gaps(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now);

/// Once nothing more can be asked: whether the sources that may be asked do not know the series at all.
[[nodiscard]] bool is_unknown(const Wanted& wanted, const Policy& policy, const Ledger& ledger);

/// Slots before the first candle that the source asked can have: nothing is there, and nothing is missing.
[[nodiscard]] RangeSet before_first(const Wanted& wanted, const Policy& policy, const Ledger& ledger);

/// The part of `slots` whose candles have closed by `now`.
[[nodiscard]] TimeRange closed_part(const TimeRange& slots, Interval interval, Timestamp now);

}  // namespace klinekeep::planner
