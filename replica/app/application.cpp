#include "app/application.hpp"

#include <fmt/format.h>

#include "faults/reply_faults.hpp"

namespace replica {
namespace {

constexpr std::string_view kAdmin = "/_replica/";
constexpr std::string_view kBucket = "/data.binance.vision";

/// Path-style S3 addresses name the bucket first.
std::string without_bucket(const std::string& path) {
  if (!path.starts_with(kBucket)) return path;
  const auto rest = path.substr(kBucket.size());
  return rest.empty() ? "/" : rest;
}

}  // namespace

Application::Application(const Options& options)
    : options_(options),
      fixtures_(options.fixtures),
      catalogue_(options.seed, fixtures_),
      truth_(load_overlay(fixtures_, catalogue_)),
      schedule_(truth_, fixtures_, options.daily_delay),
      factory_(truth_, fixtures_, schedule_),
      clock_(options.now.value_or(machine_now()), options.frozen),
      archive_(catalogue_, schedule_, factory_, rules_),
      listing_(catalogue_, archive_, rules_),
      rest_(catalogue_, truth_, fixtures_) {
  link_.set(options.round_trip, options.bytes_per_second);
}

Reply Application::answer(const Request& request) {
  try {
    return answer_any(request);
  } catch (const std::exception& error) {
    return make_reply(500, "text/plain", fmt::format("klinekeep-replica failed: {}\n", error.what()));
  }
}

Reply Application::answer_any(const Request& request) {
  if (request.path.starts_with(kAdmin)) return answer_admin(request);
  const Instant now = clock_.now();
  const Faults faults = rules_.fire(request.decoded);
  Reply reply = answer_upstream(request, faults, now);
  apply_reply_faults(reply, request, faults, now);
  reply.wire.link = &link_;
  log_.add(request, reply, faults, now);
  return reply;
}

Reply Application::answer_upstream(const Request& request, std::span<const Fault> faults, Instant now) {
  if (request.method != "GET" && request.method != "HEAD") return make_reply(405, "text/plain", "GET or HEAD\n");
  const std::string path = without_bucket(request.path);
  if (path == "/") return listing_.answer(request, now);
  if (is_archive_target(path)) return archive_.answer(path.substr(1), faults, now);
  return rest_.answer(request, faults, skewed(now, faults));
}

}  // namespace replica
