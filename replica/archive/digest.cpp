#include "archive/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace replica {
namespace {

std::string digest(std::string_view bytes, const EVP_MD* kind) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), value.data(), &size, kind, nullptr) != 1) {
    throw std::runtime_error{"OpenSSL refuses to hash"};
  }
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kHex[value.at(i) >> 4U];
    text += kHex[value.at(i) & 15U];
  }
  return text;
}

}  // namespace

std::string md5_of(std::string_view bytes) { return digest(bytes, EVP_md5()); }

std::string sha256_of(std::string_view bytes) { return digest(bytes, EVP_sha256()); }

}  // namespace replica
