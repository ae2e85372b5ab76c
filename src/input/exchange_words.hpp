// Which exchange is asked, and where, by what the caller, the environment and the config file say. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "input/said.hpp"
#include "klinekeep/upstream.hpp"

namespace klinekeep::input {

/// What one of them says; empty where it says nothing.
struct ExchangeWords {
  std::vector<Said> rest_urls;
  std::optional<Said> vision_url;
  std::optional<Said> name;
};

/// What comes of them: where each source is asked, and the name that this has. None: that of its hosts.
struct ExchangeChoice {
  std::vector<std::string> rest_urls;  // base URLs
  std::string vision_url;
  std::string rest_left_out;  // a clause, where there is none: which URL was given and is not this exchange's, and why
  std::string vision_left_out;
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
/// What another level stands before is not looked at. Throws InvalidRequest for what counts and cannot be, naming where
/// it stands.
[[nodiscard]] ExchangeChoice choose_exchange(std::span<const ExchangeWords> levels);

}  // namespace klinekeep::input
