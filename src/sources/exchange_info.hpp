// Asking exchangeInfo.
#pragma once

#include "codecs/api_json.hpp"
#include "sources/rest_hosts.hpp"

namespace klinekeep::sources {

/// exchangeInfo of the hosts' market; teaches the limiter the weight limit that it states. Throws Cancelled.
[[nodiscard]] tl::expected<codecs::ExchangeInfo, StepResult> fetch_exchange_info(RestHosts& hosts,
                                                                                 const std::stop_token& stop);

}  // namespace klinekeep::sources
