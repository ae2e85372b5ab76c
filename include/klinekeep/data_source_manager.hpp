// The mediator between Binance's two sources and the cache: the main interface of klinekeep.
#pragma once

#include <arrow/type_fwd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "klinekeep/choices.hpp"
#include "klinekeep/client_options.hpp"
#include "klinekeep/enhanced_retriever.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/export.hpp"
#include "klinekeep/fetch_result.hpp"
#include "klinekeep/get_options.hpp"
#include "klinekeep/interval.hpp"
#include "klinekeep/market.hpp"
#include "klinekeep/symbol.hpp"
#include "klinekeep/vision_data_client.hpp"

struct ArrowArrayStream;  // of the Arrow C stream interface, arrow/c/abi.h

namespace klinekeep {

/// How sources are weighed in AUTO.
struct PlanningOptions {
  std::chrono::hours vision_data_delay{36};  // a file of the archive is asked for this long after its period is over
  std::int64_t rest_max_points = 10'000;     // when more candles are missing, the archive is asked for what it can have
  std::int64_t request_cost = 100'000;       // what a request is worth, in bytes
  std::int64_t rest_factor = 4;              // how much dearer REST's requests and bytes are than the archive's
};

/// What a manager is built from; all has working defaults.
struct ManagerOptions {
  MarketType market_type = MarketType::SPOT;
  std::shared_ptr<const EnhancedRetriever> rest_client = nullptr;   // none: one is made with `rest_options`
  std::shared_ptr<const VisionDataClient> vision_client = nullptr;  // none: one is made with `vision_options`
  std::filesystem::path cache_dir = {};                             // empty: $XDG_CACHE_HOME/klinekeep
  bool use_cache = true;
  std::optional<Clock> clock = std::nullopt;  // for requests; none: the exchange's, else the machine's
  PlanningOptions planning = {};
  /// What the cache may hold, of all markets, and for how long unused; kept at the end of each request that has
  /// written, on the machine's clock. The least recently used go first. None: no limit. As PruneLimits.
  std::optional<std::int64_t> cache_max_size = std::nullopt;  // bytes
  std::optional<Duration> cache_max_age = std::nullopt;
  /// Which exchange. None: that of the clients, else Binance.
  std::optional<Upstream> upstream = std::nullopt;
  RestOptions rest_options = {};  // of the clients that are not handed over; they are made when they are first needed
  VisionOptions vision_options = {};
};

/// An answer that flows: batches are read from the cache as they are asked for, and never held all at once.
struct FetchStream {
  std::shared_ptr<arrow::RecordBatchReader> reader;  // of the one schema, open_time strictly increasing
  Report report;                                     // complete: all fetching and proving is done before
};

/// A step that `get_data` would take.
struct PlannedStep {
  std::string action;  // for people: `daily file 2024-03-15`
  TimeRange range;     // of open_time, that it is about
  std::int64_t requests;
  std::int64_t bytes;  // estimated
  std::string reason;
  std::string json;  // the step whole, as it could be sent to another machine
};

struct FetchPlan {
  Upstream upstream = {};  // whose candles they would be
  Kind kind = Kind::klines;
  std::vector<PlannedStep> steps = {};
  std::vector<MissingRange> missing = {};  // what no step would bring: not cached, and not to be asked of the source
  std::int64_t requests = 0;
  std::int64_t bytes = 0;
};

struct CacheStats {
  std::int64_t hits = 0;    // answers that needed no source
  std::int64_t misses = 0;  // answers that did
  std::int64_t errors = 0;  // partitions that failed their validation or could not be read or written
};

struct CacheCheck {
  bool ok;
  std::optional<std::string> why;  // what is wrong; none when ok
};

/// A value that is another one now. Whole numbers (close_time, trades) are exact up to 2^53.
struct ChangedValue {
  Timestamp open_time;
  std::string_view column;       // a name of kSchema
  std::optional<double> before;  // none: there was no such candle
  std::optional<double> after;   // none: there is none any more

  friend bool operator==(const ChangedValue&, const ChangedValue&) = default;
};

/// What `refresh` did.
struct RefreshResult {
  std::int64_t partitions = 0;  // looked at
  std::int64_t requests = 0;
  std::int64_t bytes = 0;
  std::int64_t rows_added = 0;
  std::vector<std::string> changed_files;  // files of the archive that have changed since they were used: fetched again
  std::vector<Timestamp> changed;          // open_times of candles that have changed
  std::vector<ChangedValue> values;        // … and what of them, by open_time and column
  std::vector<MissingRange> failed;
  std::vector<std::string> notes;
};

/// Gets candles of one market from the best source and keeps them. Thread-safe: one object is fetched once however many
/// threads or processes ask.
class KLINEKEEP_API DataSourceManager {
 public:
  static constexpr int VISION_DATA_DELAY_HOURS = 36;  // a file is due this long after its period
  static constexpr int REST_CHUNK_SIZE = 1000;
  static constexpr int REST_MAX_CHUNKS = 10;  // above REST_CHUNK_SIZE * REST_MAX_CHUNKS points the archive is asked

  /// Throws InvalidRequest where a client that was handed over is of another upstream.
  explicit DataSourceManager(const ManagerOptions& options = {});
  ~DataSourceManager();
  DataSourceManager(const DataSourceManager&) = delete;
  DataSourceManager& operator=(const DataSourceManager&) = delete;

  /// Every closed candle whose open_time lies in [ceil(start), floor(end)] on the interval's grid, both inclusive, UTC;
  /// an empty table of the full schema where the window has no grid point. What the cache covers costs no request.
  /// Cold, warm and offline answers are the same to the bit. Throws InvalidRequest before any I/O; UnknownSymbol,
  /// IncompleteData and its kin, Cancelled. A cache that cannot be written does not cost the answer: the report's notes
  /// tell.
  [[nodiscard]] FetchResult get_data(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                                     const GetOptions& options = {}) const;

  /// The same answer as a stream: for ranges that should not be held in memory.
  [[nodiscard]] FetchStream get_stream(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                                       const GetOptions& options = {}) const;

  /// The same as `get_stream` through Arrow's C stream interface, for those who bring another Arrow. Fills `out`, which
  /// the caller owns and releases; on an exception it is left alone.
  Report export_data(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end, ArrowArrayStream* out,
                     const GetOptions& options = {}) const;

  /// What `get_data` would ask, and why, as long as upstream has what is expected. Reads the cache and nothing else.
  [[nodiscard]] FetchPlan plan(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                               const GetOptions& options = {}) const;

  /// Whose candles a request to `source` is about. Throws InvalidRequest where REST is one's own and the archive
  /// another's, so that AUTO and CACHE need a name.
  [[nodiscard]] Upstream upstream(DataSource source = DataSource::AUTO) const;

  /// Ends the idle connections of the clients that it has made itself, and those under way with their requests. A
  /// later request makes new ones.
  void close_connections() const;

  [[nodiscard]] CacheStats get_cache_stats() const;

  /// Whether the partition that holds `date` exists and is sound: existence; format and structure; columns and types;
  /// index and time zone; sums, coverage, order.
  [[nodiscard]] CacheCheck validate_cache_integrity(const Symbol& symbol, Interval interval, Timestamp date) const;

  /// Makes the partition that holds `date` right again when it is damaged: fetches again what it held (the whole month
  /// up to now, where nobody can tell), moves it to the quarantine as that takes its place, and validates. True when it
  /// then is sound; where not, validate_cache_integrity says why. Leaves a sound one alone, and a damaged one where it
  /// is when it throws: what get_data throws, and CacheError where the cache cannot be written.
  bool repair_cache(const Symbol& symbol, Interval interval, Timestamp date, std::stop_token stop = {}) const;

  /// Checks again what the cache holds of the series from files that no checksum proves, from a source that is not the
  /// best one (daily files before monthly ones before REST), and gaps that are due. Fetches archive files again whose
  /// ETag has changed; if either ETag is unknown, those that are listed as newer. Replaces what has improved, and names
  /// each candle that has changed. Throws CacheError where the cache cannot be written.
  RefreshResult refresh(const Symbol& symbol, Interval interval, std::stop_token stop = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace klinekeep
