// Filling gaps, for callers who wish it.
#pragma once

#include "klinekeep/fetch_result.hpp"
#include "klinekeep/fill.hpp"
#include "klinekeep/interval.hpp"

namespace klinekeep::manager {

/// Throws InvalidRequest when the interval cannot be filled: 3d has no grid of its own.
void check_fill(Fill fill, Interval interval);

/// Adds a row for each grid point in the report's gaps, with close_time = open_time + interval - 1 ms. What is missing
/// (not known) stays missing, and so does what lies before the listing. Updates the report's counts.
void fill_gaps(FetchResult& result, Fill fill, Interval interval);

}  // namespace klinekeep::manager
