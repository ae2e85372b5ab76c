#include "core/upstream_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/base_url.hpp"
#include "core/quote.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep {
namespace {

constexpr std::size_t kLongestName = 64;

constexpr std::array<std::string_view, 7> kSpot{"https://api.binance.com",        "https://api-gcp.binance.com",
                                                "https://api1.binance.com",       "https://api2.binance.com",
                                                "https://api3.binance.com",       "https://api4.binance.com",
                                                "https://data-api.binance.vision"};
constexpr std::array<std::string_view, 1> kUsdM{"https://fapi.binance.com"};
constexpr std::array<std::string_view, 1> kCoinM{"https://dapi.binance.com"};
constexpr std::array<std::string_view, 1> kUsSpot{"https://api.binance.us"};
constexpr std::array<std::string_view, 2> kTestnetSpot{"https://testnet.binance.vision",
                                                       "https://api1.testnet.binance.vision"};
constexpr std::array<std::string_view, 1> kTestnetFutures{"https://testnet.binancefuture.com"};

constexpr MarketHosts kNone{.bases = {}, .geo_free = "", .weight_budget = 0};

constexpr std::array<UpstreamRules, 3> kRules{{
    {.name = "binance",
     .rest = {{{.bases = kSpot, .geo_free = "https://data-api.binance.vision", .weight_budget = 6000},
               {.bases = kUsdM, .geo_free = "", .weight_budget = 2400},
               {.bases = kCoinM, .geo_free = "", .weight_budget = 2400}}},
     .archive = "https://data.binance.vision",
     .archive_listing = "https://s3-ap-northeast-1.amazonaws.com/data.binance.vision"},
    {.name = "us",
     .rest = {{{.bases = kUsSpot, .geo_free = "", .weight_budget = 1200}, kNone, kNone}},
     .archive = "",
     .archive_listing = ""},
    {.name = "testnet",
     .rest = {{{.bases = kTestnetSpot, .geo_free = "", .weight_budget = 6000},
               {.bases = kTestnetFutures, .geo_free = "", .weight_budget = 2400},
               {.bases = kTestnetFutures, .geo_free = "", .weight_budget = 2400}}},
     .archive = "",
     .archive_listing = ""},
}};

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && is_letter_or_digit(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_at(std::string_view known, std::string_view host) {
  constexpr std::string_view kHttps = "https://";  // as all of the table
  return known.size() == kHttps.size() + host.size() && known.ends_with(host);
}

bool is_host_of(const UpstreamRules& rules, std::string_view host) {
  const auto is_it = [&](std::string_view known) { return is_at(known, host); };
  return is_it(rules.archive) || std::ranges::any_of(rules.rest, [&](const MarketHosts& hosts) {
           return std::ranges::any_of(hosts.bases, is_it);
         });
}

}  // namespace

Upstream::Upstream(std::string_view name) : name_(name) {
  if (is_name(name)) return;
  throw InvalidRequest(fmt::format(
      "an upstream cannot be called {}: its name has 1 to 64 of a-z, 0-9, '.', '_' and '-', and begins with "
      "a letter or a digit; known are {}",
      quote(name), known_upstreams()));
}

const UpstreamRules* rules_of(const Upstream& upstream) {
  const auto* const found = std::ranges::find(kRules, upstream.name(), &UpstreamRules::name);
  return found == kRules.end() ? nullptr : found;
}

std::optional<Upstream> owner_of(std::string_view base_url) {
  const auto at = read_base_url(base_url);
  if (!at) return std::nullopt;
  for (const UpstreamRules& rules : kRules) {
    if (is_host_of(rules, at->host)) return Upstream{rules.name};
  }
  return std::nullopt;
}

Upstream upstream_after(std::string_view base_url) {
  std::string name;
  if (const auto at = read_base_url(base_url)) {
    if (at->host.starts_with('[')) name = "ipv6";
    for (const char c : at->host) {
      if (c == '[' || c == ']') continue;
      name += c == ':' ? '-' : c;
    }
    name += fmt::format("_{}", at->port);
  }
  if (is_name(name)) return Upstream{name};
  throw InvalidRequest(
      fmt::format("the exchange at {} needs a name of at most {} characters, by which its candles are kept apart: name "
                  "the upstream",
                  quote(base_url), kLongestName));
}

std::string_view known_upstreams() { return "binance, us and testnet"; }

}  // namespace klinekeep
