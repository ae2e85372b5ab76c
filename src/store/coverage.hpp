// What a partition knows about its range beside the rows themselves: who has answered for which candles, at which
// trust, and what he has not. Values; all functions are pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/range_set.hpp"
#include "core/used_file.hpp"
#include "klinekeep/choices.hpp"
#include "klinekeep/interval.hpp"
#include "klinekeep/report.hpp"

namespace klinekeep::store {

/// One of Binance's three data sets.
enum class Origin : std::uint8_t { daily, monthly, rest };

/// `origin` has answered finally for every slot in `range`. At each of them, but for its holes, the partition's row is
/// the one that the origin has, bit for bit.
struct Answered {
  Origin origin;
  Trust trust;      // of an archive file; REST's answers count as verified
  TimeRange range;  // of open_time, half-open, inside the partition's month
  Timestamp at;     // when it was asked, in whole seconds; of joined ranges the latest

  friend bool operator==(const Answered&, const Answered&) = default;
};

/// Slots inside an answered range for which `origin` has no candle on the grid (3d: days that none of its candles
/// covers). Both times are whole seconds of a clock that may have been put back in between.
struct Hole {
  Origin origin;
  TimeRange range;
  Timestamp learnt_at;  // when it was first learnt
  Timestamp asked_at;   // when that was last asked, and confirmed
  bool weak = false;    // said by one host in a way that a glitch would say too: asked again after an hour

  friend bool operator==(const Hole&, const Hole&) = default;
};

/// Whether the two differ in their range alone, so that they are one where they touch.
[[nodiscard]] bool alike(const Hole& a, const Hole& b);

/// A row that opens off the grid, once for each origin that has it.
struct OffGrid {
  Timestamp open;
  Origin origin;
  Trust trust;

  friend bool operator==(const OffGrid&, const OffGrid&) = default;
};

struct Coverage {
  std::vector<Answered> answered;
  std::vector<Hole> holes;
  std::vector<OffGrid> off_grid;
  std::vector<UsedFile> files;

  friend bool operator==(const Coverage&, const Coverage&) = default;
};

/// Whose answers count for a request.
struct Filter {
  bool archive = true;
  bool rest = true;
  bool unverified = false;  // bytes that no checksum proves count too
};

[[nodiscard]] Filter filter_of(DataSource source, bool accept_unverified);

/// What a coverage says, for one filter. All sets and holes are of slots: both ends of each range lie on the
/// interval's grid.
struct Known {
  RangeSet present;         // a row that counts is there (3d: is covered by one)
  RangeSet archive;         // the archive has answered, with a row or a hole
  RangeSet monthly;         // of it, what a monthly file has answered
  RangeSet rest;            // REST has answered, with a row or a hole
  std::vector<Hole> holes;  // in answers that count, also where another origin has a row
  RangeSet unverified;      // present only by bytes that no checksum proves
};

/// `coverage` as the filter lets it count. A row at a slot counts when some origin that counts has answered for the
/// slot and has no hole there.
[[nodiscard]] Known known(const Coverage& coverage, Interval interval, const Filter& filter);

/// The slots that answers which `counts` likes have answered for.
template <class Counts>
[[nodiscard]] RangeSet answered_slots(const Coverage& coverage, Counts counts) {
  RangeSet slots;
  for (const Answered& each : coverage.answered) {
    if (counts(each)) slots.add(each.range);
  }
  return slots;
}

[[nodiscard]] RangeSet holes_of(const Coverage& coverage, Origin origin);

/// Takes `gone` out of the entries (answers, holes) that `meant` likes.
template <class Entry, class Meant>
void subtract(std::vector<Entry>& entries, const RangeSet& gone, Meant meant) {
  if (gone.empty()) return;
  std::vector<Entry> left;
  for (const Entry& entry : entries) {
    if (!meant(entry) || !gone.touches(entry.range)) {
      left.push_back(entry);
      continue;
    }
    const RangeSet parts = RangeSet{entry.range}.minus(gone);
    for (const TimeRange& part : parts) {
      left.push_back(entry);
      left.back().range = part;
    }
  }
  entries = std::move(left);
}

/// The slots for which some answer that `counts` likes has a row (3d: days that it covers).
template <class Counts>
[[nodiscard]] RangeSet rows_by(const Coverage& coverage, Counts counts) {
  RangeSet slots;
  for (const Origin origin : {Origin::daily, Origin::monthly, Origin::rest}) {
    slots.add(answered_slots(coverage, [&](const Answered& each) {
                return each.origin == origin && counts(each);
              }).minus(holes_of(coverage, origin)));
  }
  return slots;
}

/// Brings the lists into their one order, and joins what belongs together: touching or overlapping answers of one
/// origin and trust (the latest `at` stays), touching holes that are alike; a file is named once.
void normalise(Coverage& coverage);

/// Whether an origin counts under the filter at that trust.
[[nodiscard]] bool counts(const Filter& filter, Origin origin, Trust trust);

[[nodiscard]] std::string_view name(Origin origin);
[[nodiscard]] std::optional<Origin> parse_origin(std::string_view name);
[[nodiscard]] std::optional<Trust> parse_trust(std::string_view text);

}  // namespace klinekeep::store
