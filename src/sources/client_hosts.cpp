#include "sources/client_hosts.hpp"

#include <fmt/format.h>

#include "klinekeep/errors.hpp"

namespace klinekeep::sources {
namespace {

ClientUpstream upstream_at(const std::string& base_url, const std::optional<Upstream>& named) {
  if (named) return {*named, /*is_certain=*/true, base_url};
  if (const auto owner = owner_of(base_url)) return {*owner, /*is_certain=*/true, base_url};
  return {upstream_after(base_url), /*is_certain=*/false, base_url};
}

}  // namespace

ClientUpstream upstream_of(const RestOptions& options) {
  if (!options.base_urls.empty()) return upstream_at(options.base_urls.front(), options.upstream);
  const Upstream upstream = options.upstream.value_or(Upstream{});
  const UpstreamRules* const rules = rules_of(upstream);
  return {upstream, /*is_certain=*/true, rules == nullptr ? "" : std::string{rules->rest.front().bases.front()}};
}

ClientUpstream upstream_of(const VisionOptions& options) {
  if (!options.base_url.empty()) return upstream_at(options.base_url, options.upstream);
  const Upstream upstream = options.upstream.value_or(Upstream{});
  const UpstreamRules* const rules = rules_of(upstream);
  return {upstream, /*is_certain=*/true, rules == nullptr ? "" : std::string{rules->archive}};
}

std::vector<std::string> rest_bases(const RestOptions& options, MarketType market) {
  if (!options.base_urls.empty()) return options.base_urls;
  const Upstream upstream = options.upstream.value_or(Upstream{});
  const UpstreamRules* const rules = rules_of(upstream);
  if (rules == nullptr) {
    throw InvalidRequest(fmt::format(
        "no host of upstream {} is known: name its REST API with --rest-url (KLINEKEEP_REST_URL, base_urls); "
        "known with their hosts are {}",
        upstream.name(), known_upstreams()));
  }
  const auto bases = rules->rest.at(static_cast<std::size_t>(market)).bases;
  if (bases.empty()) throw InvalidRequest(fmt::format("{} has no market {}", upstream.name(), name(market)));
  return {bases.begin(), bases.end()};
}

bool has_archive(const VisionOptions& options) {
  if (!options.base_url.empty()) return true;
  const UpstreamRules* const rules = rules_of(options.upstream.value_or(Upstream{}));
  return rules != nullptr && !rules->archive.empty();
}

std::string archive_base(const VisionOptions& options) {
  if (!options.base_url.empty()) return options.base_url;
  const Upstream upstream = options.upstream.value_or(Upstream{});
  if (has_archive(options)) return std::string{rules_of(upstream)->archive};
  throw InvalidRequest(
      fmt::format("upstream {} has no archive that is known: ask REST, or name its archive with --vision-url "
                  "(KLINEKEEP_VISION_URL, base_url)",
                  upstream.name()));
}

std::string listing_base(const VisionOptions& options) {
  if (!options.listing_url.empty()) return options.listing_url;
  const std::string base = archive_base(options);
  const auto owner = owner_of(base);
  const UpstreamRules* const rules = owner ? rules_of(*owner) : nullptr;
  return rules != nullptr && !rules->archive_listing.empty() ? std::string{rules->archive_listing} : base;
}

}  // namespace klinekeep::sources
