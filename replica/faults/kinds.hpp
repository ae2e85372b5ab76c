#pragma once

#include <stdexcept>

#include "faults/fault.hpp"

namespace replica {

/// A rule that cannot be: what() says why, for the one who posted it.
struct BadRule : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The stage of a kind of fault. Throws BadRule when there is no such kind, when an argument that it needs is missing
/// or of the wrong type, or when one is unknown. `rule` is the whole rule as posted.
Stage check_rule(const nlohmann::json& rule);

}  // namespace replica
