#include "klinekeep/data_source_manager.hpp"

#include <arrow/c/bridge.h>

#include <utility>

#include "frame/status.hpp"
#include "manager/answering.hpp"
#include "manager/cache.hpp"
#include "manager/clients.hpp"
#include "manager/upkeep.hpp"

namespace klinekeep {

static_assert(PlanningOptions{}.vision_data_delay == std::chrono::hours{DataSourceManager::VISION_DATA_DELAY_HOURS});
static_assert(PlanningOptions{}.rest_max_points ==
              std::int64_t{DataSourceManager::REST_CHUNK_SIZE} * DataSourceManager::REST_MAX_CHUNKS);

struct DataSourceManager::Impl {
  explicit Impl(const ManagerOptions& options)
      : clients(options), cache(options), answering(options, clients, cache), upkeep(answering, clients, cache) {}

  manager::Clients clients;
  manager::Cache cache;
  manager::Answering answering;
  manager::Upkeep upkeep;
};

DataSourceManager::DataSourceManager(const ManagerOptions& options) : impl_(std::make_unique<Impl>(options)) {}
DataSourceManager::~DataSourceManager() = default;

FetchResult DataSourceManager::get_data(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                                        const GetOptions& options) const {
  return impl_->answering.data(symbol, interval, start, end, options);
}

FetchStream DataSourceManager::get_stream(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                                          const GetOptions& options) const {
  return impl_->answering.stream(symbol, interval, start, end, options);
}

Report DataSourceManager::export_data(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                                      ArrowArrayStream* out, const GetOptions& options) const {
  FetchStream stream = get_stream(symbol, interval, start, end, options);
  frame::check(arrow::ExportRecordBatchReader(std::move(stream.reader), out));
  return std::move(stream.report);
}

FetchPlan DataSourceManager::plan(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                                  const GetOptions& options) const {
  return impl_->answering.plan(symbol, interval, start, end, options);
}

Upstream DataSourceManager::upstream(DataSource source) const { return impl_->clients.exchange().upstream(source); }

void DataSourceManager::close_connections() const { impl_->clients.close_connections(); }

CacheStats DataSourceManager::get_cache_stats() const { return impl_->answering.stats(); }

CacheCheck DataSourceManager::validate_cache_integrity(const Symbol& symbol, Interval interval, Timestamp date) const {
  return impl_->upkeep.validate(symbol, interval, date);
}

bool DataSourceManager::repair_cache(const Symbol& symbol, Interval interval, Timestamp date,
                                     std::stop_token stop) const {
  return impl_->upkeep.repair(symbol, interval, date, stop);
}

RefreshResult DataSourceManager::refresh(const Symbol& symbol, Interval interval, std::stop_token stop) const {
  return impl_->upkeep.refresh(symbol, interval, stop);
}

}  // namespace klinekeep
