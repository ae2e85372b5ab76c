// How far a file of the archive reaches, and what of its rows is used.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codecs/digest.hpp"
#include "codecs/zip_maker.hpp"
#include "core/times.hpp"
#include "sources/archive_runner.hpp"
#include "sources/fake_network.hpp"

namespace klinekeep::sources {
namespace {

using transport::kNoon;
using transport::status;

constexpr Interval kHour = Interval::HOUR_1;
const Series kSeries{MarketType::SPOT, Symbol{"BTCUSDT"}, kHour};
const TimeRange kDay = range("2024-03-14", "2024-03-15");  // the day before kNoon's

std::string csv_of_a_day() {
  std::string csv;
  for (Timestamp open = kDay.begin; open < kDay.end; open += std::chrono::hours{1}) {
    const std::int64_t ms = to_ms(open);
    csv += fmt::format("{},1.0,2.0,0.5,1.5,10.0,{},20.0,3,4.0,5.0,0\n", ms, ms + 3'599'999);
  }
  return csv;
}

class ArchiveFileTest : public testing::Test {
 protected:
  ArchiveFileTest() { options_.clock = network_.time.clock(); }

  /// The answer to a file with these headers.
  StepResult run(std::vector<transport::Header> headers, std::optional<Timestamp> listed_as_of = std::nullopt) {
    const std::string zip = codecs::make_zip(csv_of_a_day(), {.name = "BTCUSDT-1h-2024-03-14.csv"}).bytes;
    const std::string sum = codecs::hex(codecs::sha256(zip)) + "  BTCUSDT-1h-2024-03-14.zip\n";
    const transport::Play file{.status = 200, .headers = std::move(headers), .body = zip, .takes = takes_};
    const transport::Play rubbish = status(200, {}, "rubbish");
    network_.transport->script = {file, status(200, {}, sum)};
    if (!proven_) network_.transport->script = {file, rubbish, rubbish, file, rubbish};
    ArchiveRunner runner{kSeries, options_, network_.services()};
    MemoryShare memory;
    const planner::Step step{.action = planner::ArchiveFile{planner::Granularity::daily, kDay.begin, false},
                             .range = kDay,
                             .requests = 2,
                             .bytes = 0,
                             .reason = {},
                             .listed_as_of = listed_as_of};
    return run_alone(runner, step, {}, memory);
  }
  static planner::AnswerTimes times_of(const StepResult& result) {
    return std::get<planner::Rows>(result.answer).times;
  }

  FakeNetwork network_;
  VisionOptions options_;
  Duration takes_{0};
  bool proven_ = true;
};

const Timestamp kListed = at("2024-03-15T07:00:00");

TEST_F(ArchiveFileTest, ReachesAsFarAsItsLastModified) {
  const auto result = run({{"Last-Modified", "Fri, 15 Mar 2024 09:00:00 GMT"}}, kListed);
  EXPECT_EQ(times_of(result).as_of, at("2024-03-15T09:00:00"));
  EXPECT_EQ(times_of(result).asked_at, kNoon);
}

TEST_F(ArchiveFileTest, WithoutOneReachesAsFarAsTheListingSaid) {
  EXPECT_EQ(times_of(run({}, kListed)).as_of, kListed);
  EXPECT_EQ(times_of(run({{"Last-Modified", "soon"}}, kListed)).as_of, kListed);
}

TEST_F(ArchiveFileTest, WithoutAnyReachesAsFarAsWhenItWasAsked) {
  takes_ = std::chrono::seconds{20};
  const auto result = run({});
  EXPECT_EQ(times_of(result).as_of, kNoon);
  EXPECT_EQ(times_of(result).heard_at, kNoon + takes_);
}

TEST_F(ArchiveFileTest, NeverReachesBeyondWhenItWasHeard) {
  EXPECT_EQ(times_of(run({{"Last-Modified", "Sat, 15 Mar 2025 09:00:00 GMT"}})).as_of, kNoon);
  EXPECT_EQ(times_of(run({}, at("2025-03-15"))).as_of, kNoon);
}

TEST_F(ArchiveFileTest, RefusesRowsThatHadNotClosedByItsLastModified) {
  const auto result = run({{"Last-Modified", "Thu, 14 Mar 2024 22:30:00 GMT"}});
  const auto& rows = std::get<planner::Rows>(result.answer);
  EXPECT_EQ(rows.have, RangeSet{range("2024-03-14", "2024-03-14T22:00:00")});
  EXPECT_EQ(rows.refused, RangeSet{range("2024-03-14T22:00:00", "2024-03-15")});
}

TEST_F(ArchiveFileTest, ThatIsNotBelievedTellsWhichRowsItHas) {
  proven_ = false;
  const auto result = run({{"Last-Modified", "Thu, 14 Mar 2024 22:30:00 GMT"}});
  const auto& distrusted = std::get<planner::Distrusted>(result.answer);
  EXPECT_TRUE(distrusted.readable);
  EXPECT_EQ(distrusted.refused, RangeSet{range("2024-03-14", "2024-03-14T22:00:00")});
}

TEST_F(ArchiveFileTest, ListedFilesHaveTheirETagsAndTimes) {
  const char* const listing = R"(<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>
<Contents><Key>data/spot/daily/klines/BTCUSDT/1h/BTCUSDT-1h-2024-03-14.zip</Key>
<LastModified>2024-03-15T07:00:00.000Z</LastModified><ETag>"0123456789abcdef0123456789abcdef"</ETag></Contents>
<Contents><Key>data/spot/daily/klines/BTCUSDT/1h/BTCUSDT-1h-2024-03-15.zip</Key>
<LastModified>soon</LastModified><ETag>"0123456789abcdef0123456789abcdef-2"</ETag></Contents></ListBucketResult>)";
  network_.transport->script = {{.status = 200, .body = listing, .takes = std::chrono::seconds{3}}};
  ArchiveRunner runner{kSeries, options_, network_.services()};
  const auto listed = runner.list_zips(planner::Granularity::daily, std::nullopt, kDay.end, {});
  ASSERT_TRUE(listed);
  EXPECT_TRUE(listed->complete);
  EXPECT_EQ(listed->asked_at, kNoon);
  ASSERT_EQ(listed->files.size(), 2U);
  EXPECT_EQ(listed->files[0],
            (planner::ListedFile{at("2024-03-14"), "0123456789abcdef0123456789abcdef", at("2024-03-15T07:00:00")}));
  EXPECT_EQ(listed->files[1], (planner::ListedFile{at("2024-03-15"), "", std::nullopt}));
}

}  // namespace
}  // namespace klinekeep::sources
