// The options common to all commands: flag over environment over config file.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "klinekeep/client_options.hpp"
#include "klinekeep/unified_cache_manager.hpp"

namespace klinekeep::cli {

/// As given on the command line; empty where it was not.
struct CommonFlags {
  std::vector<std::string> rest_urls;
  std::string vision_url;
  std::string cache_dir;
  std::string now;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

/// What the commands run with.
struct Settings {
  RestOptions rest;
  VisionOptions vision;
  std::filesystem::path cache_dir;  // absolute; empty: the default one
  PruneLimits cache_limits;         // kept by the requests that write
  Timestamp now;                    // to resolve words like -2h, and to refuse a future
  bool now_given = false;           // else "closed" is measured by the exchange's clock
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

void add_common_flags(CLI::App& app, CommonFlags& flags);

/// Adds what the environment (KLINEKEEP_REST_URL, KLINEKEEP_VISION_URL, KLINEKEEP_CACHE_DIR, KLINEKEEP_CACHE_MAX_SIZE,
/// KLINEKEEP_CACHE_MAX_AGE, KLINEKEEP_NOW) and $XDG_CONFIG_HOME/klinekeep/config.toml (the same names in lower case,
/// and ca_file, proxy, request_timeout_ms) say where no flag does. Throws InvalidRequest, naming where the bad value
/// stands.
[[nodiscard]] Settings resolve_settings(const CommonFlags& flags);

}  // namespace klinekeep::cli
