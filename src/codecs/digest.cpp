#include "codecs/digest.hpp"

#include <openssl/evp.h>

#include <cassert>
#include <new>
#include <stdexcept>

namespace klinekeep::codecs {
namespace {

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string{"OpenSSL refuses "} + what);
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

template <class Hash, class Sum>
Sum sum_of(std::string_view bytes) {
  Hash hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace

namespace detail {

void RunningHash::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

RunningHash::RunningHash(const char* algorithm) : context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc{};
  const EVP_MD* const method = EVP_get_digestbyname(algorithm);
  require(method != nullptr && EVP_DigestInit_ex(context_.get(), method, nullptr) == 1, algorithm);
}

void RunningHash::update(std::string_view bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "to hash");
}

void RunningHash::finish(std::span<std::uint8_t> sum) {
  assert(static_cast<std::size_t>(EVP_MD_CTX_get_size(context_.get())) == sum.size());
  require(EVP_DigestFinal_ex(context_.get(), sum.data(), nullptr) == 1, "to finish a hash");
}

}  // namespace detail

Sha256Sum Sha256::finish() {
  Sha256Sum sum{};
  hash_.finish(sum);
  return sum;
}

Md5Sum Md5::finish() {
  Md5Sum sum{};
  hash_.finish(sum);
  return sum;
}

Sha256Sum sha256(std::string_view bytes) { return sum_of<Sha256, Sha256Sum>(bytes); }
Md5Sum md5(std::string_view bytes) { return sum_of<Md5, Md5Sum>(bytes); }

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

bool parse_hex(std::string_view text, std::span<std::uint8_t> bytes) {
  if (text.size() != bytes.size() * 2) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

}  // namespace klinekeep::codecs
