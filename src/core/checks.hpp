// What makes a request invalid, found before any I/O, with the words for it.
#pragma once

#include "klinekeep/interval.hpp"
#include "klinekeep/market.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep {

/// Throws InvalidRequest, naming the intervals that the market has, unless `interval` is one of them.
void check_interval(MarketType market, Interval interval);

/// Throws InvalidRequest when `end` is after `now` ("is in the future") or `start` after `end` ("is after end time").
void check_window(Timestamp start, Timestamp end, Timestamp now);

}  // namespace klinekeep
