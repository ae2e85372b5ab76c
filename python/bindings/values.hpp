// How values cross: words for what is chosen, microseconds since the epoch for instants (nanobind's own datetimes would
// be in local time), tuples for what has parts. Python's dataclasses are made on the other side.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "klinekeep/klinekeep.hpp"

namespace klinekeep::python {

namespace nb = nanobind;

using Microseconds = std::int64_t;

[[nodiscard]] Timestamp instant(Microseconds t);
[[nodiscard]] Microseconds microseconds(Timestamp t);
/// The half-open range of [start, end], both inclusive open_times; empty where no candle opens in it.
[[nodiscard]] TimeRange range_of(Interval interval, Microseconds start, Microseconds end);

/// Throw InvalidRequest that names what would be right.
[[nodiscard]] MarketType market_of(std::string_view word);
[[nodiscard]] DataSource source_of(std::string_view word);
[[nodiscard]] Fill fill_of(std::string_view word);

/// A clock that asks `callable`, which returns microseconds; the machine's is another matter. None for None.
[[nodiscard]] std::optional<Clock> clock_of(nb::object callable);
/// A function that tells `callable` (steps_done, steps_expected, bytes); empty for None.
[[nodiscard]] std::function<void(const Progress&)> progress_of(nb::object callable);

/// (first open_time, last open_time)
[[nodiscard]] nb::tuple tuple_of(const TimeRange& range, Interval interval);
/// (first, last, cause, detail) each
[[nodiscard]] nb::list list_of(const std::vector<MissingRange>& missing, Interval interval);
[[nodiscard]] nb::list list_of(const std::vector<Timestamp>& times);
[[nodiscard]] nb::dict dict_of(const Report& report, Interval interval);

}  // namespace klinekeep::python
