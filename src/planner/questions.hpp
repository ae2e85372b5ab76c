// What is asked beside pages and files: whether a silence of REST is true, and whether what was absent still is.
// Inside the planner only; pure.
#pragma once

#include "planner/archive_files.hpp"
#include "planner/open_slots.hpp"

namespace klinekeep::planner {

struct Questions {
  std::vector<Step> steps;  // may all run at once
  RangeSet held;            // of what is open: no page is asked for it before the answers are there, or at all
};

/// At REST, for a request that stands like this. Of AUTO, no question for what a file may still tell.
[[nodiscard]] Questions questions_for_rest(const Wanted& wanted, const Policy& policy, const Ledger& ledger,
                                           const OpenSlots& left, const ArchiveFiles& files);

/// At the archive: the listing for files of which known holes are to be asked again, and those that are others by now.
[[nodiscard]] std::vector<Step> doubts_of_archive(const Wanted& wanted, const Policy& policy, const Ledger& ledger);

}  // namespace klinekeep::planner
