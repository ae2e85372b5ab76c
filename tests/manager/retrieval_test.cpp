// One request after another, with both sources faked and a real cache: what is asked, kept and answered.
#include "manager/retrieval.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <thread>

#include "core/candle_maker.hpp"
#include "manager/desk.hpp"
#include "store/fake_files.hpp"
#include "store/fake_pace.hpp"
#include "store/names.hpp"
#include "store/registry.hpp"

namespace klinekeep::manager {
namespace {

using planner::Granularity;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr Interval kHour = Interval::HOUR_1;
constexpr Interval kMinute = Interval::MINUTE_1;
const TimeRange kMarch = range("2024-03-01", "2024-04-01");
const TimeRange kDay = range("2024-03-15", "2024-03-16");

TEST(Retrieval, FillsTheCacheOnceAndAsksNothingAgain) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  const Got cold = desk.get(kMarch);
  EXPECT_TRUE(same(cold.rows, candles_in(kMarch, kHour)));
  EXPECT_TRUE(cold.asked_a_source);
  EXPECT_EQ(cold.report.rows_by_source.at("vision"), 744);
  EXPECT_FALSE(cold.report.rows_by_source.contains("cache"));
  EXPECT_THAT(desk.asked(), ElementsAre("monthly 2024-03"));

  for (const DataSource source : {DataSource::AUTO, DataSource::VISION, DataSource::CACHE}) {
    const Got warm = desk.get(kMarch, source);
    EXPECT_TRUE(same(warm.rows, cold.rows));
    EXPECT_FALSE(warm.asked_a_source);
    EXPECT_EQ(warm.report.rows_by_source.at("cache"), 744);
  }
  EXPECT_THAT(desk.asked(), IsEmpty());
  EXPECT_TRUE(same(desk.get_without_cache(kMarch).rows, cold.rows));
}

TEST(Retrieval, OfWhatIsCoveredOpensNothingAnewAndMakesNoRunner) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  const auto files = std::make_shared<store::FakeFiles>();
  desk.cache = std::make_unique<store::Store>(desk.root(), files);
  (void)desk.get(kMarch);
  (void)desk.get(kMarch);
  const int made = desk.runners_made();
  (void)files->take();
  for (const DataSource source : {DataSource::AUTO, DataSource::VISION, DataSource::CACHE}) {
    EXPECT_TRUE(same(desk.get(kDay, source).rows, candles_in(kDay, kHour)));
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(desk.runners_made(), made);
  for (const store::Operation& operation : files->take())
    EXPECT_THAT(operation.what, testing::AnyOf("stat", "fstat", "set_accessed")) << operation.name;
}

TEST(Retrieval, WhatRanOutIsNoMissForAnySource) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  const auto files = std::make_shared<store::FakeFiles>();
  desk.cache = std::make_unique<store::Store>(desk.root(), files);
  (void)desk.get(kMarch);
  (void)desk.asked();
  store::Registry::of_process().drop_idle();
  for (const auto& [open, mapped] : {std::pair{0, 1}, std::pair{1, 0}}) {
    files->allow(open, mapped);
    for (const DataSource source : {DataSource::AUTO, DataSource::VISION, DataSource::REST, DataSource::CACHE})
      EXPECT_THROW((void)desk.get(kMarch, source), CacheError);
    EXPECT_THAT(desk.asked(), IsEmpty());
  }
  files->allow(1, 1);
  EXPECT_TRUE(same(desk.get(kMarch, DataSource::CACHE).rows, candles_in(kMarch, kHour)));
}

TEST(Retrieval, WhatTheFileSystemLacksIsNotedOnce) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  desk.cache = std::make_unique<store::Store>(desk.root(),
                                              std::make_shared<store::FakeFiles>([](const store::Operation& operation) {
                                                if (operation.what == "sync_folder")
                                                  throw store::FileError("fsync", operation.name, EINVAL);
                                              }));
  EXPECT_THAT(desk.get(kMarch).report.notes, Contains(HasSubstr("cannot sync folders")));
  const Got warm = desk.get(kMarch);
  EXPECT_FALSE(warm.asked_a_source);
  EXPECT_THAT(warm.report.notes, IsEmpty());
}

TEST(Retrieval, WithoutACacheWritesNothing) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  EXPECT_EQ(desk.get_without_cache(kMarch).rows.size(), 744U);
  EXPECT_FALSE(std::filesystem::exists(desk.root()));
}

TEST(Retrieval, AsksOnlyForWhatTheCacheLacks) {
  Desk desk{kHour, "2026-01-01"};
  desk.rest_has(candles_in(kMarch, kHour));
  (void)desk.get(range("2024-03-10", "2024-03-11"), DataSource::REST);
  (void)desk.asked();
  const Got wider = desk.get(range("2024-03-10", "2024-03-11T12:00:00"), DataSource::REST);
  EXPECT_THAT(desk.asked(), ElementsAre("page 2024-03-11T00:00:00Z .. 2024-03-11T12:00:00Z limit 12"));
  EXPECT_EQ(wider.report.rows_by_source.at("cache"), 24);
  EXPECT_EQ(wider.report.rows_by_source.at("rest"), 12);
}

TEST(Retrieval, AnswersAnEnforcedSourceOnlyWithWhatThatSourceSaid) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::daily, "2024-03-15", 1);
  desk.archive->put(Granularity::monthly, "2024-03", 1);
  desk.rest_has(candles_in(kDay, kHour, 2));
  (void)desk.get(kDay, DataSource::VISION);
  (void)desk.asked();
  const Got rest = desk.get(kDay, DataSource::REST);
  EXPECT_TRUE(same(rest.rows, candles_in(kDay, kHour, 2)));
  EXPECT_EQ(rest.report.conflicts.size(), 24U);
  EXPECT_EQ(desk.asked().size(), 1U);
  // Served, not stored: what was there first stays.
  EXPECT_TRUE(same(desk.get(kDay).rows, candles_in(kDay, kHour, 1)));
  EXPECT_TRUE(same(desk.get(kDay, DataSource::CACHE).rows, candles_in(kDay, kHour, 1)));
  EXPECT_THAT(desk.asked(), IsEmpty());
  EXPECT_TRUE(same(desk.get(kDay, DataSource::REST).rows, candles_in(kDay, kHour, 2)));
}

TEST(Retrieval, LetsARangeBearBothOriginsWhereTheyAreEqual) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::daily, "2024-03-15");
  desk.rest_has(candles_in(kDay, kHour));
  (void)desk.get(kDay, DataSource::VISION);
  (void)desk.get(kDay, DataSource::REST);
  (void)desk.asked();
  for (const DataSource source : {DataSource::REST, DataSource::VISION, DataSource::AUTO, DataSource::CACHE}) {
    EXPECT_TRUE(same(desk.get(kDay, source).rows, candles_in(kDay, kHour)));
  }
  EXPECT_THAT(desk.asked(), IsEmpty());
}

TEST(Retrieval, RemembersWhatBothLackAndAsksThenNoMore) {
  Desk desk{kHour, "2026-01-01"};
  const TimeRange outage = range("2024-03-15T03:00:00", "2024-03-15T05:00:00");
  desk.archive->put(Granularity::daily, "2024-03-15", 1, {outage});
  desk.archive->put(Granularity::monthly, "2024-03", 1, {outage});
  Candles rows = candles_in({kDay.begin, outage.begin}, kHour);
  const Candles after = candles_in({outage.end, kDay.end}, kHour);
  rows.append(after, 0, after.size());
  desk.rest_has(rows);
  const Got vision = desk.get(kDay, DataSource::VISION);
  EXPECT_THAT(gaps_of(vision), ElementsAre(text_of(outage) + " absent_in_archive"));
  (void)desk.asked();
  const Got both = desk.get(kDay);
  EXPECT_THAT(desk.asked(), ElementsAre("page 2024-03-15T03:00:00Z .. 2024-03-15T05:00:00Z limit 2"));
  EXPECT_THAT(gaps_of(both), ElementsAre(text_of(outage) + " absent"));
  EXPECT_THAT(gaps_of(desk.get(kDay)), ElementsAre(text_of(outage) + " absent"));
  EXPECT_THAT(gaps_of(desk.get(kDay, DataSource::CACHE)), ElementsAre(text_of(outage) + " absent"));
  EXPECT_THAT(desk.asked(), IsEmpty());
}

TEST(Retrieval, AsksAYoungGapAgainAfterAnHour) {
  Desk desk{kHour, "2024-03-15T12:00:00"};
  const TimeRange window = range("2024-03-15", "2024-03-15T08:00:00");
  desk.rest_has(candles_in(range("2024-03-15", "2024-03-15T05:00:00"), kHour));
  EXPECT_EQ(desk.get(window).rows.size(), 5U);
  (void)desk.asked();
  desk.now += std::chrono::minutes{59};
  EXPECT_EQ(desk.get(window).rows.size(), 5U);
  EXPECT_THAT(desk.asked(), IsEmpty());
  desk.now += std::chrono::minutes{1};
  desk.rest_has(candles_in(window, kHour));
  EXPECT_EQ(desk.get(window).rows.size(), 8U);
  EXPECT_THAT(desk.asked(), ElementsAre("page 2024-03-15T05:00:00Z .. 2024-03-15T08:00:00Z limit 3"));
}

TEST(Retrieval, LetsAGapStandWhenItCannotBeAskedAgain) {
  Desk desk{kHour, "2024-03-15T12:00:00"};
  const TimeRange window = range("2024-03-15", "2024-03-15T08:00:00");
  desk.rest_has(candles_in(range("2024-03-15", "2024-03-15T05:00:00"), kHour));
  (void)desk.get(window);
  desk.now += std::chrono::hours{2};
  desk.rest_has({});
  desk.rest->instead = [](const planner::RestPage&) { return sources::failed_with(Cause::unavailable, 503); };
  const Got got = desk.get(window);
  EXPECT_EQ(got.rows.size(), 5U);
  EXPECT_THAT(gaps_of(got), ElementsAre("2024-03-15T05:00:00Z .. 2024-03-15T08:00:00Z absent_in_rest"));
  EXPECT_THAT(got.report.notes, Contains(HasSubstr("asked again")));
}

TEST(Retrieval, ReturnsAYoungCandleAndDoesNotKeepIt) {
  Desk desk{kMinute, "2024-03-15T12:00:20"};
  const TimeRange window = range("2024-03-15T11:50:00", "2024-03-15T12:00:00");
  desk.rest_has(candles_in(window, kMinute));
  EXPECT_EQ(desk.get(window).rows.size(), 10U);
  EXPECT_THROW((void)desk.get(window, DataSource::CACHE), OfflineMiss);
  const Got kept = desk.get(window, DataSource::CACHE, [](Request& request) { request.options.partial = true; });
  EXPECT_EQ(kept.rows.size(), 9U);
  (void)desk.asked();
  desk.now += std::chrono::seconds{10};
  EXPECT_EQ(desk.get(window).rows.size(), 10U);
  EXPECT_THAT(desk.asked(), ElementsAre("page 2024-03-15T11:59:00Z .. 2024-03-15T12:00:00Z limit 1"));
  EXPECT_EQ(desk.get(window, DataSource::CACHE).rows.size(), 10U);
}

TEST(Retrieval, DoesNotKeepAHoleThatMayStillBeFilled) {
  Desk desk{kMinute, "2024-03-15T12:10:00"};
  const TimeRange window = range("2024-03-15T11:50:00", "2024-03-15T12:10:00");
  desk.rest_has(candles_in(range("2024-03-15T11:50:00", "2024-03-15T11:52:00"), kMinute));
  const Got got = desk.get(window);
  EXPECT_THAT(gaps_of(got), ElementsAre("2024-03-15T11:52:00Z .. 2024-03-15T11:55:00Z absent_in_rest",
                                        "2024-03-15T11:55:00Z .. 2024-03-15T12:10:00Z not_yet"));
  (void)desk.asked();
  (void)desk.get(window);
  EXPECT_THAT(desk.asked(), ElementsAre("page 2024-03-15T11:55:00Z .. 2024-03-15T12:10:00Z limit 15"));
}

TEST(Retrieval, NeverKeepsTheFormingCandle) {
  Desk desk{kHour, "2024-03-15T12:30:00"};
  const TimeRange window = range("2024-03-15", "2024-03-15T13:00:00");
  desk.rest = std::make_unique<sources::FakeRest>(kHour, desk.now, candles_in(window, kHour), /*include_open=*/true);
  const auto with_open = [](Request& request) { request.policy.include_open = true; };
  EXPECT_EQ(desk.get(window, DataSource::AUTO, with_open).rows.size(), 13U);
  EXPECT_EQ(desk.get(window, DataSource::AUTO, with_open).rows.size(), 13U);
  EXPECT_EQ(desk.get(window, DataSource::CACHE).rows.size(), 12U);
}

TEST(Retrieval, ServesWhatItCannotKeepAndSaysSo) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  std::ofstream{desk.root()} << "a file where the folder belongs";
  const Got got = desk.get(kMarch);
  EXPECT_TRUE(same(got.rows, candles_in(kMarch, kHour)));
  EXPECT_THAT(got.report.notes, Contains(StartsWith("the cache could not be used: cannot ")));
  EXPECT_GE(got.errors, 1);
  EXPECT_EQ(got.report.rows_by_source.at("vision"), 744);
}

TEST(Retrieval, ServesFromMemoryWhatAnotherKeepsItFromCommitting) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  const auto pace = std::make_shared<store::FakePace>();
  desk.cache =
      std::make_unique<store::Store>(desk.root(), store::real_files(), system_now, store::RecordUse::where_cheap, pace);
  const auto path = store::Layout{desk.root()}.lock(desk.series);
  std::filesystem::create_directories(path.parent_path());
  const auto other = store::real_files()->open_lock(path);
  ASSERT_TRUE(other->try_lock(store::commit_byte(store::month_of(kMarch.begin))));
  const Got got = desk.get(kMarch);
  EXPECT_TRUE(same(got.rows, candles_in(kMarch, kHour)));
  EXPECT_THAT(got.report.notes, Contains(HasSubstr("for 10 seconds")));
  EXPECT_THAT(got.report.notes, Contains("waiting: another process writes BTCUSDT 1h of 2024-03"));
  EXPECT_GE(pace->now(), std::chrono::seconds{10});
  EXPECT_FALSE(std::filesystem::exists(desk.partition("202403")));
}

TEST(Retrieval, TellsWhoListensForWhomItWaitsAndEndsAtOneStop) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  desk.cache = std::make_unique<store::Store>(desk.root(), store::real_files(), system_now,
                                              store::RecordUse::where_cheap, std::make_shared<store::FakePace>());
  const auto path = store::Layout{desk.root()}.lease_lock(store::market_of(desk.series));
  std::filesystem::create_directories(path.parent_path());
  const auto other = store::real_files()->open_lock(path);
  ASSERT_TRUE(other->try_lock(store::fetch_byte(desk.series, store::month_of(kMarch.begin))));
  std::stop_source stop;
  std::vector<std::string> told;
  const auto listening = [&](Request& request) {
    request.options.stop = stop.get_token();
    request.options.progress = [&](const Progress& progress) {
      told.push_back(progress.waiting);
      stop.request_stop();
    };
  };
  EXPECT_THROW((void)desk.get(kMarch, DataSource::AUTO, listening), Cancelled);
  EXPECT_THAT(told, ElementsAre("waiting: another process fetches BTCUSDT 1h of 2024-03"));
}

/// Flips a byte in the middle of the file, where the values are.
void damage(const std::filesystem::path& path) {
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  ASSERT_TRUE(file.good()) << path;
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 2);
  file.seekg(middle);
  const int byte = file.get();
  file.seekp(middle);
  file.put(static_cast<char>(byte ^ 0x40));
}

TEST(Retrieval, HealsADamagedPartitionByItself) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  (void)desk.get(kMarch);
  (void)desk.asked();
  damage(desk.partition("202403"));
  const Got got = desk.get(kMarch);
  EXPECT_TRUE(same(got.rows, candles_in(kMarch, kHour)));
  EXPECT_THAT(desk.asked(), ElementsAre("monthly 2024-03"));
  EXPECT_EQ(got.errors, 1);
  EXPECT_THAT(got.report.notes, Contains(HasSubstr("is damaged")));
  EXPECT_TRUE(std::filesystem::exists(desk.root() / "spot" / "quarantine"));
  EXPECT_TRUE(same(desk.get(kMarch, DataSource::CACHE).rows, candles_in(kMarch, kHour)));
}

TEST(Retrieval, ServesWhatOthersRemoveWhileItIsAnswered) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-02");
  desk.archive->put(Granularity::monthly, "2024-03");
  const TimeRange both = range("2024-02-01", "2024-04-01");
  // Another process evicts a month after it was committed, and seen to be there once. Each of the request's threads is
  // watched.
  std::atomic<int> seen = 0;
  const auto files = std::make_shared<store::FakeFiles>();
  files->watch([&](const store::Operation& operation) {
    if (operation.what == "rename") seen = 0;
    if (operation.what == "stat" && operation.name == "202402.tail.arrow" && ++seen == 2)
      std::filesystem::remove(desk.partition("202402"));
  });
  desk.cache = std::make_unique<store::Store>(desk.root(), files);
  const Got got = desk.get(both);
  files->watch({});
  EXPECT_FALSE(std::filesystem::exists(desk.partition("202402")));
  EXPECT_TRUE(same(got.rows, candles_in(both, kHour)));
  EXPECT_EQ(got.report.rows_by_source.at("vision"), std::ssize(got.rows.open_time));
  EXPECT_THAT(got.report.notes, IsEmpty());
  EXPECT_THAT(desk.asked(), ElementsAre("monthly 2024-02", "monthly 2024-03"));
}

TEST(Retrieval, OfADamagedPartitionWithoutASourceIsAQuestionOfIntegrity) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  (void)desk.get(kMarch);
  damage(desk.partition("202403"));
  EXPECT_THROW((void)desk.get(kMarch, DataSource::CACHE), IntegrityError);
  EXPECT_THROW((void)desk.get(kMarch, DataSource::CACHE), OfflineMiss);
}

TEST(Retrieval, KnowsThatACandleOfThreeDaysReachesIntoTheNextMonth) {
  constexpr Interval kThree = Interval::DAY_3;
  Desk desk{kThree, "2026-01-01"};
  desk.rest_has(candles_in(range("2024-01-03", "2024-06-01"), kThree));
  const TimeRange window = range("2024-02-10", "2024-05-10");
  const Got cold = desk.get(window);
  EXPECT_THAT(gaps_of(cold), IsEmpty());
  (void)desk.asked();
  for (const DataSource source : {DataSource::AUTO, DataSource::REST, DataSource::CACHE}) {
    const Got warm = desk.get(window, source);
    EXPECT_TRUE(same(warm.rows, cold.rows));
    EXPECT_THAT(gaps_of(warm), IsEmpty());
  }
  // A part that begins inside a candle of the month before.
  EXPECT_THAT(gaps_of(desk.get(range("2024-03-01", "2024-03-20"), DataSource::CACHE)), IsEmpty());
  EXPECT_THAT(desk.asked(), IsEmpty());
}

TEST(Retrieval, KeepsWeeksThatReachOverTheEndOfAMonth) {
  constexpr Interval kWeek = Interval::WEEK_1;
  Desk desk{kWeek, "2026-01-01"};
  desk.rest_has(candles_in(range("2024-01-01", "2024-07-01"), kWeek));
  const TimeRange window = range("2024-03-04", "2024-06-03");
  const Got cold = desk.get(window);
  EXPECT_EQ(cold.rows.size(), 13U);
  (void)desk.asked();
  EXPECT_TRUE(same(desk.get(window).rows, cold.rows));
  EXPECT_THAT(desk.asked(), IsEmpty());
}

TEST(Retrieval, KeepsOffGridRowsAndLeavesThemOutUnlessTheyAreWanted) {
  Desk desk{kHour, "2026-01-01"};
  Candles rows = candles_in(kDay, kHour);
  Candles with_odd;
  with_odd.append(rows, 0, 5);
  push(with_odd, at("2024-03-15T04:58:14.789"), kHour);
  with_odd.append(rows, 5, rows.size());
  desk.rest_has(with_odd);
  const auto keep = [](Request& request) { request.options.keep_off_grid = true; };
  const Got cold = desk.get(kDay, DataSource::REST);
  EXPECT_TRUE(same(cold.rows, rows));
  EXPECT_EQ(texts_of(cold.report.off_grid), std::vector<std::string>{"2024-03-15T04:58:14.789Z"});
  const Got warm = desk.get(kDay, DataSource::CACHE, keep);
  EXPECT_TRUE(same(warm.rows, with_odd));
  EXPECT_EQ(warm.report.off_grid, cold.report.off_grid);
  EXPECT_TRUE(same(desk.get(kDay, DataSource::CACHE).rows, rows));
}

TEST(Retrieval, AsksNothingBeforeTheFirstCandleASecondTime) {
  Desk desk{kHour, "2026-01-01"};
  desk.rest_has(candles_in(range("2024-03-15T04:00:00", "2024-05-01"), kHour));
  const TimeRange window = range("2023-12-01", "2024-03-20");
  const Got cold = desk.get(window, DataSource::REST);
  EXPECT_THAT(gaps_of(cold), ElementsAre("2023-12-01T00:00:00Z .. 2024-03-15T04:00:00Z before_listing"));
  (void)desk.asked();
  EXPECT_EQ(gaps_of(desk.get(window, DataSource::REST)), gaps_of(cold));
  EXPECT_EQ(gaps_of(desk.get(window, DataSource::CACHE)), gaps_of(cold));
  EXPECT_THAT(desk.asked(), IsEmpty());
}

TEST(Retrieval, ServesUnverifiedRowsOnlyToThoseWhoAcceptThem) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::daily, "2024-03-15").proven = false;
  desk.archive->put(Granularity::monthly, "2024-03").proven = false;
  const auto accept = [](Request& request) { request.policy.accept_unverified = true; };
  EXPECT_THROW((void)desk.get(kDay, DataSource::VISION), IntegrityError);
  EXPECT_EQ(desk.get(kDay, DataSource::VISION, accept).rows.size(), 24U);
  (void)desk.asked();
  EXPECT_EQ(desk.get(kDay, DataSource::VISION, accept).rows.size(), 24U);
  EXPECT_THAT(desk.asked(), IsEmpty());
  EXPECT_THROW((void)desk.get(kDay, DataSource::VISION), IntegrityError);
  EXPECT_THROW((void)desk.get(kDay, DataSource::CACHE), OfflineMiss);
  // Proven rows replace them.
  desk.rest_has(candles_in(kDay, kHour, 2));
  EXPECT_TRUE(same(desk.get(kDay).rows, candles_in(kDay, kHour, 2)));
  EXPECT_TRUE(same(desk.get(kDay, DataSource::CACHE).rows, candles_in(kDay, kHour, 2)));
}

TEST(Retrieval, TakesThePlanForWhatItThenDoes) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  desk.archive->put_days("2024-03-01", "2024-04-01");
  desk.rest_has(candles_in(kMarch, kHour));
  for (const TimeRange& window : {kDay, kMarch, range("2024-03-10", "2024-03-25")}) {
    std::vector<std::string> planned;
    for (const planner::Step& step : desk.plan(window).steps) planned.push_back(sources::text_of(step.action));
    EXPECT_THAT(desk.asked(), IsEmpty());
    (void)desk.get(window);
    EXPECT_EQ(desk.asked(), planned);
  }
}

TEST(Retrieval, FetchesAnObjectOnceHoweverManyAsk) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  std::vector<Got> got(6);
  {
    std::vector<std::jthread> threads;
    for (Got& each : got) threads.emplace_back([&] { each = desk.get(kMarch); });
  }
  for (const Got& each : got) EXPECT_TRUE(same(each.rows, candles_in(kMarch, kHour)));
  EXPECT_THAT(desk.asked(), ElementsAre("monthly 2024-03"));
}

TEST(Retrieval, KeepsWhatItHadWhenItEndsIncomplete) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-02");
  desk.archive->put(Granularity::monthly, "2024-03").failure = Cause::unavailable;
  EXPECT_THROW((void)desk.get(range("2024-02-01", "2024-04-01"), DataSource::VISION), SourceUnavailable);
  EXPECT_EQ(desk.get(range("2024-02-01", "2024-03-01"), DataSource::CACHE).rows.size(), 29U * 24);
}

}  // namespace
}  // namespace klinekeep::manager
