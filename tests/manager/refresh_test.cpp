#include "manager/refresh.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "core/candle_maker.hpp"
#include "core/times.hpp"
#include "planner/period.hpp"

namespace klinekeep::manager {
namespace {

using planner::Granularity;
using store::Origin;
using testing::ElementsAre;
using testing::IsEmpty;

const Timestamp kAsked = at("2024-06-01T12:00:00");
const std::string kOld(32, 'a');
const std::string kNew(32, 'b');

Series series_of(Interval interval = Interval::HOUR_1) { return {MarketType::SPOT, Symbol{"BTCUSDT"}, interval}; }

store::Answered answered(Origin origin, const TimeRange& range, Trust trust = Trust::verified) {
  return {origin, trust, range, kAsked};
}

UsedFile used(const std::string& name, const std::string& etag = kOld) {
  return {name, Trust::verified, std::string(64, '0'), etag, kAsked};
}

KeptFile day(const std::string& date, const std::string& etag = kOld) {
  const Timestamp period = at(date);
  return {"BTCUSDT-1h-" + date + ".zip",
          Granularity::daily,
          period,
          etag,
          kAsked,
          Trust::verified,
          RangeSet{{period, period + std::chrono::days{1}}}};
}

KeptFile month(const std::string& date) {
  return {"BTCUSDT-1h-" + date.substr(0, 7) + ".zip",
          Granularity::monthly,
          at(date),
          kOld,
          kAsked,
          Trust::verified,
          RangeSet{planner::period_range(Granularity::monthly, at(date))}};
}

/// A bucket that lists these; remembers what was asked.
class Bucket {
 public:
  void has(Granularity granularity, const std::string& date, const std::string& etag,
           const std::string& modified = "2024-03-20") {
    zips_[granularity].push_back({at(date), etag, at(modified)});
  }
  ChangedFiles changed_of(const std::vector<KeptFile>& kept) {
    return changed_since(kept,
                         [&](Granularity granularity, std::optional<Timestamp> after,
                             Timestamp until) -> tl::expected<planner::Listed, sources::StepResult> {
                           asked.push_back((granularity == Granularity::daily ? "daily " : "monthly ") +
                                           text_of(TimeRange{after.value(), until}));
                           if (fails) {
                             sources::StepResult result;
                             result.answer = planner::Failed{Cause::rate_limited, "HTTP 429"};
                             return tl::unexpected(result);
                           }
                           return planner::Listed{.files = zips_[granularity], .complete = true, .asked_at = kAsked};
                         });
  }
  std::vector<std::string> asked;
  bool fails = false;

 private:
  std::map<Granularity, std::vector<planner::ListedFile>> zips_;
};

TEST(KeptFiles, AreThoseWhoseRowsAreTheBestThatThereAre) {
  store::Coverage coverage;
  coverage.answered = {answered(Origin::daily, range("2024-03-01", "2024-03-03")),
                       answered(Origin::monthly, range("2024-03-01", "2024-04-01"))};
  coverage.files = {used("BTCUSDT-1h-2024-03-01.zip"), used("BTCUSDT-1h-2024-03-02.zip"),
                    used("BTCUSDT-1h-2024-03.zip"),    used("BTCUSDT-1h-2024-03-09.zip"),
                    used("ETHUSDT-1h-2024-03-01.zip"), used("rubbish")};
  const auto kept = kept_files(coverage, series_of());
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[0], day("2024-03-01"));
  EXPECT_EQ(kept[1], day("2024-03-02"));
  EXPECT_EQ(kept[2].slots, RangeSet{range("2024-03-03", "2024-04-01")}) << "proven daily rows stand before a month's";
  coverage.answered[0].range.end = at("2024-04-01");
  EXPECT_EQ(kept_files(coverage, series_of()).size(), 3U) << "two days more, and the month gone";
}

TEST(KeptFiles, OfWeeksAreThoseThatOpenInTheMonth) {
  store::Coverage coverage;
  coverage.answered = {answered(Origin::monthly, range("2024-03-01", "2024-04-01"))};
  coverage.files = {used("BTCUSDT-1w-2024-03.zip")};
  const auto kept = kept_files(coverage, series_of(Interval::WEEK_1));
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].slots, RangeSet{range("2024-03-04", "2024-04-01")});
}

TEST(ChangedSince, AreFilesWithAnotherETag) {
  Bucket bucket;
  bucket.has(Granularity::daily, "2024-03-14", kOld);
  bucket.has(Granularity::daily, "2024-03-15", kNew);
  bucket.has(Granularity::daily, "2024-03-16", kOld, "2030-01-01");
  const auto changed = bucket.changed_of({day("2024-03-16"), day("2024-03-14"), day("2024-03-15")});
  EXPECT_THAT(changed.names, ElementsAre("BTCUSDT-1h-2024-03-15.zip"));
  EXPECT_EQ(changed.slots, RangeSet{range("2024-03-15", "2024-03-16")});
  EXPECT_THAT(changed.unknown, IsEmpty());
  EXPECT_THAT(changed.gone, IsEmpty());
  EXPECT_THAT(bucket.asked, ElementsAre("daily " + text_of(range("2024-03-13", "2024-03-16")))) << "one listing";
}

TEST(ChangedSince, AreNewerFilesWhereAnETagIsNotKnown) {
  Bucket bucket;
  bucket.has(Granularity::daily, "2024-03-14", kNew, "2024-06-02");
  bucket.has(Granularity::daily, "2024-03-15", "", "2024-06-01T12:00:01");
  bucket.has(Granularity::daily, "2024-03-16", "", "2024-06-01T12:00:00");
  const auto changed = bucket.changed_of({day("2024-03-14", ""), day("2024-03-15"), day("2024-03-16")});
  EXPECT_THAT(changed.names, ElementsAre("BTCUSDT-1h-2024-03-14.zip", "BTCUSDT-1h-2024-03-15.zip"));
}

TEST(ChangedSince, NamesAFileThatIsThereTwiceOnce) {
  Bucket bucket;
  bucket.has(Granularity::daily, "2024-03-14", kNew);
  EXPECT_THAT(bucket.changed_of({day("2024-03-14", kNew), day("2024-03-14", kOld)}).names,
              ElementsAre("BTCUSDT-1h-2024-03-14.zip"))
      << "one of both is not what the archive has";
}

TEST(ChangedSince, AsksForEachGranularityAloneAndForNothingWhereNoneIsKept) {
  Bucket bucket;
  bucket.has(Granularity::daily, "2024-03-14", kOld);
  bucket.has(Granularity::monthly, "2024-01-01", kNew);
  const auto changed = bucket.changed_of({day("2024-03-14"), month("2024-01-01")});
  EXPECT_THAT(changed.names, ElementsAre("BTCUSDT-1h-2024-01.zip"));
  EXPECT_THAT(bucket.asked, ElementsAre("daily " + text_of(range("2024-03-13", "2024-03-14")),
                                        "monthly " + text_of(range("2023-12-01", "2024-01-01"))));
  EXPECT_THAT(bucket.changed_of({}).names, IsEmpty());
  EXPECT_EQ(bucket.asked.size(), 2U);
}

TEST(ChangedSince, TellsWhatIsListedNoMoreAndAsksForItNoMore) {
  Bucket bucket;
  const auto changed = bucket.changed_of({day("2024-03-14")});
  EXPECT_THAT(changed.gone, ElementsAre("BTCUSDT-1h-2024-03-14.zip"));
  EXPECT_TRUE(changed.slots.empty());
}

TEST(ChangedSince, NamesWhatIsUnknownWhereTheListingFails) {
  Bucket bucket;
  bucket.fails = true;
  const auto changed = bucket.changed_of({day("2024-03-14"), day("2024-03-15"), day("2024-03-20")});
  ASSERT_EQ(changed.unknown.size(), 2U);
  EXPECT_EQ(changed.unknown[0].range, range("2024-03-14", "2024-03-16"));
  EXPECT_EQ(changed.unknown[0].cause, Cause::rate_limited);
  EXPECT_EQ(changed.unknown[0].detail, "whether it has changed since could not be asked: HTTP 429");
}

store::RowChanges step(const Candles& before, const Candles& after) { return {before, after}; }

TEST(ChangedValues, AreThoseThatDifferBeforeTheFirstAndAfterTheLastChange) {
  const auto candle = [](double close) {
    Candles rows = candles_in(range("2024-03-15T07:00:00", "2024-03-15T08:00:00"), Interval::HOUR_1);
    rows.close[0] = close;
    rows.trades[0] = 5;
    return rows;
  };
  const Timestamp open = at("2024-03-15T07:00:00");
  EXPECT_THAT(changed_values({step(candle(1.5), candle(2.5))}), ElementsAre(ChangedValue{open, "close", 1.5, 2.5}));
  EXPECT_THAT(changed_values({step(candle(1.5), candle(2.5)), step(candle(2.5), candle(3.5))}),
              ElementsAre(ChangedValue{open, "close", 1.5, 3.5}));
  EXPECT_THAT(changed_values({step(candle(1.5), candle(2.5)), step(candle(2.5), candle(1.5))}), IsEmpty());
  EXPECT_THAT(changed_values({step(candle(1.5), {}), step({}, candle(2.5))}),
              ElementsAre(ChangedValue{open, "close", 1.5, 2.5}));
  const auto gone = changed_values({step(candle(1.5), {})});
  ASSERT_EQ(gone.size(), kSchema.size() - 1);
  EXPECT_EQ(gone[7], (ChangedValue{open, "trades", 5, std::nullopt}));
  EXPECT_THAT(opens_of(gone), ElementsAre(open));
}

}  // namespace
}  // namespace klinekeep::manager
