#pragma once

#include "http/message.hpp"

namespace replica {

/// The clock of an answer: clock_skew moves it.
Instant skewed(Instant now, std::span<const Fault> faults);

/// The answer under the faults that replace it or its headers, and how it is to travel.
void apply_reply_faults(Reply& reply, const Request& request, std::span<const Fault> faults, Instant now);

}  // namespace replica
