#include "transport/percent_encoding.hpp"

#include <curl/curl.h>

#include <memory>
#include <new>

namespace klinekeep::transport {

std::string percent_encode(std::string_view text) {
  if (text.empty()) return {};  // for libcurl a length of 0 is one that it has to find
  const std::unique_ptr<char, decltype(&curl_free)> encoded{
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), curl_free};
  if (!encoded) throw std::bad_alloc{};
  return encoded.get();
}

}  // namespace klinekeep::transport
