// The config file: $XDG_CONFIG_HOME/klinekeep/config.toml, or ~/.config/klinekeep/config.toml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "input/said.hpp"

namespace klinekeep::input {

/// No text is empty but that of `proxy`, which says that there is none.
struct Config {
  std::vector<Said> rest_url;  // a string or an array of them in the file
  std::optional<Said> vision_url;
  std::optional<Said> upstream;
  std::optional<Said> cache_dir;
  std::optional<Said> cache_max_size;
  std::optional<Said> cache_max_age;
  std::optional<Said> now;
  std::optional<std::string> ca_file;
  std::optional<std::string> proxy;
  std::optional<std::int64_t> request_timeout_ms;
};

/// Where it would be, whether it is there or not; empty without a home.
[[nodiscard]] std::string config_path();

/// The config in `path`; nothing set where there is no such file. Throws InvalidRequest: naming the file where it is
/// there, or may be, and cannot be read; naming file, line and key for what is no TOML, an unknown key, a value of
/// another type or an empty one.
[[nodiscard]] Config read_config(const std::string& path);

}  // namespace klinekeep::input
