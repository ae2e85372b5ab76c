// What a face runs with: what the caller gave over the environment over the config file.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "klinekeep/client_options.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep::input {

/// As the caller gave it; empty where he did not.
struct Given {
  std::vector<std::string> rest_urls;
  std::string vision_url;
  std::string cache_dir;
  std::string now;
  std::optional<std::string> upstream = std::nullopt;  // one that is empty is refused, as no name
};

struct Settings {
  RestOptions rest;
  VisionOptions vision;
  std::filesystem::path cache_dir;             // absolute; empty: the default one
  std::optional<std::int64_t> cache_max_size;  // bytes; kept, as the next, by the requests that write
  std::optional<std::chrono::seconds> cache_max_age;
  std::optional<Upstream> upstream;  // one name for both, where there is one; each has its own too
  Timestamp now;                     // to resolve words like -2h, and to refuse a future
  bool now_given = false;            // else "closed" is measured by the exchange's clock
};

/// Adds what the environment (KLINEKEEP_REST_URL, KLINEKEEP_VISION_URL, KLINEKEEP_CACHE_DIR, KLINEKEEP_CACHE_MAX_SIZE,
/// KLINEKEEP_CACHE_MAX_AGE, KLINEKEEP_NOW, KLINEKEEP_UPSTREAM) and $XDG_CONFIG_HOME/klinekeep/config.toml (the same
/// names in lower case, and ca_file, proxy, request_timeout_ms) say where nothing is given. Throws InvalidRequest,
/// naming where the bad value stands; for a bad KLINEKEEP_KERNELS too (processor/kernels.hpp).
[[nodiscard]] Settings resolve(const Given& given);

}  // namespace klinekeep::input
