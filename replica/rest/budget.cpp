#include "rest/budget.hpp"

#include <fmt/format.h>

#include "core/clock.hpp"
#include "rest/api_error.hpp"

namespace replica {
namespace {

constexpr int kRefusalsBeforeBan = 10;
constexpr Millis kBan = std::chrono::minutes{2};

std::string seconds_until(Instant t, Instant now) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(t - now).count());
}

Reply refuse(unsigned status, std::string body, std::string retry_after) {
  Reply reply = make_reply(status, "application/json;charset=UTF-8", std::move(body));
  reply.set_header("Retry-After", std::move(retry_after));
  return reply;
}

}  // namespace

std::string over_budget_body(int limit) {
  return fmt::format(
      "{{\"code\":-1003,\"msg\":\"Too much request weight used; current limit is {} request weight per 1 MINUTE. "
      "Please use "
      "WebSocket Streams for live updates to avoid polling the API.\"}}",
      limit);
}

std::string banned_body(Instant until) {
  return fmt::format(
      "{{\"code\":-1003,\"msg\":\"Way too much request weight used; IP banned until {}. Please use WebSocket Streams "
      "for live "
      "updates to avoid bans.\"}}",
      until.time_since_epoch().count());
}

void Budget::turn_minute(Instant now) {
  const Instant minute = now - now.time_since_epoch() % Millis{std::chrono::minutes{1}};
  if (minute == minute_) return;
  minute_ = minute;
  used_ = 0;
  refused_ = 0;
}

std::optional<Reply> Budget::spend(int weight, int& used) {
  const Instant now = machine_now();
  const std::scoped_lock lock{mutex_};
  turn_minute(now);
  used_ += weight;
  used = used_;
  if (now < banned_until_) return refuse(418, banned_body(banned_until_), seconds_until(banned_until_, now));
  if (used_ <= limit_) return std::nullopt;
  if (++refused_ > kRefusalsBeforeBan) {
    banned_until_ = now + kBan;
    return refuse(418, banned_body(banned_until_), seconds_until(banned_until_, now));
  }
  return refuse(429, over_budget_body(limit_), seconds_until(minute_ + std::chrono::minutes{1}, now));
}

void Budget::set(std::optional<int> limit, std::optional<int> used) {
  const std::scoped_lock lock{mutex_};
  turn_minute(machine_now());
  limit_ = limit.value_or(limit_);
  used_ = used.value_or(used_);
  refused_ = 0;
  banned_until_ = {};
}

int Budget::limit() const {
  const std::scoped_lock lock{mutex_};
  return limit_;
}

int Budget::used() const {
  const std::scoped_lock lock{mutex_};
  return used_;
}

}  // namespace replica
