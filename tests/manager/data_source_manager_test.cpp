// What get_data refuses, or answers by itself, before any I/O: the hosts that it is given count who calls.
#include "klinekeep/data_source_manager.hpp"

#include <arpa/inet.h>
#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>

#include "core/candle_maker.hpp"
#include "core/times.hpp"
#include "frame/table.hpp"
#include "klinekeep/errors.hpp"
#include "store/store.hpp"
#include "transport/temporary_folder.hpp"

namespace klinekeep::manager {
namespace {

/// A port of this machine on which someone listens and nobody answers.
class SilentPort {
 public:
  SilentPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    void* const raw = &address;
    if (fd_ < 0 || bind(fd_, static_cast<sockaddr*>(raw), size) != 0 || listen(fd_, 8) != 0 ||
        getsockname(fd_, static_cast<sockaddr*>(raw), &size) != 0) {
      throw std::runtime_error("no port to listen on");
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~SilentPort() { close(fd_); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  /// Whether anyone has connected.
  [[nodiscard]] bool was_called() const {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    return poll(&waiting, 1, 0) > 0;
  }
  /// For a test of this class itself.
  void call() const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url_.substr(url_.rfind(':') + 1))));
    const void* const raw = &address;
    EXPECT_EQ(connect(fd, static_cast<const sockaddr*>(raw), sizeof address), 0);
    close(fd);
  }

 private:
  int fd_;
  std::string url_;
};

const Timestamp kNow = at("2024-06-01");

TEST(ManagerLimits, ThatCannotBeAreRefusedBeforeAnythingIsLookedAt) {
  using namespace std::chrono_literals;
  const ManagerOptions nowhere{.cache_dir = "/dev/null/cache"};
  EXPECT_NO_THROW(DataSourceManager{nowhere});
  for (const std::int64_t bytes : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()}) {
    ManagerOptions options = nowhere;
    options.cache_max_size = bytes;
    EXPECT_THROW(DataSourceManager{options}, InvalidRequest);
  }
  for (const Duration age : {Duration{-1s}, Duration{-1us}, Duration{1us}, Duration{900ms}}) {
    ManagerOptions options = nowhere;
    options.cache_max_age = age;
    EXPECT_THROW(DataSourceManager{options}, InvalidRequest);
  }
}

class GetData : public testing::Test {
 protected:
  FetchResult get(const std::string& start, const std::string& end, Interval interval = Interval::HOUR_1,
                  MarketType market = MarketType::SPOT, DataSource source = DataSource::REST, Fill fill = Fill::none) {
    return get_with({.enforce_source = source, .fill = fill}, start, end, interval, market);
  }
  FetchResult get_with(const GetOptions& options, const std::string& start, const std::string& end,
                       Interval interval = Interval::HOUR_1, MarketType market = MarketType::SPOT,
                       std::string_view symbol = "BTCUSDT") {
    const DataSourceManager manager{{.market_type = market,
                                     .rest_client = rest_,
                                     .vision_client = vision_,
                                     .cache_dir = folder_.path() / "cache",
                                     .clock = [] { return kNow; }}};
    return manager.get_data(Symbol{symbol}, interval, at(start), at(end), options);
  }
  template <class... Args>
  std::string refusal(Args... args) {
    try {
      (void)get(args...);
      return "";
    } catch (const InvalidRequest& error) {
      return error.what();
    }
  }
  void TearDown() override {
    EXPECT_FALSE(port_.was_called()) << "a request went out";
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "cache")) << "something was written";
  }

  SilentPort port_;

 private:
  static RestOptions rest_at(const std::string& url) {
    RestOptions options;
    options.base_urls = {url};
    return options;
  }
  static VisionOptions vision_at(const std::string& url) {
    VisionOptions options;
    options.base_url = url;
    return options;
  }
  TemporaryFolder folder_;
  std::shared_ptr<const EnhancedRetriever> rest_ = std::make_shared<const EnhancedRetriever>(rest_at(port_.url()));
  std::shared_ptr<const VisionDataClient> vision_ = std::make_shared<const VisionDataClient>(vision_at(port_.url()));
};

TEST(SilentPort, TellsWhetherItWasCalled) {
  const SilentPort port;
  EXPECT_FALSE(port.was_called());
  port.call();
  EXPECT_TRUE(port.was_called());
}

TEST_F(GetData, RefusesAnEndInTheFuture) {
  EXPECT_EQ(refusal("2024-05-01", "2024-06-01T00:00:00.000001"),
            "End time 2024-06-01T00:00:00.000001Z is in the future (now is 2024-06-01T00:00:00Z)");
}

TEST_F(GetData, RefusesAStartAfterTheEnd) {
  EXPECT_EQ(refusal("2024-05-02", "2024-05-01"),
            "Start time 2024-05-02T00:00:00Z is after end time 2024-05-01T00:00:00Z");
}

TEST_F(GetData, RefusesAnIntervalThatTheMarketLacks) {
  EXPECT_EQ(refusal("2024-05-01", "2024-05-02", Interval::SECOND_1, MarketType::FUTURES_USDT),
            "um has no interval 1s; it has 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d, 3d, 1w, 1M");
}

TEST_F(GetData, RefusesToFillThreeDays) {
  for (const Fill fill : {Fill::nan, Fill::ffill}) {
    EXPECT_NE(refusal("2024-05-01", "2024-05-02", Interval::DAY_3, MarketType::SPOT, DataSource::VISION, fill), "");
  }
}

TEST_F(GetData, RefusesTheCacheAloneWhereItMayNotBeUsed) {
  EXPECT_THROW(get_with({.use_cache = false, .enforce_source = DataSource::CACHE}, "2024-05-01", "2024-05-02"),
               InvalidRequest);
}

TEST_F(GetData, RefusesColumnsThatAreNone) {
  EXPECT_THROW(get_with({.columns = {"close", "price"}}, "2024-05-01", "2024-05-02"), InvalidRequest);
  EXPECT_THROW(get_with({.columns = {"close", "close"}}, "2024-05-01", "2024-05-02"), InvalidRequest);
}

TEST_F(GetData, RefusesASymbolThatCouldNotBeOne) {
  for (const char* const symbol : {"", "../etc", "BTC/USDT", "-BTC", "BTC USDT"}) {
    EXPECT_THROW(get_with({}, "2024-05-01", "2024-05-02", Interval::HOUR_1, MarketType::SPOT, symbol), InvalidRequest);
  }
}

TEST_F(GetData, OfAnEmptyCacheAloneIsAMissThatMakesNothing) {
  EXPECT_THROW(get("2024-05-01", "2024-05-02", Interval::HOUR_1, MarketType::SPOT, DataSource::CACHE), OfflineMiss);
}

TEST_F(GetData, AnswersAWindowWithoutAGridPointByItself) {
  for (const DataSource source : {DataSource::AUTO, DataSource::REST, DataSource::VISION, DataSource::CACHE}) {
    for (const Fill fill : {Fill::none, Fill::nan, Fill::ffill}) {
      const FetchResult result =
          get("2024-05-02", "2024-05-31T23:59:59.999999", Interval::MONTH_1, MarketType::SPOT, source, fill);
      EXPECT_EQ(result.table->num_rows(), 0);
      EXPECT_TRUE(result.table->schema()->Equals(*frame::arrow_schema()));
      EXPECT_EQ(result.report.requests, 0);
      EXPECT_TRUE(result.report.gaps.empty());
    }
  }
}

TEST_F(GetData, RefusesBeforeItAnswersAnEmptyWindow) {
  EXPECT_NE(refusal("2024-05-02", "2024-05-01T12:00:00", Interval::MONTH_1), "");
  EXPECT_NE(refusal("2024-06-01T00:00:00.1", "2024-06-01T00:00:00.2", Interval::MONTH_1), "");
}

/// A manager over a cache that holds 24 hours, with clients that nobody answers.
class GetCacheStats : public testing::Test {
 protected:
  void SetUp() override {
    const Interval interval = Interval::HOUR_1;
    const TimeRange day = range("2024-05-01", "2024-05-02");
    const store::Addition hours{store::Origin::rest, Trust::verified, day, candles_in(day, interval), kNow, {}};
    (void)store::Store{root_}.commit({MarketType::SPOT, Symbol{"BTCUSDT"}, interval}, store::month_of(day.begin),
                                     {&hours});
  }
  [[nodiscard]] FetchResult get(const std::string& start, const std::string& end) const {
    return manager_.get_data(Symbol{"BTCUSDT"}, Interval::HOUR_1, at(start), at(end),
                             {.enforce_source = DataSource::CACHE});
  }

  TemporaryFolder folder_;
  std::filesystem::path root_ = folder_.path() / "cache";
  DataSourceManager manager_{{.cache_dir = root_, .clock = [] { return kNow; }}};
};

TEST_F(GetCacheStats, CountsHitsMissesAndErrors) {
  EXPECT_EQ(get("2024-05-01", "2024-05-01T23:00:00").table->num_rows(), 24);
  EXPECT_EQ(get("2024-05-01T10:30:00", "2024-05-01T11:00:00").table->num_rows(), 1);
  EXPECT_THROW((void)get("2024-05-01", "2024-05-03"), OfflineMiss);
  const CacheStats stats = manager_.get_cache_stats();
  EXPECT_EQ(stats.hits, 2);
  EXPECT_EQ(stats.misses, 1);
  EXPECT_EQ(stats.errors, 0);
}

TEST_F(GetCacheStats, ValidatesAnEntryByItsPointsAndCountsWhatIsWrong) {
  EXPECT_TRUE(manager_.validate_cache_integrity(Symbol{"BTCUSDT"}, Interval::HOUR_1, at("2024-05-20")).ok);
  const CacheCheck absent = manager_.validate_cache_integrity(Symbol{"BTCUSDT"}, Interval::HOUR_1, at("2024-06-01"));
  EXPECT_FALSE(absent.ok);
  EXPECT_NE(absent.why.value().find("202406.arrow does not exist"), std::string::npos) << absent.why.value();
  const auto path = root_ / "spot" / "data" / "BTCUSDT" / "1h" / "202405.arrow";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const CacheCheck cut = manager_.validate_cache_integrity(Symbol{"BTCUSDT"}, Interval::HOUR_1, at("2024-05-20"));
  EXPECT_FALSE(cut.ok);
  EXPECT_TRUE(std::filesystem::exists(path)) << "validating changes nothing";
  EXPECT_EQ(manager_.get_cache_stats().errors, 1);
}

TEST_F(GetCacheStats, StreamsTheSameThatItGives) {
  const FetchStream stream = manager_.get_stream(Symbol{"BTCUSDT"}, Interval::HOUR_1, at("2024-05-01"),
                                                 at("2024-05-01T23:00:00"), {.columns = {"close", "open_time"}});
  const auto table = stream.reader->ToTable().ValueOrDie();
  EXPECT_EQ(stream.report.rows, 24);
  EXPECT_TRUE(table->Equals(*get("2024-05-01", "2024-05-01T23:00:00").table->SelectColumns({4, 0}).ValueOrDie()));
}

TEST_F(GetCacheStats, ExportsTheSameThroughTheCStreamInterface) {
  ArrowArrayStream stream{};
  const Report report = manager_.export_data(Symbol{"BTCUSDT"}, Interval::HOUR_1, at("2024-05-01"),
                                             at("2024-05-01T23:00:00"), &stream, {.enforce_source = DataSource::CACHE});
  EXPECT_EQ(report.rows, 24);
  const auto table = arrow::ImportRecordBatchReader(&stream).ValueOrDie()->ToTable().ValueOrDie();
  EXPECT_TRUE(table->Equals(*get("2024-05-01", "2024-05-01T23:00:00").table));
}

TEST_F(GetCacheStats, PlansByTheWeightsItIsGiven) {
  const auto planned = [&](const PlanningOptions& planning) {
    const DataSourceManager manager{{.cache_dir = root_, .clock = [] { return kNow; }, .planning = planning}};
    return manager.plan(Symbol{"BTCUSDT"}, Interval::HOUR_1, at("2024-05-10"), at("2024-05-10T23:00:00"))
        .steps.at(0)
        .action;
  };
  EXPECT_EQ(planned({}), "daily file 2024-05-10");
  EXPECT_NE(planned({.rest_factor = 1}), planned({}));
  EXPECT_NE(planned({.vision_data_delay = std::chrono::hours{24 * 365}}), planned({}));
}

}  // namespace
}  // namespace klinekeep::manager
