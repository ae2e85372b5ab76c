// `--report`: what happened, as JSON.
#pragma once

#include <optional>
#include <string>

#include "klinekeep/interval.hpp"
#include "klinekeep/report.hpp"

namespace klinekeep::cli {

/// One JSON object, pretty-printed, with a newline at its end. Ranges are told by their first and last open_time, ISO
/// 8601 UTC.
[[nodiscard]] std::string report_json(const Report& report, Interval interval);

/// The same where `get` ends by `error`: not complete, with what the error says is missing, and its kind, message, exit
/// code and HTTP failure. `report` is there where all had been fetched and the output failed; without it nobody knows
/// how many requests were sent.
[[nodiscard]] std::string failure_json(const Error& error, const std::optional<Report>& report,
                                       const Upstream& upstream, Interval interval);

}  // namespace klinekeep::cli
