#include "sources/client_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "core/base_url.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::sources {
namespace {

/// Hosts that are known must all be of one upstream, and of the one that was named. Beside them one that is not known
/// needs a name: it may be a mirror of theirs, or anybody's.
ClientUpstream upstream_at(std::span<const std::string> urls, const std::optional<Upstream>& named) {
  for (const std::string& url : urls) (void)parse_base_url("a base URL", url);
  const auto is_known = [](const std::string& url) { return owner_of(url).has_value(); };
  const auto known = std::ranges::find_if(urls, is_known);
  const auto unknown = std::ranges::find_if_not(urls, is_known);
  const auto owner = known == urls.end() ? std::nullopt : owner_of(*known);
  const Upstream upstream = named ? *named : owner ? *owner : upstream_after(urls.front());
  for (const std::string& url : urls) {
    const auto other = owner_of(url);
    if (other && *other != upstream) {
      throw InvalidRequest(
          fmt::format("{} is of upstream {}, and the upstream is {}: what one exchange says never "
                      "answers for another",
                      url, other->name(), upstream.name()));
    }
  }
  if (!named && owner && unknown != urls.end()) {
    throw InvalidRequest(fmt::format(
        "whose candles are these? {} is asked beside {}, which is of upstream {}: name the upstream that both "
        "are of, `{}` for a mirror of it",
        *unknown, *known, owner->name(), owner->name()));
  }
  return {upstream, /*is_certain=*/named || owner, urls.front()};
}

/// The hosts of the upstream itself, where they are known and it has the market.
std::span<const std::string_view> own_bases(const RestOptions& options, MarketType market) {
  const UpstreamRules* const rules = rules_of(options.upstream.value_or(Upstream{}));
  if (rules == nullptr) return {};
  return rules->rest.at(static_cast<std::size_t>(market)).bases;
}

std::string also(const std::string& clause) { return clause.empty() ? "" : "; " + clause; }

}  // namespace

ClientUpstream upstream_of(const RestOptions& options) {
  if (!options.base_urls.empty()) return upstream_at(options.base_urls, options.upstream);
  const Upstream upstream = options.upstream.value_or(Upstream{});
  const UpstreamRules* const rules = rules_of(upstream);
  return {upstream, /*is_certain=*/true, rules == nullptr ? "" : std::string{rules->rest.front().bases.front()}};
}

ClientUpstream upstream_of(const VisionOptions& options) {
  if (!options.base_url.empty()) return upstream_at({&options.base_url, 1}, options.upstream);
  const Upstream upstream = options.upstream.value_or(Upstream{});
  const UpstreamRules* const rules = rules_of(upstream);
  return {upstream, /*is_certain=*/true, rules == nullptr ? "" : std::string{rules->archive}};
}

std::vector<std::string> rest_bases(const RestOptions& options, MarketType market) {
  if (!options.base_urls.empty()) return options.base_urls;
  const auto bases = own_bases(options, market);
  if (!bases.empty()) return {bases.begin(), bases.end()};
  const Upstream upstream = options.upstream.value_or(Upstream{});
  if (rules_of(upstream) != nullptr)
    throw InvalidRequest(fmt::format("{} has no market {}", upstream.name(), name(market)));
  throw InvalidRequest(
      fmt::format("no host of upstream {} is known: give the URL of its REST API; known with their hosts are {}{}",
                  upstream.name(), known_upstreams(), also(options.left_out)));
}

bool has_rest(const RestOptions& options, MarketType market) {
  return !options.base_urls.empty() || !own_bases(options, market).empty();
}

bool has_archive(const VisionOptions& options) {
  if (!options.base_url.empty()) return true;
  const UpstreamRules* const rules = rules_of(options.upstream.value_or(Upstream{}));
  return rules != nullptr && !rules->archive.empty();
}

std::string archive_base(const VisionOptions& options) {
  if (!options.base_url.empty()) return options.base_url;
  if (!has_archive(options)) throw InvalidRequest(why_no_archive(options));
  return std::string{rules_of(options.upstream.value_or(Upstream{}))->archive};
}

std::string why_no_archive(const VisionOptions& options) {
  return fmt::format("upstream {} has no archive that is known: give the URL of its archive, or do without it{}",
                     options.upstream.value_or(Upstream{}).name(), also(options.left_out));
}

std::string listing_base(const VisionOptions& options) {
  if (!options.listing_url.empty()) return options.listing_url;
  const std::string base = archive_base(options);
  const auto owner = owner_of(base);
  const UpstreamRules* const rules = owner ? rules_of(*owner) : nullptr;
  return rules != nullptr && !rules->archive_listing.empty() ? std::string{rules->archive_listing} : base;
}

}  // namespace klinekeep::sources
