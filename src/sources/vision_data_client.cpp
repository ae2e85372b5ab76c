#include "klinekeep/vision_data_client.hpp"

#include "planner/period.hpp"
#include "sources/archive_runner.hpp"
#include "sources/client_access.hpp"
#include "sources/client_hosts.hpp"
#include "sources/fetch_loop.hpp"
#include "sources/http_answers.hpp"

namespace klinekeep {

class VisionDataClient::Impl {
 public:
  explicit Impl(VisionOptions options)
      : options_(std::move(options)), parts_(sources::make_parts(options_.network, 1.0)) {
    (void)upstream();
  }

  Upstream upstream() const { return sources::upstream_of(options_).name; }

  FetchResult fetch(const Series& series, const TimeRange& range, const FetchOptions& options) const {
    sources::ArchiveRunner runner{series, options_, parts_};
    const Timestamp now = options_.clock.value_or(system_now)();
    return sources::fetch(series, range, DataSource::VISION, runner, now, options_.parallel, options);
  }

  std::optional<Timestamp> first_file(const Series& series, const std::stop_token& stop) const {
    using planner::Granularity;
    const bool daily = planner::has_files(Granularity::daily, series.interval);
    sources::ArchiveRunner runner{series, options_, parts_};
    // Until past the epoch: its first page.
    const auto listed =
        runner.list_zips(daily ? Granularity::daily : Granularity::monthly, std::nullopt, Timestamp{}, stop);
    if (!listed) {
      const auto& failed = std::get<planner::Failed>(listed.error().answer);
      throw_unanswered(failed.cause, failed.detail, listed.error().failure);
    }
    return listed->files.empty() ? std::nullopt : std::optional{listed->files.front().period};
  }

 private:
  friend struct sources::ClientAccess;

  VisionOptions options_;
  transport::Parts parts_;
};

VisionDataClient::VisionDataClient(VisionOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
VisionDataClient::~VisionDataClient() = default;

FetchResult VisionDataClient::fetch(MarketType market, const Symbol& symbol, Interval interval, const TimeRange& range,
                                    const FetchOptions& options) const {
  return impl_->fetch({market, symbol, interval, Kind::klines, impl_->upstream()}, range, options);
}

std::optional<Timestamp> VisionDataClient::first_file(MarketType market, const Symbol& symbol, Interval interval,
                                                      std::stop_token stop) const {
  return impl_->first_file({market, symbol, interval, Kind::klines, impl_->upstream()}, stop);
}

Upstream VisionDataClient::upstream() const { return impl_->upstream(); }

const VisionOptions& sources::ClientAccess::options(const VisionDataClient& client) { return client.impl_->options_; }
const transport::Parts& sources::ClientAccess::parts(const VisionDataClient& client) { return client.impl_->parts_; }

}  // namespace klinekeep
