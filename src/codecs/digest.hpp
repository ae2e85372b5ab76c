// SHA-256 and MD5, fed in pieces, and their text form.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's

namespace klinekeep::codecs {

using Sha256Sum = std::array<std::uint8_t, 32>;
using Md5Sum = std::array<std::uint8_t, 16>;

namespace detail {

/// What the digests have in common: a running hash of OpenSSL's.
class RunningHash {
 public:
  explicit RunningHash(const char* algorithm);
  void update(std::string_view bytes);
  void finish(std::span<std::uint8_t> sum);

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace detail

/// A SHA-256 of bytes that come in pieces. Movable; one thread at a time. The constructor throws std::runtime_error
/// where OpenSSL has no such algorithm.
class Sha256 {
 public:
  Sha256() : hash_("SHA256") {}
  void update(std::string_view bytes) { hash_.update(bytes); }
  /// The sum of all that was given. Ends the hash: afterwards it may only be destroyed or assigned to.
  [[nodiscard]] Sha256Sum finish();

 private:
  detail::RunningHash hash_;
};

/// An MD5 of bytes that come in pieces: S3's ETag. As Sha256 in all else; a FIPS-only OpenSSL has no MD5.
class Md5 {
 public:
  Md5() : hash_("MD5") {}
  void update(std::string_view bytes) { hash_.update(bytes); }
  [[nodiscard]] Md5Sum finish();

 private:
  detail::RunningHash hash_;
};

[[nodiscard]] Sha256Sum sha256(std::string_view bytes);
[[nodiscard]] Md5Sum md5(std::string_view bytes);

/// Lower-case hex digits, two a byte.
[[nodiscard]] std::string hex(std::span<const std::uint8_t> bytes);

/// Fills `bytes` from exactly twice as many hex digits of either case. False, and `bytes` unspecified, for any other
/// text.
[[nodiscard]] bool parse_hex(std::string_view text, std::span<std::uint8_t> bytes);

/// The sum that `text` spells: `parse_hex<Sha256Sum>(text)`.
template <class Sum>
[[nodiscard]] std::optional<Sum> parse_hex(std::string_view text) {
  Sum sum{};
  if (!parse_hex(text, sum)) return std::nullopt;
  return sum;
}

}  // namespace klinekeep::codecs
