#include "sources/http_answers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codecs/http_text.hpp"

namespace klinekeep::sources {

transport::Services make_services(const NetworkOptions& network, double budget_share) {
  transport::CurlOptions curl;
  curl.proxy = network.proxy;
  curl.ca_file = network.ca_file;
  curl.connect_timeout = network.connect_timeout;
  transport::RateLimiterOptions limiter;
  limiter.share = budget_share;
  return transport::real_services(std::move(curl), std::move(limiter));
}

transport::RetryPolicy retry_policy(const NetworkOptions& network) {
  transport::RetryPolicy policy;
  policy.total = network.request_timeout;
  return policy;
}

namespace {

std::optional<Timestamp> date_of(const transport::Response& response) {
  const auto text = response.head.header("Date");
  return text ? codecs::parse_http_date(*text) : std::nullopt;
}

}  // namespace

planner::AnswerTimes times_of_rest(const transport::Response& response) {
  const auto date = date_of(response);
  return {.asked_at = response.sent,
          .heard_at = response.heard,
          .as_of = date ? std::min(*date, response.heard) : response.sent};
}

std::optional<std::string> remark_on_date(const transport::Response& response) {
  const auto date = date_of(response);
  if (!date) return std::nullopt;
  const bool fits =
      *date >= response.sent - std::chrono::seconds{2} && *date <= response.heard + std::chrono::seconds{1};
  if (fits) return std::nullopt;
  const auto shown = std::chrono::floor<std::chrono::seconds>(response.heard);
  const bool is_behind = *date > response.heard;
  return fmt::format("an answer of REST was dated {} when our clock showed {}: {}", format_iso(*date),
                     format_iso(shown),
                     is_behind ? "ours is behind, and what has closed since then is left out"
                               : "ours is ahead, or the answer's time is wrong");
}

std::exception_ptr unless_it_is_upstreams(const transport::Failure& failure) {
  using Kind = transport::Failure::Kind;
  if (failure.kind == Kind::thrown) return failure.thrown;
  if (failure.kind == Kind::cancelled) return std::make_exception_ptr(Cancelled{});
  if (failure.kind != Kind::ran_out) return nullptr;
  return std::make_exception_ptr(CacheError(fmt::format("cannot ask {}: {}", failure.http.url, failure.detail)));
}

StepResult failed(const transport::Failure& failure) {
  using Kind = transport::Failure::Kind;
  if (auto ours = unless_it_is_upstreams(failure)) return thrown(std::move(ours));
  const Cause cause = failure.kind == Kind::rate_limited ? Cause::rate_limited
                      : failure.kind == Kind::too_large  ? Cause::integrity
                                                         : Cause::unavailable;
  return {.answer = planner::Failed{cause, fmt::format("{}: {}", failure.http.url, failure.detail)},
          .failure = failure.http};
}

void throw_failed(const StepResult& result) {
  const auto& failed = std::get<planner::Failed>(result.answer);
  throw_unanswered(failed.cause, failed.detail, result.failure);
}

StepResult refused(const std::string& url, int status, const std::string& why) {
  return {.answer = planner::Failed{Cause::unavailable, fmt::format("{}: HTTP {}, {}", url, status, why)},
          .failure = HttpFailure{.url = url, .status = status, .retry_after = {}}};
}

}  // namespace klinekeep::sources
