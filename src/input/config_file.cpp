#include "input/config_file.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::input {
namespace {

constexpr std::string_view kKnownKeys =
    "rest_url, vision_url, upstream, cache_dir, cache_max_size, cache_max_age, now, ca_file, proxy, request_timeout_ms";

constexpr std::int64_t kMaxMilliseconds = 3'600'000;

[[noreturn]] void cannot_read(const std::string& path, int error) {
  throw InvalidRequest(
      fmt::format("the config file {} cannot be read: {}", quote_path(path), std::generic_category().message(error)));
}

/// None where there is no such file. Whatever else keeps us from it, as a folder that may not be searched, is no
/// absence: what the file says may decide which exchange is asked.
std::optional<std::string> content_of(const std::string& path) {
  std::error_code unknown;
  const auto status = std::filesystem::status(path, unknown);
  if (std::filesystem::is_fifo(status) || std::filesystem::is_socket(status)) {
    throw InvalidRequest(fmt::format("the config file {} cannot be read: it is not a file", quote_path(path)));
  }
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file{std::fopen(path.c_str(), "rb")};
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) cannot_read(path, errno);
  std::string content;
  std::array<char, 4096> block{};
  while (std::feof(file.get()) == 0 && std::ferror(file.get()) == 0) {
    content.append(block.data(), std::fread(block.data(), 1, block.size(), file.get()));
  }
  if (std::ferror(file.get()) != 0) cannot_read(path, errno);
  return content;
}

class Reader {
 public:
  Reader(std::string path, std::string content) : path_(std::move(path)), content_(std::move(content)) {}

  Config read() {
    const toml::table table = parse();
    Config config;
    for (const auto& [key, node] : table) take(config, key.str(), node);
    return config;
  }

 private:
  toml::table parse() {
    try {
      return toml::parse(content_, path_);
    } catch (const toml::parse_error& error) {
      refuse(error.source(), std::string{error.description()});
    }
  }

  void take(Config& config, std::string_view key, const toml::node& node) {
    if (key == "rest_url") {
      config.rest_url = all_said(key, node);
    } else if (key == "vision_url") {
      config.vision_url = said(key, node);
    } else if (key == "upstream") {
      config.upstream = said(key, node);
    } else if (key == "cache_dir") {
      config.cache_dir = said(key, node);
    } else if (key == "cache_max_size") {
      config.cache_max_size = said(key, node);
    } else if (key == "cache_max_age") {
      config.cache_max_age = said(key, node);
    } else if (key == "now") {
      config.now = said(key, node);
    } else if (key == "ca_file") {
      config.ca_file = said(key, node).text;
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

  Said said(std::string_view key, const toml::node& node) {
    std::string value = text(key, node);
    if (value.empty()) refuse(node.source(), fmt::format("{} cannot be empty; to say nothing, leave it out", key));
    return {std::move(value), fmt::format("{}:{} ({})", path_, node.source().begin.line, key)};
  }

  std::int64_t positive(std::string_view key, const toml::node& node) {
    const auto value = node.value_exact<std::int64_t>();
    if (value && *value > 0 && *value <= kMaxMilliseconds) return *value;
    refuse(node.source(), fmt::format("{} must be a whole number from 1 to {}", key, kMaxMilliseconds));
  }

  std::vector<Said> all_said(std::string_view key, const toml::node& node) {
    const toml::array* const array = node.as_array();
    if (array == nullptr) return {said(key, node)};
    std::vector<Said> values;
    for (const toml::node& element : *array) values.push_back(said(key, element));
    return values;
  }

  [[noreturn]] void refuse(const toml::source_region& where, const std::string& why) {
    throw InvalidRequest(fmt::format("{}:{}: {}", path_, where.begin.line, why));
  }

  std::string path_;
  std::string content_;
};

}  // namespace

std::string config_path() {
  const char* const xdg = std::getenv("XDG_CONFIG_HOME");
  if (xdg != nullptr && *xdg == '/') return std::string{xdg} + "/klinekeep/config.toml";
  const char* const home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string{home} + "/.config/klinekeep/config.toml" : std::string{};
}

Config read_config(const std::string& path) {
  if (path.empty()) return {};
  std::optional<std::string> content = content_of(path);
  return content ? Reader{path, *std::move(content)}.read() : Config{};
}

}  // namespace klinekeep::input
