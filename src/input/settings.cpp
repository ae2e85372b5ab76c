#include "input/settings.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "core/quote.hpp"
#include "input/amounts.hpp"
#include "input/config_file.hpp"
#include "input/exchange_words.hpp"
#include "input/time_words.hpp"
#include "klinekeep/errors.hpp"
#include "processor/kernels.hpp"

namespace klinekeep::input {
namespace {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

/// Variables that are set to nothing count as not set.
std::optional<Said> variable(const char* name) {
  std::string value = environment(name);
  return value.empty() ? std::nullopt : std::optional{Said{std::move(value), name}};
}

/// What the caller gave; nothing where that is empty.
std::optional<Said> given_text(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{Said{text}};
}

std::vector<Said> split_at_commas(const std::optional<Said>& said) {
  std::vector<Said> parts;
  if (!said) return parts;
  for (std::size_t begin = 0; begin < said->text.size();) {
    const std::size_t end = std::min(said->text.find(',', begin), said->text.size());
    parts.push_back({said->text.substr(begin, end - begin), said->where});
    begin = end + 1;
  }
  return parts;
}

std::optional<Said> first_said(const std::string& given, const char* name, const std::optional<Said>& config) {
  if (!given.empty()) return Said{given};
  const std::optional<Said> said = variable(name);
  return said ? said : config;
}

ExchangeWords words_of(const Given& given) {
  ExchangeWords words{.rest_urls = {}, .vision_url = given_text(given.vision_url), .name = std::nullopt};
  for (const std::string& url : given.rest_urls) words.rest_urls.push_back({url});
  if (given.upstream) words.name = Said{*given.upstream};
  return words;
}

ExchangeChoice exchange_of(const Given& given, const Config& config) {
  const ExchangeWords environment{.rest_urls = split_at_commas(variable("KLINEKEEP_REST_URL")),
                                  .vision_url = variable("KLINEKEEP_VISION_URL"),
                                  .name = variable("KLINEKEEP_UPSTREAM")};
  const ExchangeWords file{.rest_urls = config.rest_url, .vision_url = config.vision_url, .name = config.upstream};
  return choose_exchange(std::array{words_of(given), environment, file});
}

/// Relative paths are those of the working directory. A ~ that no shell has replaced would become a folder of that
/// name.
std::filesystem::path cache_directory(const std::string& text) {
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
auto limit(const char* name, const std::optional<Said>& config, Parse parse)
    -> std::optional<decltype(parse(std::string_view{}))> {
  const std::optional<Said> word = first_said("", name, config);
  if (!word) return std::nullopt;
  return understand(*word, parse);
}

/// It is read where kernels are chosen, which has no way to refuse it.
void check_kernels() {
  const std::optional<Said> said = variable("KLINEKEEP_KERNELS");
  if (!said || processor::choice_named(said->text)) return;
  throw InvalidRequest(
      fmt::format("{}: {} is no choice of kernels; it is one of fastest, portable", said->where, quote(said->text)));
}

}  // namespace

Settings resolve(const Given& given) {
  check_kernels();
  const Config config = read_config(config_path());
  Settings settings;
  settings.now = system_now();
  if (const auto now = first_said(given.now, "KLINEKEEP_NOW", config.now)) {
    settings.now = understand(*now, parse_time_word).resolve_start(settings.now);
    settings.now_given = true;
    settings.rest.clock = settings.vision.clock = [now = settings.now] { return now; };
  }
  ExchangeChoice exchange = exchange_of(given, config);
  settings.rest.base_urls = std::move(exchange.rest_urls);
  settings.rest.upstream = exchange.rest;
  settings.rest.left_out = std::move(exchange.rest_left_out);
  settings.vision.base_url = std::move(exchange.vision_url);
  settings.vision.upstream = exchange.vision;
  settings.vision.left_out = std::move(exchange.vision_left_out);
  settings.upstream = exchange.both;
  if (const auto folder = first_said(given.cache_dir, "KLINEKEEP_CACHE_DIR", config.cache_dir)) {
    settings.cache_dir = understand(*folder, cache_directory);
  }
  settings.cache_max_size = limit("KLINEKEEP_CACHE_MAX_SIZE", config.cache_max_size, parse_size);
  settings.cache_max_age = limit("KLINEKEEP_CACHE_MAX_AGE", config.cache_max_age, parse_age);
  settings.rest.network.proxy = settings.vision.network.proxy = config.proxy;
  settings.rest.network.ca_file = settings.vision.network.ca_file = config.ca_file.value_or("");
  if (config.request_timeout_ms) {
    const std::chrono::milliseconds timeout{*config.request_timeout_ms};
    settings.rest.network.request_timeout = settings.vision.network.request_timeout = timeout;
  }
  return settings;
}

}  // namespace klinekeep::input
