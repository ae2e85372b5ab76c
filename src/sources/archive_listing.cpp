#include "sources/archive_listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codecs/digest.hpp"
#include "codecs/http_text.hpp"
#include "codecs/listing_xml.hpp"
#include "sources/archive_names.hpp"
#include "sources/http_answers.hpp"

namespace klinekeep::sources {
namespace {

constexpr int kMaxListingPages = 64;  // of 500 files each: more than any series can have

planner::ListedFile listed_zip(Timestamp period, const codecs::ListedFile& file) {
  const auto md5 = file.etag ? codecs::parse_etag_md5(*file.etag) : std::nullopt;
  return {.period = period,
          .etag = md5 ? codecs::hex(*md5) : std::string{},
          .last_modified = file.last_modified ? codecs::parse_s3_date(*file.last_modified) : std::nullopt};
}

}  // namespace

ArchiveListing::ArchiveListing(const Series& series, std::string base_url, transport::HostClient& client,
                               std::shared_ptr<StepRun> run)
    : series_(series),
      action_(std::get<planner::List>(run->step().action)),
      base_url_(std::move(base_url)),
      client_(client),
      run_(std::move(run)) {
  // The CHECKSUM is the last key of a period.
  if (action_.after) marker_ = zip_key(series, action_.granularity, *action_.after) + ".CHECKSUM";
}

void ArchiveListing::ask_for_page() {
  url_ = listing_url(base_url_, folder(series_, action_.granularity), marker_);
  sink_ = std::make_unique<transport::StringSink>(codecs::kMaxListingBytes);
  client_.get({.url = url_, .sink = *sink_, .lists = true, .compressed = true}, run_->stop(),
              of_step(run_, [self = shared_from_this()](const transport::Answer& answer) {
                self->run_->work([self, answer] { self->read_page(answer); });
              }));
}

void ArchiveListing::read_page(const transport::Answer& response) {
  if (!response) return run_->end(failed(response.error()));
  if (response->head.status != 200) return run_->end(refused(url_, response->head.status, "where a listing belongs"));
  const auto parsed = codecs::parse_listing(sink_->body());
  if (!parsed) return fail(fmt::format("{}: {}", url_, parsed.error().what));
  for (const codecs::ListedFile& file : parsed->files) {
    if (const auto period = period_of_key(series_, action_.granularity, file.key))
      listed_.files.push_back(listed_zip(*period, file));
  }
  listed_.complete = !parsed->is_truncated;
  if (pages_++ == 0) listed_.asked_at = response->sent;
  const bool past_range = !listed_.files.empty() && listed_.files.back().period >= run_->step().range.end;
  if (!listed_.complete && !past_range && pages_ < kMaxListingPages) {
    const std::string next = parsed->next_marker.value_or(parsed->files.empty() ? "" : parsed->files.back().key);
    if (next <= marker_) return fail(fmt::format("{}: the listing does not move on", url_));
    marker_ = next;
    return ask_for_page();
  }
  std::ranges::sort(listed_.files, {}, &planner::ListedFile::period);
  StepResult result;
  result.answer = std::move(listed_);
  run_->end(std::move(result));
}

void ArchiveListing::fail(std::string why) {
  StepResult result;
  result.answer = planner::Failed{Cause::unavailable, why};
  result.notes.push_back(std::move(why));
  run_->end(std::move(result));
}

}  // namespace klinekeep::sources
