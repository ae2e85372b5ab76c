#include "transport/libraries.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace klinekeep::transport {

VersionLines libraries() {
  const curl_version_info_data& curl = *curl_version_info(CURLVERSION_NOW);
  std::vector<std::string> uses;
  if (curl.ssl_version != nullptr) uses.emplace_back(curl.ssl_version);
  if (curl.nghttp2_version != nullptr) uses.push_back(fmt::format("nghttp2/{}", curl.nghttp2_version));
  if (curl.libz_version != nullptr) uses.push_back(fmt::format("zlib/{}", curl.libz_version));
  return {{"libcurl", fmt::format("{} ({})", curl.version, fmt::join(uses, ", "))}};
}

}  // namespace klinekeep::transport
