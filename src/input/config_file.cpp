#include "input/config_file.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <cstdlib>
#include <filesystem>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::input {
namespace {

constexpr std::string_view kKnownKeys =
    "rest_url, vision_url, upstream, cache_dir, cache_max_size, cache_max_age, now, ca_file, proxy, request_timeout_ms";

constexpr std::int64_t kMaxMilliseconds = 3'600'000;

class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  Config read() {
    const toml::table table = parse();
    Config config;
    for (const auto& [key, node] : table) take(config, key.str(), node);
    return config;
  }

 private:
  toml::table parse() {
    try {
      return toml::parse_file(path_);
    } catch (const toml::parse_error& error) {
      refuse(error.source(), std::string{error.description()});
    }
  }

  void take(Config& config, std::string_view key, const toml::node& node) {
    if (key == "rest_url") {
      config.rest_url = texts(key, node);
    } else if (key == "vision_url") {
      config.vision_url = text(key, node);
    } else if (key == "upstream") {
      config.upstream = text(key, node);
    } else if (key == "cache_dir") {
      config.cache_dir = text(key, node);
    } else if (key == "cache_max_size") {
      config.cache_max_size = text(key, node);
    } else if (key == "cache_max_age") {
      config.cache_max_age = text(key, node);
    } else if (key == "now") {
      config.now = text(key, node);
    } else if (key == "ca_file") {
      config.ca_file = text(key, node);
    } else if (key == "proxy") {
      config.proxy = text(key, node);
    } else if (key == "request_timeout_ms") {
      config.request_timeout_ms = positive(key, node);
    } else {
      refuse(node.source(), fmt::format("unknown key {}; known are {}", quote(key), kKnownKeys));
    }
  }

  std::string text(std::string_view key, const toml::node& node) {
    if (const auto value = node.value_exact<std::string>()) return *value;
    refuse(node.source(), fmt::format("{} must be a string", key));
  }

  std::int64_t positive(std::string_view key, const toml::node& node) {
    const auto value = node.value_exact<std::int64_t>();
    if (value && *value > 0 && *value <= kMaxMilliseconds) return *value;
    refuse(node.source(), fmt::format("{} must be a whole number from 1 to {}", key, kMaxMilliseconds));
  }

  std::vector<std::string> texts(std::string_view key, const toml::node& node) {
    const toml::array* const array = node.as_array();
    if (array == nullptr) return {text(key, node)};
    std::vector<std::string> values;
    for (const toml::node& element : *array) values.push_back(text(key, element));
    return values;
  }

  [[noreturn]] void refuse(const toml::source_region& where, const std::string& why) {
    throw InvalidRequest(fmt::format("{}:{}: {}", path_, where.begin.line, why));
  }

  std::string path_;
};

}  // namespace

std::string config_path() {
  const char* const xdg = std::getenv("XDG_CONFIG_HOME");
  if (xdg != nullptr && *xdg == '/') return std::string{xdg} + "/klinekeep/config.toml";
  const char* const home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? std::string{home} + "/.config/klinekeep/config.toml" : std::string{};
}

Config read_config(const std::string& path) {
  std::error_code ignored;
  if (path.empty() || !std::filesystem::exists(path, ignored)) return {};
  return Reader{path}.read();
}

}  // namespace klinekeep::input
