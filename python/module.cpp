// The Python module. Capsule-thin: names and conversions, no logic.
#include <arrow/config.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "klinekeep/interval.hpp"
#include "klinekeep/version.hpp"

namespace {

/// Times are microseconds since the epoch: nanobind's own datetimes would be in local time.
std::int64_t estimate(std::int64_t start, std::int64_t end, std::string_view name) {
  const auto interval = klinekeep::Interval::parse(name);
  if (!interval) throw nanobind::value_error("unknown interval");
  const auto instant = [](std::int64_t t) { return klinekeep::Timestamp{klinekeep::Duration{t}}; };
  return klinekeep::estimate_data_points(instant(start), instant(end), *interval);
}

}  // namespace

NB_MODULE(_core, m) {
  m.attr("__version__") = klinekeep::kVersion;
  m.attr("arrow_version") = arrow::GetBuildInfo().version_string;  // of the libarrow that was loaded
  m.def("estimate_data_points", &estimate, nanobind::arg("start"), nanobind::arg("end"), nanobind::arg("interval"));
}
