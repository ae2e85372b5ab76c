// The exchanges that are known with their hosts, as data; and whose a URL is. Pure.
// Facts: Binance's API documentation, that of its test networks, and that of Binance.US.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "klinekeep/market.hpp"
#include "klinekeep/upstream.hpp"

namespace klinekeep {

/// Where REST of a market is asked.
struct MarketHosts {
  std::span<const std::string_view> bases;  // in the order to try; empty: the upstream has no such market
  std::string_view geo_free;                // market data for regions that get 451; empty where there is none
  std::int64_t weight_budget;               // a minute and IP
};

struct UpstreamRules {
  std::string_view name;
  std::array<MarketHosts, kMarkets.size()> rest;  // by market
  std::string_view archive;                       // empty: there is none
  std::string_view archive_listing;               // where its bucket is listed
};

/// The hosts of an upstream; null where they are not known.
[[nodiscard]] const UpstreamRules* rules_of(const Upstream& upstream);

/// The upstream that `base_url` (scheme://host[:port]) is a host of, where one is known: a host is whose it is by each
/// scheme, at each port and in each spelling.
[[nodiscard]] std::optional<Upstream> owner_of(std::string_view base_url);

/// What an upstream without a name is called, after the host that is asked: `host_port`, with the characters of an IPv6
/// address that no name has replaced; the same for each spelling of a host. Throws InvalidRequest where that is too
/// long for a name.
[[nodiscard]] Upstream upstream_after(std::string_view base_url);

/// Those that are known, for messages.
[[nodiscard]] std::string_view known_upstreams();

}  // namespace klinekeep
