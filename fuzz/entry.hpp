// What each fuzzer does with one input. Every entry throws std::logic_error where a law is broken; no input may make
// one throw anything, crash, or take more memory than a small multiple of its size.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace klinekeep::fuzz {

void api_json(std::string_view input);
void checksum(std::string_view input);
void csv(std::string_view input);
void csv_kernels(std::string_view input);
void decimal(std::string_view input);
void http_text(std::string_view input);
void klines_json(std::string_view input);
void listing_xml(std::string_view input);
void partition(std::string_view input);
void zip(std::string_view input);

inline void require(bool holds, const char* law) {
  if (!holds) throw std::logic_error(std::string{"not so: "} + law);
}

}  // namespace klinekeep::fuzz
