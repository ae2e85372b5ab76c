// `--report`: what happened, as JSON.
#pragma once

#include <string>

#include "klinekeep/interval.hpp"
#include "klinekeep/report.hpp"

namespace klinekeep::cli {

/// One JSON object, pretty-printed, with a newline at its end. Ranges are told by their first and last open_time, ISO
/// 8601 UTC.
[[nodiscard]] std::string report_json(const Report& report, Interval interval);

}  // namespace klinekeep::cli
