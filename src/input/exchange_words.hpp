// Which exchange is asked, and where, by what the caller, the environment and the config file say. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "klinekeep/upstream.hpp"

namespace klinekeep::input {

/// What one of them says; empty where it says nothing.
struct ExchangeWords {
  std::vector<std::string> rest_urls;
  std::string vision_url;
  std::optional<Upstream> name;
};

/// What comes of them: where each source is asked, and the name that this has. None: that of its hosts.
struct ExchangeChoice {
  std::vector<std::string> rest_urls;
  std::string vision_url;
  std::optional<Upstream> rest;
  std::optional<Upstream> vision;
  std::optional<Upstream> both;  // one name for all, as it was given
};

/// `levels`: the one that goes over all others first. A URL and a name that different levels give belong together only
/// where nothing speaks against it, as a mirror in the config file must never answer for the exchange that a flag
/// names, nor a name in the environment cover the URL of a flag:
/// - a name covers the URLs of its own level, and those of lower ones that have no other name there; but `us` and
///   `testnet`, whose hosts are known, are asked there, and hosts that are known to be another's are left alone;
/// - URLs of a higher level than the name have no name.
[[nodiscard]] ExchangeChoice choose_exchange(std::span<const ExchangeWords> levels);

}  // namespace klinekeep::input
