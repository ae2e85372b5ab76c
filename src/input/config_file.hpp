// The config file: $XDG_CONFIG_HOME/klinekeep/config.toml, or ~/.config/klinekeep/config.toml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace klinekeep::input {

struct Config {
  std::vector<std::string> rest_url;  // a string or an array of them in the file
  std::optional<std::string> vision_url;
  std::optional<std::string> upstream;
  std::optional<std::string> cache_dir;
  std::optional<std::string> cache_max_size;
  std::optional<std::string> cache_max_age;
  std::optional<std::string> now;
  std::optional<std::string> ca_file;
  std::optional<std::string> proxy;
  std::optional<std::int64_t> request_timeout_ms;
};

/// Where it would be, whether it is there or not; empty without a home.
[[nodiscard]] std::string config_path();

/// The config in `path`; nothing set where there is no such file. Throws InvalidRequest, naming file, line and key, for
/// what is no TOML, an unknown key, or a value of another type.
[[nodiscard]] Config read_config(const std::string& path);

}  // namespace klinekeep::input
