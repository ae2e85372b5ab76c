// How the holes of an origin age when it is asked again. Pure.
#pragma once

#include <vector>

#include "store/coverage.hpp"

namespace klinekeep::store {

/// Agreement within this proves nothing: what made a host say so once may still last.
inline constexpr Duration kWeakFor = std::chrono::hours{1};

/// What one answer says of slots for which it has no candle.
struct Absence {
  Origin origin;
  Timestamp at;  // when it was asked, in whole seconds
  bool weak = false;
};

/// Enters into `holes` that all of `slots` are holes. Where one of the same origin is there:
///   - it was learnt when it was, or at `said.at` where that is earlier;
///   - it was asked at `said.at`, also where that is earlier: the clock may have been wrong;
///   - it is weak where both are, and it was learnt less than an hour before.
/// The list is not in order afterwards: see normalise().
void enter_absence(std::vector<Hole>& holes, const Absence& said, const RangeSet& slots);

/// Holes of the origin that are there in `slots` were asked at `said.at`, and are not weak any more where they were
/// learnt an hour or more before. That the answer is not weak proves nothing here: it says only that nothing changed.
void confirm_absence(std::vector<Hole>& holes, const Absence& said, const RangeSet& slots);

}  // namespace klinekeep::store
