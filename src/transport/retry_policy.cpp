#include "transport/retry_policy.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "codecs/http_text.hpp"

namespace klinekeep::transport {
namespace {

constexpr std::chrono::seconds kDefaultPause{60};
constexpr std::chrono::seconds kDefaultBan{180};
constexpr std::chrono::seconds kShortestPause{1};
constexpr std::string_view kBannedUntil = "banned until ";

Timestamp answered_at(const ResponseHead& head, Timestamp now) {
  const auto date = head.header("Date");
  return date ? codecs::parse_http_date(*date).value_or(now) : now;
}

/// The instant of "IP banned until 1659146400000."
std::optional<Timestamp> banned_until(std::string_view body) {
  const auto found = body.find(kBannedUntil);
  if (found == std::string_view::npos) return std::nullopt;
  body.remove_prefix(found + kBannedUntil.size());
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), ms);
  constexpr std::int64_t kLastMs = 253'402'300'799'999;  // of the year 9999
  if (error != std::errc{} || ms <= 0 || ms > kLastMs) return std::nullopt;
  return from_ms(ms);
}

}  // namespace

Verdict judge(int status) {
  if (status == 429) return Verdict::rate_limited;
  if (status == 418) return Verdict::banned;
  return status >= 500 && status <= 599 ? Verdict::transient : Verdict::answer;
}

Duration backoff(const RetryPolicy& policy, int retry, double uniform) {
  const double doubled = std::ldexp(static_cast<double>(policy.first_backoff.count()), std::min(retry, 30));
  const double most = std::min(doubled, static_cast<double>(policy.longest_backoff.count()));
  return Duration{std::llround(most * uniform)};
}

std::optional<std::chrono::seconds> retry_after(const ResponseHead& head, Timestamp now) {
  const auto text = head.header("Retry-After");
  return text ? codecs::parse_retry_after(*text, answered_at(head, now)) : std::nullopt;
}

Duration pause_asked(const ResponseHead& head, std::string_view body, Timestamp now) {
  const bool ban = judge(head.status) == Verdict::banned;
  Duration pause = ban ? kDefaultBan : kDefaultPause;
  if (const auto asked = retry_after(head, now)) {
    pause = *asked;
  } else if (const auto until = banned_until(body)) {
    pause = *until - answered_at(head, now);
  }
  return std::clamp<Duration>(pause, kShortestPause, kLongestPause);
}

}  // namespace klinekeep::transport
