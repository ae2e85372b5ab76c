#include "klinekeep/vision_data_client.hpp"

#include <utility>

#include "manager/one_source.hpp"
#include "sources/archive_client.hpp"

namespace klinekeep {

VisionDataClient::VisionDataClient(VisionOptions options)
    : client_(std::make_shared<const sources::ArchiveClient>(std::move(options))) {}
VisionDataClient::~VisionDataClient() = default;

FetchResult VisionDataClient::fetch(MarketType market, const Symbol& symbol, Interval interval, const TimeRange& range,
                                    const GetOptions& options) const {
  const Series series{market, symbol, interval, Kind::klines, upstream()};
  return manager::fetch_from_one(series, range, DataSource::VISION, client_->make_runner(series, std::nullopt),
                                 client_->options().clock.value_or(system_now)(), client_->options().parallel, options);
}

std::optional<Timestamp> VisionDataClient::first_file(MarketType market, const Symbol& symbol, Interval interval,
                                                      std::stop_token stop) const {
  return client_->first_file({market, symbol, interval, Kind::klines, upstream()}, stop);
}

Upstream VisionDataClient::upstream() const { return client_->upstream(); }

}  // namespace klinekeep
