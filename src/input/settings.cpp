#include "input/settings.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "core/quote.hpp"
#include "input/amounts.hpp"
#include "input/base_url.hpp"
#include "input/config_file.hpp"
#include "input/exchange_words.hpp"
#include "input/time_words.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::input {
namespace {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string first_set(const std::string& flag, const char* variable, const std::optional<std::string>& config) {
  if (!flag.empty()) return flag;
  const std::string from_environment = environment(variable);
  return from_environment.empty() ? config.value_or("") : from_environment;
}

ExchangeWords exchange_words(std::vector<std::string> rest_urls, const std::string& vision_url,
                             const std::optional<std::string>& name) {
  for (std::string& url : rest_urls) url = parse_base_url("the REST URL", url);
  return {.rest_urls = std::move(rest_urls),
          .vision_url = vision_url.empty() ? "" : parse_base_url("the archive's URL", vision_url),
          .name = name ? std::optional{Upstream{*name}} : std::nullopt};
}

/// Variables that are set to nothing count as not set.
std::optional<std::string> variable(const char* name) {
  std::string value = environment(name);
  return value.empty() ? std::nullopt : std::optional{std::move(value)};
}

ExchangeChoice exchange_of(const Given& given, const Config& config) {
  return choose_exchange(std::array{exchange_words(given.rest_urls, given.vision_url, given.upstream),
                                    exchange_words(split_at_commas(environment("KLINEKEEP_REST_URL")),
                                                   environment("KLINEKEEP_VISION_URL"), variable("KLINEKEEP_UPSTREAM")),
                                    exchange_words(config.rest_url, config.vision_url.value_or(""), config.upstream)});
}

/// Relative paths are those of the working directory. A ~ that no shell has replaced would become a folder of that
/// name.
std::filesystem::path cache_directory(const std::string& text) {
  if (text.empty()) return {};
  if (text == "~" || text.starts_with("~/")) {
    throw InvalidRequest(
        fmt::format("the cache directory cannot be {}: ~ is the shell's, which does not know it here; write the path "
                    "whole, or ./~ for a folder of that name",
                    quote(text)));
  }
  if (text.find('\0') != std::string::npos) {
    throw InvalidRequest(fmt::format("the cache directory cannot be {}: it has a zero byte", quote(text)));
  }
  return std::filesystem::absolute(text).lexically_normal();
}

/// What `parse` makes of a limit, where there is one. No flag: it is the machine's owner who sets it.
template <class Parse>
auto limit(const char* variable, const char* key, const std::optional<std::string>& config, Parse parse)
    -> std::optional<decltype(parse(std::string_view{}))> {
  const std::string word = first_set("", variable, config);
  if (word.empty()) return std::nullopt;
  try {
    return parse(word);
  } catch (const InvalidRequest& error) {
    const std::string where = environment(variable).empty() ? std::string{key} + " in the config file" : variable;
    throw InvalidRequest(fmt::format("{}: {}", where, error.what()));
  }
}

}  // namespace

Settings resolve(const Given& given) {
  const Config config = read_config(config_path());
  Settings settings;
  settings.now = system_now();
  if (const std::string now = first_set(given.now, "KLINEKEEP_NOW", config.now); !now.empty()) {
    settings.now = parse_time_word(now).resolve_start(settings.now);
    settings.now_given = true;
    settings.rest.clock = settings.vision.clock = [now = settings.now] { return now; };
  }
  ExchangeChoice exchange = exchange_of(given, config);
  settings.rest.base_urls = std::move(exchange.rest_urls);
  settings.rest.upstream = exchange.rest;
  settings.vision.base_url = std::move(exchange.vision_url);
  settings.vision.upstream = exchange.vision;
  settings.upstream = exchange.both;
  settings.cache_dir = cache_directory(first_set(given.cache_dir, "KLINEKEEP_CACHE_DIR", config.cache_dir));
  settings.cache_max_size = limit("KLINEKEEP_CACHE_MAX_SIZE", "cache_max_size", config.cache_max_size, parse_size);
  settings.cache_max_age = limit("KLINEKEEP_CACHE_MAX_AGE", "cache_max_age", config.cache_max_age, parse_age);
  settings.rest.network.proxy = settings.vision.network.proxy = config.proxy;
  settings.rest.network.ca_file = settings.vision.network.ca_file = config.ca_file.value_or("");
  if (config.request_timeout_ms) {
    const std::chrono::milliseconds timeout{*config.request_timeout_ms};
    settings.rest.network.request_timeout = settings.vision.network.request_timeout = timeout;
  }
  return settings;
}

}  // namespace klinekeep::input
