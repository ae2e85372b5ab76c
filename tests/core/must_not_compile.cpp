// Mistakes that the types keep out. Compiled as it stands, and then once with each bad line, which has to fail.
#include <cstdint>

#include "core/range_set.hpp"
#include "core/series.hpp"
#include "klinekeep/interval.hpp"
#include "klinekeep/market.hpp"
#include "klinekeep/time.hpp"
#include "planner/step.hpp"

namespace klinekeep {
namespace {

[[maybe_unused]] Timestamp a_timestamp(std::int64_t ms) { return from_ms(ms); }
[[maybe_unused]] TimeRange a_range(std::int64_t ms) { return {from_ms(ms), from_ms(ms + 1)}; }
[[maybe_unused]] Timestamp a_floor(std::int64_t ms) { return Interval{Interval::DAY_1}.floor(from_ms(ms)); }
[[maybe_unused]] planner::Granularity a_granularity() { return planner::Granularity::daily; }

#ifdef BAD_LINE_integer_as_timestamp
Timestamp bad(std::int64_t ms) { return ms; }
#endif
#ifdef BAD_LINE_integer_assigned_to_timestamp
void bad(Timestamp& t, std::int64_t ms) { t = ms; }
#endif
#ifdef BAD_LINE_timestamp_as_integer
std::int64_t bad(Timestamp t) { return t; }
#endif
#ifdef BAD_LINE_integer_as_range
TimeRange bad(std::int64_t ms) { return ms; }
#endif
#ifdef BAD_LINE_integers_as_range
TimeRange bad(std::int64_t ms) { return {ms, ms + 1}; }
#endif
#ifdef BAD_LINE_integer_to_the_grid
Timestamp bad(std::int64_t ms) { return Interval{Interval::DAY_1}.floor(ms); }
#endif
#ifdef BAD_LINE_integers_as_window
auto bad(std::int64_t ms) { return adjust_time_window(ms, ms, Interval::DAY_1); }
#endif
#ifdef BAD_LINE_nanoseconds_as_timestamp
Timestamp bad(std::chrono::sys_time<std::chrono::nanoseconds> t) { return t; }
#endif
#ifdef BAD_LINE_integer_as_interval
Interval bad() { return 3; }
#endif
#ifdef BAD_LINE_integer_as_market
MarketType bad() { return 0; }
#endif
#ifdef BAD_LINE_granularity_as_integer
int bad() { return planner::Granularity::daily; }
#endif
#ifdef BAD_LINE_integer_as_granularity
planner::Granularity bad() { return 1; }
#endif
#ifdef BAD_LINE_text_as_symbol
Symbol bad() { return "BTCUSDT"; }
#endif
#ifdef BAD_LINE_ranges_of_a_temporary
const std::vector<TimeRange>& bad() { return RangeSet{}.ranges(); }
#endif

}  // namespace
}  // namespace klinekeep
