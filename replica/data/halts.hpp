#pragma once

#include "core/interval.hpp"
#include "data/catalogue.hpp"

namespace replica {

/// Whether trade was halted during the whole of the span: no candle opened in it then.
bool halted(Market market, Span span);

/// The close_time of a candle that covers `span`: its last millisecond, or earlier where a halt cut it.
Instant close_time_of(const Symbol& symbol, Span span);

}  // namespace replica
