#pragma once

#include "data/catalogue.h"

namespace replica {

/// The price of a symbol at an instant: the rough course of BTC since 2017, a seeded walk on top. The same at any distance
/// from the start: no state, no summing up.
double price_on_curve(const Symbol& symbol, Instant t);

}  // namespace replica
