// A refresh and a repair, against an exchange on a socket.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/candle_maker.hpp"
#include "core/times.hpp"
#include "klinekeep/data_source_manager.hpp"
#include "klinekeep/unified_cache_manager.hpp"
#include "store/store.hpp"
#include "transport/socket_server.hpp"
#include "transport/temporary_folder.hpp"

namespace klinekeep::manager {
namespace {

using store::Origin;
using testing::IsEmpty;

constexpr Interval kHour = Interval::HOUR_1;
const Timestamp kNow = at("2024-06-01");
const TimeRange kDay = range("2024-05-01", "2024-05-02");
const TimeRange kHole = range("2024-05-01T03:00:00", "2024-05-01T05:00:00");

std::int64_t parameter(const std::string& target, const std::string& name, std::int64_t otherwise) {
  const auto begin = target.find('&' + name + '=');
  return begin == std::string::npos ? otherwise : std::stoll(target.substr(begin + name.size() + 2));
}

std::string json_of(const Candles& rows, std::size_t row) {
  return fmt::format(R"([{},"{}","{}","{}","{}","{}",{},"{}",{},"{}","{}","0"])", rows.open_time[row], rows.open[row],
                     rows.high[row], rows.low[row], rows.close[row], rows.volume[row], rows.close_time[row],
                     rows.quote_volume[row], rows.trades[row], rows.taker_buy_volume[row],
                     rows.taker_buy_quote_volume[row]);
}

/// REST has all hours since `first`; the archive is empty.
class Exchange {
 public:
  explicit Exchange(const std::string& first) : rows_(candles_in({at(first), kNow}, kHour)) {
    server_.on_any([this](transport::Connection& peer, const std::string& target) { answer(peer, target); });
  }
  [[nodiscard]] std::string url() const { return server_.url(""); }
  [[nodiscard]] std::vector<std::string> log() const { return server_.log(); }

 private:
  void answer(transport::Connection& peer, const std::string& target) const {
    if (target.starts_with("/api/v3/klines")) return send(peer, "200 OK", klines(target));
    if (target.starts_with("/?prefix=")) {
      return send(peer, "200 OK",
                  "<ListBucketResult><Name>x</Name><IsTruncated>false</IsTruncated></ListBucketResult>");
    }
    send(peer, "404 Not Found", "");
  }
  static void send(transport::Connection& peer, const std::string& status, const std::string& body) {
    peer.send(fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body));
  }
  [[nodiscard]] std::string klines(const std::string& target) const {
    const std::int64_t from = parameter(target, "startTime", 0);
    const std::int64_t until = parameter(target, "endTime", to_ms(kEndOfTime));
    std::int64_t left = parameter(target, "limit", 500);
    std::string body;
    for (std::size_t row = 0; row < rows_.size() && left > 0; ++row) {
      if (rows_.open_time[row] < from || rows_.open_time[row] > until) continue;
      body += (body.empty() ? "" : ",") + json_of(rows_, row);
      --left;
    }
    return '[' + body + ']';
  }

  const Candles rows_;
  transport::SocketServer server_;
};

class Healing : public testing::Test {
 protected:
  explicit Healing(const std::string& first = "2024-03-01") : exchange_(first) {}

  DataSourceManager manager() const {
    RestOptions rest;
    rest.base_urls = {exchange_.url()};
    rest.clock = [] { return kNow; };
    VisionOptions vision;
    vision.base_url = exchange_.url();
    vision.clock = rest.clock;
    return DataSourceManager{{.rest_client = std::make_shared<const EnhancedRetriever>(rest),
                              .vision_client = std::make_shared<const VisionDataClient>(vision),
                              .cache_dir = root_,
                              .clock = rest.clock,
                              .upstream = Upstream{}}};
  }
  void commit(const store::Addition& addition) const {
    (void)store::Store{root_}.commit(series_, store::month_of(addition.range.begin), {&addition});
  }
  [[nodiscard]] store::Coverage coverage() const {
    return store::Store{root_}.snapshot(series_, kDay).coverage(store::month_of(kDay.begin));
  }
  [[nodiscard]] std::int64_t rows_of(DataSource source) const {
    return manager()
        .get_data(Symbol{"BTCUSDT"}, kHour, kDay.begin, kDay.end - std::chrono::hours{1}, {.enforce_source = source})
        .report.rows;
  }
  void believe_that_there_is_nothing_before(const std::string& date) const {
    store::Store{root_}.change_facts(series_, [&](store::SeriesFacts facts) {
      facts.before_first = store::NoCandles{{Timestamp{}, at(date)}, kNow - std::chrono::hours{1}};
      return facts;
    });
  }
  [[nodiscard]] store::SeriesFacts facts() const { return store::Store{root_}.facts(series_); }

  const Series series_{MarketType::SPOT, Symbol{"BTCUSDT"}, kHour};
  Exchange exchange_;
  TemporaryFolder folder_;
  std::filesystem::path root_ = folder_.path() / "cache";
};

store::Addition of(Origin origin, Candles rows) {
  return {.origin = origin, .trust = Trust::verified, .range = kDay, .rows = std::move(rows), .at = kNow, .file = {}};
}

Candles day_with_the_hole() {
  Candles rows = candles_in({kDay.begin, kHole.begin}, kHour);
  const Candles after = candles_in({kHole.end, kDay.end}, kHour);
  rows.append(after, 0, after.size());
  return rows;
}

TEST_F(Healing, ARefreshAsksRestForItsHolesAlsoWhereTheArchiveHasRows) {
  commit(of(Origin::daily, candles_in(kDay, kHour)));
  commit(of(Origin::rest, day_with_the_hole()));
  ASSERT_EQ(rows_of(DataSource::CACHE), 24);
  ASSERT_EQ(store::holes_of(coverage(), Origin::rest), RangeSet{kHole});
  const RefreshResult result = manager().refresh(Symbol{"BTCUSDT"}, kHour);
  EXPECT_THAT(result.failed, IsEmpty());
  EXPECT_TRUE(store::holes_of(coverage(), Origin::rest).empty());
  const std::size_t asked = exchange_.log().size();
  EXPECT_EQ(rows_of(DataSource::REST), 24);
  EXPECT_EQ(exchange_.log().size(), asked);
}

TEST_F(Healing, ARefreshForgetsWhatIsKnownOfTheSeriesFirst) {
  commit(of(Origin::daily, candles_in(kDay, kHour)));
  commit(of(Origin::rest, day_with_the_hole()));
  believe_that_there_is_nothing_before("2024-05-01");
  const RefreshResult result = manager().refresh(Symbol{"BTCUSDT"}, kHour);
  EXPECT_THAT(result.failed, IsEmpty());
  EXPECT_EQ(facts().before_first, std::nullopt);
  const auto april = manager().get_data(Symbol{"BTCUSDT"}, kHour, at("2024-04-29"), at("2024-04-30"),
                                        {.enforce_source = DataSource::REST});
  EXPECT_EQ(april.report.rows, 25);
}

TEST_F(Healing, ARepairForgetsWhatIsKnownOfTheSeriesFirst) {
  commit(of(Origin::rest, candles_in(kDay, kHour)));
  believe_that_there_is_nothing_before("2024-05-10");
  const auto path = root_ / "spot" / "data" / "BTCUSDT" / "1h" / "202405.arrow";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_TRUE(manager().repair_cache(Symbol{"BTCUSDT"}, kHour, kDay.begin));
  EXPECT_EQ(facts().before_first, std::nullopt);
  EXPECT_EQ(rows_of(DataSource::CACHE), 24);
}

}  // namespace
}  // namespace klinekeep::manager
