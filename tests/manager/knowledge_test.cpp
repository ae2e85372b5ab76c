// What the cache knows as a ledger, and what a ledger has learnt as facts: C12 of the contract.
#include "manager/knowledge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/times.hpp"

namespace klinekeep::manager {
namespace {

using planner::Granularity;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using store::NoCandles;
using store::SeriesFacts;

const Timestamp kAsked = at("2024-06-01T12:00:00");
const TimeRange kBefore{Timestamp{}, at("2024-03-05")};
const TimeRange kAfter = range("2024-05-01", "2024-06-01T12:00:00");

planner::Wanted request(MarketType market = MarketType::SPOT) {
  return {{market, Symbol{market == MarketType::FUTURES_COIN ? "BTCUSD_PERP" : "BTCUSDT"}, Interval::HOUR_1},
          range("2024-03-01", "2024-06-01")};
}

planner::Ledger ledger_of(const SeriesFacts& facts, Timestamp now, DataSource source = DataSource::AUTO,
                          MarketType market = MarketType::SPOT) {
  planner::Ledger ledger;
  add_facts(ledger, facts, request(market), {.source = source}, now);
  return ledger;
}

SeriesFacts first_of(bool weak = false) {
  SeriesFacts facts;
  facts.before_first = NoCandles{kBefore, kAsked, weak};
  return facts;
}
SeriesFacts last_of(bool weak = false) {
  SeriesFacts facts;
  facts.after_last = NoCandles{kAfter, kAsked, weak};
  return facts;
}
SeriesFacts files_of(const std::string& first) {
  SeriesFacts facts;
  facts.daily_files = store::ListedFiles{at(first), std::nullopt, kAsked};
  return facts;
}

TEST(AddFacts, TheFirstCandleIsDueAfterSevenDaysAndAWeakOneAfterAnHour) {
  struct Row {
    bool weak;
    Duration age;
    bool due;
  };
  for (const Row& row : {Row{false, hours{0}, false}, Row{false, days{7} - seconds{1}, false},
                         Row{false, days{7}, true}, Row{true, hours{1} - seconds{1}, false}, Row{true, hours{1}, true},
                         // It was asked at a time that has not come yet, by a clock that was wrong.
                         Row{false, -days{2}, true}}) {
    const planner::Ledger ledger = ledger_of(first_of(row.weak), kAsked + row.age);
    ASSERT_TRUE(ledger.first);
    EXPECT_EQ(ledger.first->range, kBefore);
    EXPECT_EQ(ledger.first->asked_at, kAsked);
    EXPECT_EQ(ledger.first->weak, row.weak);
    EXPECT_EQ(!ledger.first->due.empty(), row.due) << row.weak << ' ' << row.age.count();
  }
}

TEST(AddFacts, WhoMayNotAskRestDoubtsNothingOfIt) {
  for (const DataSource source : {DataSource::CACHE, DataSource::VISION}) {
    EXPECT_TRUE(ledger_of(first_of(), kAsked + days{100}, source).first->due.empty());
    EXPECT_TRUE(ledger_of(last_of(), kAsked + days{100}, source).last->due.empty());
  }
}

TEST(AddFacts, OfCoinMWhatIsDueBeforeTheFirstCandleIsAskedAgainWindowByWindow) {
  const auto young = ledger_of(first_of(), kAsked + days{1}, DataSource::REST, MarketType::FUTURES_COIN);
  EXPECT_TRUE(young.first);
  EXPECT_TRUE(young.rest_doubts.empty());
  const auto due = ledger_of(first_of(), kAsked + days{7}, DataSource::REST, MarketType::FUTURES_COIN);
  EXPECT_FALSE(due.first);
  EXPECT_EQ(due.rest_doubts, RangeSet{kBefore});
}

TEST(AddFacts, AfterTheLastCandleWhatIsYoungIsDueAfterAnHour) {
  EXPECT_TRUE(ledger_of(last_of(), kAsked + hours{1} - seconds{1}).last->due.empty());
  EXPECT_EQ(ledger_of(last_of(), kAsked + hours{1}).last->due, range("2024-05-31T01:00:00", "2024-06-01T12:00:00"));
  EXPECT_TRUE(ledger_of(last_of(), kAsked + days{3}).last->due.empty()) << "nothing of it is young any more";
  EXPECT_EQ(ledger_of(last_of(), kAsked + days{7}).last->due, kAfter);
}

TEST(AddFacts, TheFirstListedFileIsDueAfterSevenDays) {
  const planner::Ledger young = ledger_of(files_of("2024-03-04"), kAsked + days{7} - seconds{1});
  EXPECT_TRUE(young.of(Granularity::daily).first_known);
  EXPECT_EQ(young.of(Granularity::daily).exists.begin()->first, at("2024-03-04"));
  EXPECT_TRUE(young.of(Granularity::daily).was_there);
  const planner::Ledger due = ledger_of(files_of("2024-03-04"), kAsked + days{7});
  EXPECT_FALSE(due.of(Granularity::daily).first_known);
  EXPECT_EQ(due.of(Granularity::daily).first_remembered, at("2024-03-04"));
  EXPECT_TRUE(due.of(Granularity::daily).was_there) << "which an empty listing would contradict";
  for (const DataSource source : {DataSource::CACHE, DataSource::REST}) {
    EXPECT_TRUE(ledger_of(files_of("2024-03-04"), kAsked + days{70}, source).of(Granularity::daily).first_known);
  }
}

SeriesFacts after(const planner::Ledger& ledger, const SeriesFacts& before = {}, const SeriesFacts& kept = {}) {
  return facts_after(request(), planner::Policy{.source = DataSource::REST}, ledger, before, kept);
}

TEST(FactsAfter, KeepWhenTheyWereAskedInWholeSeconds) {
  planner::Ledger ledger;
  ledger.first = planner::NoCandles{kBefore, kAsked + milliseconds{750}, true, {}};
  ledger.last = planner::NoCandles{kAfter, kAsked + milliseconds{999}, false, {}};
  ledger.present.add(range("2024-03-05", "2024-05-01"));
  planner::FileLedger& daily = ledger.of(Granularity::daily);
  daily.listed_at = kAsked + milliseconds{1};
  daily.exists[at("2024-03-04")] = {};
  daily.exists[at("2024-03-09")] = {};
  daily.listed.add({kBeginOfTime, at("2024-03-10")});
  const SeriesFacts facts = after(ledger);
  EXPECT_EQ(facts.before_first, (NoCandles{kBefore, kAsked, true}));
  EXPECT_EQ(facts.after_last, (NoCandles{kAfter, kAsked, false}));
  EXPECT_EQ(facts.daily_files, (store::ListedFiles{at("2024-03-04"), std::nullopt, kAsked}))
      << "of a listing that was not read to its end the last file is not known";
  EXPECT_EQ(facts.monthly_files, std::nullopt);
  daily.listed.add({kBeginOfTime, kEndOfTime});
  EXPECT_EQ(after(ledger).daily_files->last, at("2024-03-09"));
}

TEST(FactsAfter, KeepThatThereIsNoFileYetAndNeverThatThereWillBeNoCandle) {
  planner::Ledger ledger;
  ledger.first = planner::NoCandles{{Timestamp{}, kEndOfTime}, kAsked, false, {}};
  ledger.of(Granularity::daily).listed_at = kAsked;
  ledger.of(Granularity::daily).first_known = true;
  ledger.of(Granularity::daily).listed.add({kBeginOfTime, kEndOfTime});
  const SeriesFacts facts = after(ledger);
  EXPECT_FALSE(facts.before_first);
  EXPECT_EQ(facts.daily_files, (store::ListedFiles{kEndOfTime, {}, kAsked}));
  EXPECT_FALSE(facts.monthly_files);
}

TEST(FactsAfter, WhatHasBeenDisprovedGoes) {
  SeriesFacts both = first_of();
  both.after_last = last_of().after_last;
  EXPECT_EQ(after(planner::Ledger{}, both, both), SeriesFacts{}) << "the ledger has let go of them";
  planner::Ledger ledger = ledger_of(both, kAsked);
  EXPECT_EQ(after(ledger, both, both), both);
  ledger.present.add(range("2024-03-05", "2024-05-01"));
  EXPECT_EQ(after(ledger, both, both), both) << "candles right behind the one and before the other";
  planner::Ledger early = ledger;
  early.present.add(range("2024-03-04T23:00:00", "2024-03-05"));
  EXPECT_EQ(after(early, both, both), last_of());
  planner::Ledger late = ledger;
  late.present.add(range("2024-05-01", "2024-05-01T01:00:00"));
  EXPECT_EQ(after(late, both, both), first_of());
}

TEST(FactsAfter, WhatOthersHaveLearntMeanwhileStays) {
  const SeriesFacts theirs = first_of();
  EXPECT_EQ(after(planner::Ledger{}, {}, theirs), theirs);
}

}  // namespace
}  // namespace klinekeep::manager
