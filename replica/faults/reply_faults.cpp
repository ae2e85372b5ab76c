#include "faults/reply_faults.hpp"

#include <fmt/format.h>

#include "core/clock.hpp"
#include "rest/budget.hpp"

namespace replica {
namespace {

constexpr std::string_view kJson = "application/json;charset=UTF-8";

std::string html_page(std::string_view title) {
  return fmt::format(
      "<html>\n<head><title>{0}</title></head>\n<body>\n<center><h1>{0}</h1></center>\n<hr><center>cloudfront</"
      "center>\n"
      "</body>\n</html>\n",
      title);
}

std::string s3_error(unsigned status) {
  const bool busy = status == 503;
  const std::string_view code = status == 403   ? "AccessDenied"
                                : status == 404 ? "NoSuchKey"
                                : busy          ? "SlowDown"
                                                : "InternalError";
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>",
                     code,
                     busy ? "Please reduce your request rate." : "We encountered an internal error. Please try again.");
}

/// What Binance sends with a status when the rule does not say.
Reply default_reply(unsigned status, const Request& request) {
  if (request.path.starts_with("/data/") || request.path == "/")
    return make_reply(status, "application/xml", s3_error(status));
  switch (status) {
    case 418:
      return make_reply(status, kJson, banned_body(machine_now() + std::chrono::minutes{2}));
    case 429:
      return make_reply(status, kJson, over_budget_body(request.path.starts_with("/api/") ? 6000 : 2400));
    case 403:
      return make_reply(status, "text/html", html_page("403 Forbidden"));
    case 404:
      return make_reply(status, "text/html", html_page("404 Not Found"));
    case 451:
      return make_reply(
          status, "application/json",
          "{\n  \"code\": 0,\n  \"msg\": \"Service unavailable from a restricted location according to 'b. "
          "Eligibility' in https://www.binance.com/en/terms. Please contact customer service if you believe you "
          "received this message in error.\"\n}\n");
    case 500:
    case 502:
      return make_reply(status, "text/html", html_page(fmt::format("{} {}", status, reason_of(status))));
    case 503:
      return make_reply(
          status, kJson,
          "{\"code\":-1008,\"msg\":\"Server is currently overloaded with other requests. Please try again in a few "
          "minutes.\"}");
    case 504:
      return make_reply(
          status, kJson,
          "{\"code\":-1007,\"msg\":\"Timeout waiting for response from backend server. Send status unknown; execution "
          "status unknown.\"}");
    default:
      return make_reply(status, kJson,
                        R"({"code":-1000,"msg":"An unknown error occurred while processing the request."})");
  }
}

Reply status_reply(const Fault& fault, const Request& request) {
  const auto status = fault.argument("status", 500U);
  Reply reply = default_reply(status, request);
  if (fault.arguments.contains("body")) reply.set_body(fault.argument("body", std::string{}));
  if (fault.arguments.contains("content_type"))
    reply.set_header("Content-Type", fault.argument("content_type", std::string{}));
  if (fault.arguments.contains("retry_after"))
    reply.set_header("Retry-After", fault.argument("retry_after", std::string{}));
  const auto headers = fault.argument("headers", nlohmann::json::object());
  for (const auto& [name, value] : headers.items()) {
    reply.set_header(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return reply;
}

/// The headers that an answer keeps when another takes its place.
void replace(Reply& reply, Reply other) {
  for (const auto& [name, value] : reply.headers) {
    if (name.starts_with("X-MBX-")) other.set_header(name, value);
  }
  reply = std::move(other);
}

void apply_wire(Wire& wire, const Fault& fault) {
  const auto bytes = [&](const char* name) { return fault.argument(name, std::size_t{0}); };
  if (fault.is("latency")) wire.latency += Millis{fault.argument("ms", std::int64_t{0})};
  if (fault.is("reset")) wire.reset_after = bytes("after_bytes");
  if (fault.is("truncate")) wire.truncate_after = bytes("after_bytes");
  if (fault.is("lie_length")) wire.length_delta = fault.argument("delta", std::int64_t{0});
  if (fault.is("no_length")) wire.no_length = true;
  if (fault.is("chunked")) wire.chunked = true;
  if (fault.is("drip")) wire.bytes_per_second = bytes("bytes_per_second");
  if (fault.is("hang")) wire.hang = true;
}

}  // namespace

Instant skewed(Instant now, std::span<const Fault> faults) {
  for (const auto& fault : faults) {
    if (fault.is("clock_skew")) now += Millis{fault.argument("ms", std::int64_t{0})};
  }
  return now;
}

void apply_reply_faults(Reply& reply, const Request& request, std::span<const Fault> faults, Instant now) {
  for (const auto& fault : faults) {
    if (fault.is("status")) replace(reply, status_reply(fault, request));
    if (fault.is("html"))
      replace(reply, make_reply(200, "text/html", fault.argument("text", html_page("Just a moment..."))));
    if (fault.is("body")) {
      replace(reply, make_reply(200, fault.argument("content_type", std::string{kJson}),
                                fault.argument("text", std::string{})));
    }
    if (fault.is("redirect")) {
      replace(reply, make_reply(fault.argument("status", 302U), "text/html", html_page("302 Found")));
      reply.set_header("Location", fault.argument("location", std::string{}));
    }
  }
  reply.set_header("Date", to_http_date(skewed(now, faults)));
  for (const auto& fault : faults) {
    if (fault.is("no_date")) reply.remove_header("Date");
    if (fault.is("no_etag")) reply.remove_header("ETag");
    if (fault.is("wrong_etag")) reply.set_header("ETag", "\"00000000000000000000000000000000\"");
    apply_wire(reply.wire, fault);
  }
}

}  // namespace replica
