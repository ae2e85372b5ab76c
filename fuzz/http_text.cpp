#include "codecs/http_text.hpp"

#include "codecs/reference.hpp"
#include "entry.hpp"

namespace klinekeep::fuzz {

void http_text(std::string_view input) {
  const Timestamp now = from_ms(1'577'836'800'000);
  if (const auto date = codecs::parse_http_date(input)) {
    require(*date < from_ms(253'402'300'801'000), "a date has four digits of year");
  }
  if (const auto date = codecs::parse_s3_date(input)) {
    require(*date < from_ms(253'402'300'800'000), "a date has four digits of year");
  }
  if (const auto wait = codecs::parse_retry_after(input, now)) {
    require(wait->count() >= 0 && *wait <= codecs::kMaxRetryAfter, "a wait is neither negative nor endless");
  }
  if (const auto sum = codecs::parse_etag_md5(input)) {
    require(codecs::parse_etag_md5('"' + codecs::hex(*sum) + '"') == sum, "an ETag can be written and read again");
  }
  if (const auto value = codecs::parse_header_integer(input)) {
    require(*value >= 0, "a header's integer is not negative");
  }
}

}  // namespace klinekeep::fuzz
