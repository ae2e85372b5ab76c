#include "sources/archive_runner.hpp"

#include <utility>

#include "sources/archive_file.hpp"
#include "sources/archive_listing.hpp"
#include "sources/client_hosts.hpp"
#include "sources/http_answers.hpp"

namespace klinekeep::sources {

ArchiveRunner::ArchiveRunner(Series series, const VisionOptions& options, const transport::Services& services)
    : series_(std::move(series)),
      base_(archive_base(options)),
      listing_base_(listing_base(options)),
      client_(services, retry_policy(options.network), options.clock.value_or(system_now)) {}

void ArchiveRunner::start(std::shared_ptr<StepRun> run) {
  if (std::holds_alternative<planner::List>(run->step().action)) {
    std::make_shared<ArchiveListing>(series_, listing_base_, client_, std::move(run))->start();
  } else {
    std::make_shared<ArchiveFileFetch>(series_, base_, client_, std::move(run))->start();
  }
}

tl::expected<planner::Listed, StepResult> ArchiveRunner::list_zips(planner::Granularity granularity,
                                                                   const std::optional<Timestamp>& after,
                                                                   Timestamp until, const std::stop_token& stop) {
  MemoryShare memory;
  StepResult result = run_alone(
      *this,
      {.action = planner::List{granularity, after}, .range = {until, until}, .requests = 1, .bytes = 0, .reason = {}},
      stop, memory);
  if (auto* const listed = std::get_if<planner::Listed>(&result.answer)) return std::move(*listed);
  return tl::unexpected(std::move(result));
}

}  // namespace klinekeep::sources
