#include "store/absence.hpp"

#include <algorithm>

namespace klinekeep::store {
namespace {

/// Asks again for what is there of `said.origin` in `slots`. Returns the slots of which nothing is.
RangeSet ask_again(std::vector<Hole>& holes, const Absence& said, const RangeSet& slots) {
  RangeSet there;
  std::vector<Hole> all;
  for (const Hole& hole : holes) {  // each part by itself: both may have very many
    const RangeSet again = hole.origin == said.origin ? slots.intersect(hole.range) : RangeSet{};
    const RangeSet left = RangeSet{hole.range}.minus(again);
    for (const TimeRange& part : left) {
      all.push_back(hole);
      all.back().range = part;
    }
    const bool weak = hole.weak && said.weak && said.at < hole.learnt_at + kWeakFor;
    // By a clock that was ahead: it cannot have been learnt after it was asked.
    const Timestamp learnt_at = std::min(hole.learnt_at, said.at);
    for (const TimeRange& part : again) all.push_back({hole.origin, part, learnt_at, said.at, weak});
    there.add(again);
  }
  holes = std::move(all);
  return slots.minus(there);
}

}  // namespace

void enter_absence(std::vector<Hole>& holes, const Absence& said, const RangeSet& slots) {
  const RangeSet fresh = ask_again(holes, said, slots);
  for (const TimeRange& range : fresh) holes.push_back({said.origin, range, said.at, said.at, said.weak});
}

void confirm_absence(std::vector<Hole>& holes, const Absence& said, const RangeSet& slots) {
  const Absence unchanged{.origin = said.origin, .at = said.at, .weak = true};
  static_cast<void>(ask_again(holes, unchanged, slots));
}

}  // namespace klinekeep::store
