// What of the cache may be had better by now. Pure.
#pragma once

#include "planner/policy.hpp"
#include "store/coverage.hpp"

namespace klinekeep::manager {

struct WorthAsking {
  RangeSet rows;  // from a weaker source than one that is due by now (daily, monthly, REST), or at a lesser trust
  RangeSet gaps;  // confirmed by REST, and not asked within the last hour
};

[[nodiscard]] WorthAsking worth_asking_again(const store::Coverage& coverage, Interval interval,
                                             const planner::Policy& policy, Timestamp now);

}  // namespace klinekeep::manager
