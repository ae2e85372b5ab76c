// The cheapest way to ask for what is missing. Inside the planner only; pure.
#pragma once

#include <variant>
#include <vector>

#include "planner/archive_files.hpp"
#include "planner/policy.hpp"

namespace klinekeep::planner {

/// A run of slots that are missing, and who may be asked for all of them. Where a file may be, it lies in one period.
struct Stretch {
  TimeRange range;  // both ends on the grid
  bool daily = false;
  bool monthly = false;
  bool page = false;

  friend bool operator==(const Stretch&, const Stretch&) = default;
};

/// Who may be asked for what of `missing`: the archive's files that can be asked, for what it has not answered, of
/// a day that a month's file does not hold whole the daily one; REST for the slots of `askable_of_rest`, but (with
/// `files_first`, or where a file was not believed) not for what a file can be asked for. In order. Left out is what
/// nobody may be asked for.
[[nodiscard]] std::vector<Stretch> stretches(const Wanted& wanted, const Ledger& ledger, const ArchiveFiles& files,
                                             const RangeSet& missing, const RangeSet& askable_of_rest,
                                             bool files_first);

/// One file, or one page of REST, and the first stretch that it serves.
struct Choice {
  std::variant<ArchiveFile, RestPage> what;  // a page's limit is left 0
  const Stretch* first;
};

/// The choices of the lowest cost that serve each slot of `stretches` exactly once, in order of time. A page may begin
/// at a slot that is served by nothing before it, passes over no slot that a file serves, and ends at its reach or with
/// a stretch. Within a month that holds both slots for files and slots for REST alone, pages end before the former.
[[nodiscard]] std::vector<Choice> cheapest_cover(const Series& series, const Policy& policy,
                                                 const std::vector<Stretch>& stretches);

}  // namespace klinekeep::planner
