// The texts inside HTTP headers that we read.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "codecs/digest.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep::codecs {

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that today's servers send (IMF-fixdate; RFC 9110, 5.6.7), as Date and
/// Last-Modified have it. None for any other text, for a day that does not exist and for a weekday that is not that
/// day's.
[[nodiscard]] std::optional<Timestamp> parse_http_date(std::string_view text);

/// `2023-07-18T04:11:20.000Z`, as S3's listings have it: three digits of fraction, or none and no point. None for any
/// other text, and for a day that does not exist.
[[nodiscard]] std::optional<Timestamp> parse_s3_date(std::string_view text);

/// What parse_retry_after cuts longer waits to.
inline constexpr std::chrono::seconds kMaxRetryAfter = std::chrono::hours{24 * 3650};

/// How long Retry-After says to wait, from `now` on: whole seconds, or a date (0 s where it has passed; rounded up).
/// None where it says neither.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, Timestamp now);

/// The MD5 that an S3 ETag is: 32 hex digits, in double quotes or bare. None for others: weak ones (`W/`), those of
/// files that were uploaded in parts (`"…-2"`).
[[nodiscard]] std::optional<Md5Sum> parse_etag_md5(std::string_view text);

/// A non-negative integer alone, as Content-Length and X-MBX-USED-WEIGHT-1M have it. None for any other text.
[[nodiscard]] std::optional<std::int64_t> parse_header_integer(std::string_view text);

}  // namespace klinekeep::codecs
