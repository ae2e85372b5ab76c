// simdjson's kernels are chosen with all others, and not by a variable of its own: where that is empty or names none,
// simdjson refuses every text, and what is sound would be told damaged.
#pragma once

#include <string>

namespace klinekeep::processor {

/// To be called before a parser of simdjson's is made: has it use `fallback` where the portable kernels are in use,
/// else the fastest that this processor has. Returns their name by simdjson: icelake, haswell, westmere, arm64,
/// fallback. Thread-safe.
const std::string& use_json_kernels();

}  // namespace klinekeep::processor
