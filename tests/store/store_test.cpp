#include "store/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const Interval kMinute = Interval::MINUTE_1;

class StoreTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  Store store_{folder_.path()};
  Series series_ = series_of(kMinute);
};

TEST_F(StoreTest, AnswersWhatWasCommitted) {
  const TimeRange day = range("2024-03-15", "2024-03-16");
  const Addition addition = full(Origin::daily, day, kMinute);
  EXPECT_EQ(commit(store_, series_, kMarch, {addition}).rows_added, 1440);
  EXPECT_TRUE(same(read(store_, series_, day), addition.rows));
  EXPECT_EQ(known(store_, series_, day).present, RangeSet{day});
  EXPECT_EQ(known(store_, series_, day, kRest).present, RangeSet{});
  EXPECT_THAT(files_below(folder_.path()), ElementsAre("spot/data/BTCUSDT/1m/202403.arrow"));
}

TEST_F(StoreTest, IsEmptyWhereThereIsNothing) {
  const TimeRange day = range("2024-03-15", "2024-03-16");
  Snapshot snapshot = store_.snapshot(series_, day);
  EXPECT_THAT(snapshot.months(), IsEmpty());
  EXPECT_TRUE(snapshot.known(kAny).present.empty());
  EXPECT_THAT(snapshot.prove(day, all_columns(), Verify::ALWAYS), IsEmpty());
  EXPECT_THAT(snapshot.rows(day, kAny, all_columns(), true), IsEmpty());
  EXPECT_THAT(files_below(folder_.path()), IsEmpty());
}

TEST_F(StoreTest, LittleAtTheEndGoesToTheTailAndIsFoldedWhenItHasGrown) {
  const TimeRange base = range("2024-03-01", "2024-03-03");  // 2880 rows: the tail takes 28
  commit(store_, series_, kMarch, {full(Origin::daily, base, kMinute)});
  const auto path = folder_.path() / "spot/data/BTCUSDT/1m/202403.arrow";
  const auto tail = folder_.path() / "spot/data/BTCUSDT/1m/202403.tail.arrow";
  const std::string before = bytes_of(path);
  commit(store_, series_, kMarch, {full(Origin::rest, range("2024-03-03T00:00:00", "2024-03-03T00:20:00"), kMinute)});
  EXPECT_EQ(bytes_of(path), before);
  EXPECT_TRUE(std::filesystem::exists(tail));
  const TimeRange all = range("2024-03-01", "2024-03-03T00:20:00");
  EXPECT_TRUE(same(read(store_, series_, all), candles_in(all, kMinute)));
  commit(store_, series_, kMarch, {full(Origin::rest, range("2024-03-03T00:20:00", "2024-03-03T00:29:00"), kMinute)});
  EXPECT_FALSE(std::filesystem::exists(tail));
  const TimeRange more = range("2024-03-01", "2024-03-03T00:29:00");
  EXPECT_TRUE(same(read(store_, series_, more), candles_in(more, kMinute)));
  EXPECT_EQ(known(store_, series_, more).present, RangeSet{more});
}

TEST_F(StoreTest, ATailThatTheBaseHoldsAlreadyDoesNotCount) {
  commit(store_, series_, kMarch, {full(Origin::daily, range("2024-03-01", "2024-03-03"), kMinute)});
  const TimeRange end = range("2024-03-03T00:00:00", "2024-03-03T00:10:00");
  commit(store_, series_, kMarch, {full(Origin::rest, end, kMinute)});
  const auto tail = folder_.path() / "spot/data/BTCUSDT/1m/202403.tail.arrow";
  const std::string bytes = bytes_of(tail);
  commit(store_, series_, kMarch, {full(Origin::rest, end, kMinute, 2)}, Precedence::addition);
  EXPECT_FALSE(std::filesystem::exists(tail));
  put(tail, bytes);  // as if the writer had died before it unlinked it
  EXPECT_TRUE(same(read(store_, series_, end), candles_in(end, kMinute, 2)));
  commit(store_, series_, kMarch, {full(Origin::rest, end, kMinute, 2)});
  EXPECT_TRUE(same(read(store_, series_, end), candles_in(end, kMinute, 2)));
}

TEST_F(StoreTest, ACommitThatChangesNothingWritesNothing) {
  const Addition addition = full(Origin::rest, range("2024-03-15", "2024-03-16"), kMinute);
  commit(store_, series_, kMarch, {addition});
  const auto path = folder_.path() / "spot/data/BTCUSDT/1m/202403.arrow";
  const auto before = std::filesystem::last_write_time(path);
  Addition again = addition;
  again.at += 24h;
  EXPECT_EQ(commit(store_, series_, kMarch, {again}).rows_added, 0);
  EXPECT_EQ(std::filesystem::last_write_time(path), before);
}

TEST_F(StoreTest, TheFirstAdditionToBringASlotWins) {
  const TimeRange day = range("2024-03-15", "2024-03-16");
  const Addition first = full(Origin::daily, day, kMinute, 1);
  const Addition second = full(Origin::rest, day, kMinute, 2);
  EXPECT_EQ(commit(store_, series_, kMarch, {first, second}).conflicts.size(), 1440U);
  EXPECT_TRUE(same(read(store_, series_, day), first.rows));
  EXPECT_EQ(commit(store_, series_, kMarch, {second, first}, Precedence::addition).conflicts.size(), 1440U);
  EXPECT_TRUE(same(read(store_, series_, day), second.rows));
}

TEST_F(StoreTest, AFilesRowsAndAnOutageThatRestConfirmsAreOneCommit) {
  const Month march = month_of(at("2024-03-01"));
  const TimeRange all = range("2024-03-01", "2024-04-01");
  const TimeRange outage = range("2024-03-10T05:00:00", "2024-03-10T09:00:00");
  for (const Interval interval : {Interval{Interval::HOUR_1}, Interval{Interval::MINUTE_15}}) {
    Addition file = full(Origin::monthly, all, interval);
    Candles rows;
    for (std::size_t row = 0; row < file.rows.size(); ++row) {
      if (!outage.contains(from_ms(file.rows.open_time[row]))) rows.push_back(file.rows, row);
    }
    file.rows = rows;
    const Addition rest = answer(Origin::rest, outage, {});
    const Series together = series_of(interval, "TOGETHER");
    const Series apart = series_of(interval, "APART");
    const CommitResult result = commit(store_, together, march, {file, rest});
    EXPECT_EQ(result.rows_added, static_cast<std::int64_t>(rows.size()));
    EXPECT_TRUE(result.wrote);
    (void)commit(store_, apart, march, {file});
    (void)commit(store_, apart, march, {rest});
    EXPECT_TRUE(same(read(store_, together, all), rows));
    EXPECT_EQ(store_.snapshot(together, all).coverage(march), store_.snapshot(apart, all).coverage(march));
    EXPECT_EQ(known(store_, together, all, kRest).holes.size(), 1U);
    EXPECT_EQ(known(store_, together, all).holes.size(), 2U);
  }
}

TEST_F(StoreTest, RowsThatNothingProvesGoWhereRestHasNoneAlsoInOneCommit) {
  const TimeRange all = range("2024-03-01", "2024-04-01");
  Addition file = full(Origin::monthly, all, kMinute);
  file.trust = Trust::unverified;
  const Addition rest = answer(Origin::rest, range("2024-03-10T05:00:00", "2024-03-10T09:00:00"), {});
  EXPECT_EQ(commit(store_, series_, kMarch, {file, rest}).conflicts.size(), 240U);
  EXPECT_EQ(read(store_, series_, all, kAnyTrust).size(), file.rows.size() - 240);
}

TEST_F(StoreTest, OnlyThePartOfTheMonthIsTaken) {
  const TimeRange over = range("2024-03-31T23:00:00", "2024-04-01T01:00:00");
  const Addition addition = full(Origin::rest, over, kMinute);
  commit(store_, series_, kMarch, {addition});
  EXPECT_EQ(known(store_, series_, over).present, RangeSet{range("2024-03-31T23:00:00", "2024-04-01")});
  commit(store_, series_, 2024y / 4, {addition});
  EXPECT_TRUE(same(read(store_, series_, over), addition.rows));
  EXPECT_EQ(store_.snapshot(series_, over).months().size(), 2U);
}

TEST_F(StoreTest, UnverifiedRowsAreServedOnlyToWhoTakesThem) {
  const TimeRange day = range("2024-03-15", "2024-03-16");
  Addition addition = full(Origin::daily, day, kMinute);
  addition.trust = Trust::unverified;
  commit(store_, series_, kMarch, {addition});
  EXPECT_TRUE(known(store_, series_, day).present.empty());
  EXPECT_TRUE(read(store_, series_, day).empty());
  EXPECT_EQ(known(store_, series_, day, kAnyTrust).unverified, RangeSet{day});
  EXPECT_EQ(read(store_, series_, day, kAnyTrust).size(), 1440U);
}

TEST_F(StoreTest, ALeaseWaitsForWhoeverHoldsItUntilItIsStopped) {
  std::stop_source stop;
  auto held = std::make_unique<Lease>(store_.lease(series_, {kMarch}, {.stop = stop.get_token()}));
  EXPECT_FALSE(held->waited());
  EXPECT_FALSE(store_.lease(series_, {2024y / 4}, {.stop = stop.get_token()}).waited());
  stop.request_stop();
  EXPECT_THROW(static_cast<void>(store_.lease(series_, {kMarch}, {.stop = stop.get_token()})), Cancelled);
  held.reset();
  EXPECT_FALSE(store_.lease(series_, {kMarch}, {.stop = stop.get_token()}).waited());
}

TEST_F(StoreTest, ACandleOf3dReachesIntoTheNextMonth) {
  const Interval three = Interval::DAY_3;
  const Series series = series_of(three);
  // Two monthly files: the second one does not have the candle that covers its first day.
  commit(store_, series, kMarch,
         {answer(Origin::monthly, range("2024-03-01", "2024-04-01"),
                 candles_in(range("2024-03-03", "2024-04-01"), three))});
  commit(store_, series, 2024y / 4,
         {answer(Origin::monthly, range("2024-04-01", "2024-05-01"),
                 candles_in(range("2024-04-02", "2024-05-01"), three))});
  const TimeRange april = range("2024-04-01", "2024-05-01");
  Snapshot snapshot = store_.snapshot(series, april);
  EXPECT_EQ(snapshot.months().size(), 2U);
  EXPECT_TRUE(snapshot.known(kAny).present.contains(april));
  EXPECT_TRUE(snapshot.known(kArchive).archive.contains(april));
  EXPECT_EQ(read(store_, series, april).size(), 10U);
}

}  // namespace
}  // namespace klinekeep::store
