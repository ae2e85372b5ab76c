#include "sources/archive_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codecs/digest.hpp"
#include "codecs/http_text.hpp"
#include "codecs/listing_xml.hpp"
#include "planner/period.hpp"
#include "sources/archive_file.hpp"
#include "sources/archive_names.hpp"
#include "sources/client_hosts.hpp"
#include "sources/http_answers.hpp"

namespace klinekeep::sources {
namespace {

constexpr int kMaxListingPages = 64;  // of 500 files each: more than any series can have

StepResult listing_failed(std::string why) {
  StepResult result;
  result.answer = planner::Failed{Cause::unavailable, why};
  result.notes.push_back(std::move(why));
  return result;
}

planner::ListedFile listed_zip(Timestamp period, const codecs::ListedFile& file) {
  const auto md5 = file.etag ? codecs::parse_etag_md5(*file.etag) : std::nullopt;
  return {.period = period,
          .etag = md5 ? codecs::hex(*md5) : std::string{},
          .last_modified = file.last_modified ? codecs::parse_s3_date(*file.last_modified) : std::nullopt};
}

}  // namespace

ArchiveRunner::ArchiveRunner(Series series, const VisionOptions& options, const transport::Parts& parts)
    : series_(std::move(series)),
      base_(archive_base(options)),
      listing_base_(listing_base(options)),
      client_(parts, retry_policy(options.network), options.clock.value_or(system_now)) {}

StepResult ArchiveRunner::run(const planner::Step& step, std::stop_token stop, MemoryShare& memory) {
  if (const auto* list_action = std::get_if<planner::List>(&step.action)) return list(*list_action, step.range, stop);
  return ArchiveFileFetch{series_, base_, step, client_, std::move(stop), memory}.run();
}

StepResult ArchiveRunner::list(const planner::List& action, const TimeRange& range, const std::stop_token& stop) {
  auto listed = list_zips(action.granularity, action.after, range.end, stop);
  if (!listed) return std::move(listed.error());
  StepResult result;
  result.answer = *std::move(listed);
  return result;
}

tl::expected<planner::Listed, StepResult> ArchiveRunner::list_zips(planner::Granularity granularity,
                                                                   const std::optional<Timestamp>& after,
                                                                   Timestamp until, const std::stop_token& stop) {
  const std::string prefix = folder(series_, granularity);
  // Exclusive: the CHECKSUM is the last key of a period.
  std::string marker = after ? zip_key(series_, granularity, *after) + ".CHECKSUM" : "";
  planner::Listed listed{.files = {}, .complete = false};
  for (int page = 0; page < kMaxListingPages; ++page) {
    const std::string url = listing_url(listing_base_, prefix, marker);
    transport::StringSink sink{codecs::kMaxListingBytes};
    const auto response = client_.get({.url = url, .sink = sink, .lists = true}, stop);
    if (!response) return tl::unexpected(failed(response.error()));
    if (response->head.status != 200)
      return tl::unexpected(refused(url, response->head.status, "where a listing belongs"));
    const auto parsed = codecs::parse_listing(sink.body());
    if (!parsed) return tl::unexpected(listing_failed(fmt::format("{}: {}", url, parsed.error().what)));
    for (const codecs::ListedFile& file : parsed->files) {
      if (const auto period = period_of_key(series_, granularity, file.key))
        listed.files.push_back(listed_zip(*period, file));
    }
    listed.complete = !parsed->is_truncated;
    if (page == 0) listed.asked_at = response->sent;
    const bool past_range = !listed.files.empty() && listed.files.back().period >= until;
    if (listed.complete || past_range) break;
    const std::string next = parsed->next_marker.value_or(parsed->files.empty() ? "" : parsed->files.back().key);
    if (next <= marker) return tl::unexpected(listing_failed(fmt::format("{}: the listing does not move on", url)));
    marker = next;
  }
  std::ranges::sort(listed.files, {}, &planner::ListedFile::period);
  return listed;
}

}  // namespace klinekeep::sources
