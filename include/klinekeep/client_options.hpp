// What the two clients are built from. Values; all have working defaults.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "klinekeep/clock.hpp"
#include "klinekeep/export.hpp"
#include "klinekeep/upstream.hpp"

namespace klinekeep {

struct NetworkOptions {
  std::optional<std::string> proxy;  // none: http_proxy and its kin in the environment; empty: no proxy
  std::string ca_file;               // PEM; empty: $SSL_CERT_FILE, else $CURL_CA_BUNDLE, else the system's
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds request_timeout{30'000};  // a request in all, its retries included
};

struct RestOptions {
  std::vector<std::string> base_urls;  // scheme://host:port, in the order to try; empty: the market's own
  double budget_share = 0.6;           // of the exchange's weight limit, in (0, 1]
  int parallel = 64;                   // requests under way at once, from 1 on; of a host as many as it bears
  std::optional<Clock> clock;          // in the place of the machine's: when was it asked, what should have closed
  NetworkOptions network;
  /// Whose candles these are. None: that of its own hosts, else called after the first of `base_urls`; where some of
  /// them are known hosts and others are not, it is needed. A mirror or a proxy of Binance is told to be `binance`.
  std::optional<Upstream> upstream = std::nullopt;
  /// Where no host is known, a clause for the message: which URL is not this upstream's, though it was given, and why.
  std::string left_out = {};
};

struct VisionOptions {
  std::string base_url;  // scheme://host:port; empty: the upstream's own
  /// Where the bucket is listed. Empty: the upstream's own bucket for its own base_url, else base_url itself.
  std::string listing_url;
  int parallel = 64;
  std::optional<Clock> clock;  // in the place of the machine's
  NetworkOptions network;
  std::optional<Upstream> upstream = std::nullopt;  // as in RestOptions
  std::string left_out = {};                        // as in RestOptions
};

}  // namespace klinekeep
