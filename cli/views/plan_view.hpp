// What `klinekeep plan` says. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "klinekeep/data_source_manager.hpp"
#include "output/terminal.hpp"

namespace klinekeep::cli {

/// The steps with what they cost and why, and a total: `3 requests, about 1.2 MB`. The reasons are wrapped beside their
/// steps where the screen is wide enough for that, else below them; without a terminal a step is a line. A plan without
/// steps is the line `nothing`. What no step would bring follows, a line a range (the first five).
[[nodiscard]] std::string plan_text(const FetchPlan& plan, Interval interval, std::string_view nothing,
                                    const Screen& screen);

/// {"steps": [{…, "reason": …}], "requests": N, "bytes": N, "missing": [{"from", "to", "cause", "detail"}]}
[[nodiscard]] std::string plan_json(const FetchPlan& plan, Interval interval);

}  // namespace klinekeep::cli
