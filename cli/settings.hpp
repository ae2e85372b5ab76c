// The options common to all commands: flag over environment over config file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "input/settings.hpp"

namespace klinekeep::cli {

/// As given on the command line; empty where it was not.
struct CommonFlags {
  std::vector<std::string> rest_urls;
  std::string vision_url;
  std::string cache_dir;
  std::string now;
  std::optional<std::string> upstream;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

/// What the commands run with.
struct Settings : input::Settings {
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  /// As given on the command line: commands about the whole cache are then about this exchange alone.
  std::optional<Upstream> upstream_flag = std::nullopt;
};

void add_common_flags(CLI::App& app, CommonFlags& flags);

/// The flags over what the environment and the config file say. Throws InvalidRequest, naming where the bad value
/// stands.
[[nodiscard]] Settings resolve_settings(const CommonFlags& flags);

}  // namespace klinekeep::cli
