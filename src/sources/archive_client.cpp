#include "sources/archive_client.hpp"

#include "planner/period.hpp"
#include "sources/client_hosts.hpp"
#include "sources/http_answers.hpp"

namespace klinekeep::sources {

ArchiveClient::ArchiveClient(VisionOptions options)
    : options_(std::move(options)),
      upstream_(upstream_of(options_).name),
      services_(make_services(options_.network, 1.0)) {}

std::unique_ptr<ArchiveRunner> ArchiveClient::make_runner(const Series& series,
                                                          const std::optional<Clock>& clock) const {
  VisionOptions options = options_;
  if (clock) options.clock = clock;
  return std::make_unique<ArchiveRunner>(series, options, services_);
}

std::optional<Timestamp> ArchiveClient::first_file(const Series& series, const std::stop_token& stop) const {
  using planner::Granularity;
  const bool daily = planner::has_files(Granularity::daily, series.interval);
  ArchiveRunner runner{series, options_, services_};
  // Until past the epoch: its first page.
  const auto listed =
      runner.list_zips(daily ? Granularity::daily : Granularity::monthly, std::nullopt, Timestamp{}, stop);
  if (!listed) throw_failed(listed.error());
  return listed->files.empty() ? std::nullopt : std::optional{listed->files.front().period};
}

}  // namespace klinekeep::sources
