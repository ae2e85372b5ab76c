#include "planner/gap_age.hpp"

#include <array>

namespace klinekeep::planner {
namespace {

struct Rule {
  Duration younger_than;
  Duration asked_after;
};

constexpr std::array kRules{Rule{std::chrono::hours{36}, std::chrono::hours{1}},
                            Rule{std::chrono::days{90}, std::chrono::days{7}}};

/// The first slot whose candle closes after `t`.
Timestamp first_closing_after(Interval interval, Timestamp t) {
  Timestamp slot = interval.floor(t);
  while (interval.close_of(interval.floor(slot - Duration{1})) > t) slot = interval.floor(slot - Duration{1});
  return slot;
}

}  // namespace

RangeSet due_again(const std::vector<RememberedGap>& gaps, Interval interval, Timestamp now) {
  RangeSet due;
  Timestamp end = kEndOfTime;
  for (const Rule& rule : kRules) {
    const Timestamp begin = first_closing_after(interval, now - rule.younger_than);
    for (const RememberedGap& gap : gaps) {
      if (gap.at + rule.asked_after <= now) due.add(gap.range.intersect({begin, end}));
    }
    end = begin;
  }
  return due;
}

}  // namespace klinekeep::planner
