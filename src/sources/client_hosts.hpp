// Whose hosts a client asks, by its options. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/upstream_rules.hpp"
#include "klinekeep/client_options.hpp"

namespace klinekeep::sources {

struct ClientUpstream {
  Upstream name;
  /// It was named, or the hosts are known to be of it. Else it is called after its host, until somebody names it.
  bool is_certain;
  std::string asked_at;  // the first host that it asks; empty: none is known
};

/// Throws InvalidRequest where a URL is no base URL, where a host is known to be of another upstream, and where one
/// that is known and one that is not have no name.
[[nodiscard]] ClientUpstream upstream_of(const RestOptions& options);
[[nodiscard]] ClientUpstream upstream_of(const VisionOptions& options);

[[nodiscard]] bool has_rest(const RestOptions& options, MarketType market);
/// Where REST of a market is asked, in the order to try. Throws InvalidRequest where no host is known.
[[nodiscard]] std::vector<std::string> rest_bases(const RestOptions& options, MarketType market);

[[nodiscard]] bool has_archive(const VisionOptions& options);
/// What to say where there is none.
[[nodiscard]] std::string why_no_archive(const VisionOptions& options);
/// Where files are asked, and where the bucket is listed. Throws InvalidRequest where there is no archive.
[[nodiscard]] std::string archive_base(const VisionOptions& options);
[[nodiscard]] std::string listing_base(const VisionOptions& options);

}  // namespace klinekeep::sources
