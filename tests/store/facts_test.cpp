#include "store/facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

SeriesFacts all_facts() {
  return {.before_first = NoCandles{{from_ms(1000), from_ms(2000)}, from_ms(9000), true},
          .after_last = NoCandles{{from_ms(3000), from_ms(4000)}, from_ms(8000), false},
          .daily_files = ListedFiles{from_ms(1500), from_ms(3500), from_ms(7000)},
          .monthly_files = ListedFiles{kEndOfTime, std::nullopt, from_ms(6000)}};
}

const Series kSeries{MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::MINUTE_1};

std::optional<SeriesFacts> parse_facts(std::string_view text) { return store::parse_facts(text, kSeries); }
std::string to_json(const SeriesFacts& facts) { return store::to_json(facts, kSeries); }

/// `text`, an object, with what says whose facts they are.
std::string of_the_series(std::string text) {
  return text.replace(0, 1,
                      R"({"upstream":"binance","kind":"klines","market":"spot","symbol":"BTCUSDT","interval":"1m",)");
}

TEST(Facts, AreWrittenAsTheDocumentSays) {
  EXPECT_EQ(to_json(all_facts()),
            R"({"daily_files":{"asked":7000,"first":1500,"last":3500},)"
            R"("first_candle":{"asked":9000,"from":1000,"open":2000,"weak":true},"format":2,)"
            R"("interval":"1m","kind":"klines",)"
            R"("last_candle":{"asked":8000,"before":3000,"until":4000,"weak":false},"market":"spot",)"
            R"("monthly_files":{"asked":6000,"first":253402214400000},"symbol":"BTCUSDT","upstream":"binance"})"
            "\n");
}

TEST(Facts, OfAnotherSeriesAreNone) {
  const std::string text = to_json(all_facts());
  for (const Series& other :
       {Series{MarketType::FUTURES_USDT, kSeries.symbol, kSeries.interval},
        Series{MarketType::SPOT, Symbol{"ETHUSDT"}, kSeries.interval},
        Series{MarketType::SPOT, kSeries.symbol, Interval::HOUR_1},
        Series{MarketType::SPOT, kSeries.symbol, kSeries.interval, Kind::mark_price_klines},
        Series{MarketType::SPOT, kSeries.symbol, kSeries.interval, Kind::klines, Upstream{"us"}}}) {
    EXPECT_EQ(store::parse_facts(text, other), std::nullopt);
    EXPECT_EQ(store::parse_facts(store::to_json(all_facts(), other), other), all_facts());
  }
  EXPECT_EQ(parse_facts(R"({"format":2})"), std::nullopt) << "of whom?";
}

TEST(Facts, AreReadAsTheyWereWritten) {
  const SeriesFacts all = all_facts();
  EXPECT_EQ(parse_facts(to_json(all)), all);
  EXPECT_EQ(parse_facts(to_json(SeriesFacts{})), SeriesFacts{});
  for (const auto forget :
       {+[](SeriesFacts& it) { it.before_first.reset(); }, +[](SeriesFacts& it) { it.after_last.reset(); },
        +[](SeriesFacts& it) { it.daily_files.reset(); }, +[](SeriesFacts& it) { it.monthly_files.reset(); },
        +[](SeriesFacts& it) { it.daily_files->last.reset(); }}) {
    SeriesFacts some = all;
    forget(some);
    EXPECT_NE(some, all);
    EXPECT_EQ(parse_facts(to_json(some)), some);
  }
}

TEST(Facts, MayHaveEmptyRangesAndMembersThatNobodyKnows) {
  const auto facts = parse_facts(of_the_series(
      R"({"format":2,"more":1,"first_candle":{"from":-1000,"open":-1000,"asked":0,"weak":false,"more":[]}})"));
  ASSERT_TRUE(facts && facts->before_first);
  EXPECT_EQ(*facts->before_first, (NoCandles{{from_ms(-1000), from_ms(-1000)}, from_ms(0), false}));
}

TEST(Facts, ThatAreRubbishAnywhereAreNothingKnown) {
  for (const char* text : {
           "",
           "{",
           "[]",
           "null",
           "2",
           R"({"first_candle":{"open":2,"from":1,"asked":3,"weak":false}})",
           R"({"format":"2"})",
           R"({"format":3})",
           R"({"format":1})",
           R"({"format":1,"first_candle":1502942400000,"first_candle_stated":false,"learnt_at":1717243200000})",
           R"({"format":2,"first_candle":1502942400000})",
           R"({"format":2,"first_candle":null})",
           R"({"format":2,"first_candle":[]})",
           R"({"format":2,"first_candle":{}})",
           R"({"format":2,"first_candle":{"from":1,"asked":3,"weak":false}})",
           R"({"format":2,"first_candle":{"open":2,"asked":3,"weak":false}})",
           R"({"format":2,"first_candle":{"open":2,"from":1,"weak":false}})",
           R"({"format":2,"first_candle":{"open":2,"from":1,"asked":3}})",
           R"({"format":2,"first_candle":{"open":2,"from":1,"asked":3,"weak":0}})",
           R"({"format":2,"first_candle":{"open":2,"from":1,"asked":3.0,"weak":false}})",
           R"({"format":2,"first_candle":{"open":2,"from":1,"asked":"3","weak":false}})",
           R"({"format":2,"first_candle":{"open":2,"from":3,"asked":3,"weak":false}})",
           R"({"format":2,"first_candle":{"open":253402214400001,"from":1,"asked":3,"weak":false}})",
           R"({"format":2,"first_candle":{"open":2,"from":-62167219200001,"asked":3,"weak":false}})",
           R"({"format":2,"first_candle":{"open":2,"from":1,"asked":18446744073709551615,"weak":false}})",
           R"({"format":2,"last_candle":{"before":2,"until":1,"asked":3,"weak":false}})",
           R"({"format":2,"last_candle":{"open":2,"from":1,"asked":3,"weak":false}})",
           R"({"format":2,"daily_files":[]})",
           R"({"format":2,"daily_files":{"first":1}})",
           R"({"format":2,"daily_files":{"asked":1}})",
           R"({"format":2,"daily_files":{"first":1,"last":null,"asked":1}})",
           R"({"format":2,"daily_files":{"first":2,"last":1,"asked":1}})",
           R"({"format":2,"monthly_files":{"first":true,"asked":1}})",
           R"({"format":2,"daily_files":{"first":1,"asked":1},"monthly_files":7})",
       }) {
    EXPECT_EQ(parse_facts(text), std::nullopt) << text;
    const std::string_view said = text;
    if (said.starts_with("{\"")) {
      EXPECT_EQ(parse_facts(of_the_series(text)), std::nullopt) << text;
    }
  }
}

class FactsTest : public testing::Test {
 protected:
  /// Whether the file is another one afterwards.
  bool change(const std::function<SeriesFacts(SeriesFacts)>& by) {
    const auto before = real_files()->stat(path_);
    store_.change_facts(series_, by);
    const auto after = real_files()->stat(path_);
    return before.has_value() != after.has_value() || (before && !before->same_content(*after));
  }

  TemporaryFolder folder_;
  Store store_{folder_.path()};
  Series series_ = series_of(Interval::MINUTE_1);
  std::filesystem::path path_ = folder_.path() / "spot/data/BTCUSDT/1m/series.json";
};

TEST_F(FactsTest, AreChangedFromWhatTheyWere) {
  EXPECT_EQ(store_.facts(series_), SeriesFacts{});
  EXPECT_TRUE(change([](SeriesFacts facts) {
    facts.before_first = all_facts().before_first;
    return facts;
  }));
  EXPECT_TRUE(change([](SeriesFacts facts) {
    facts.daily_files = all_facts().daily_files;
    return facts;
  }));
  SeriesFacts both;
  both.before_first = all_facts().before_first;
  both.daily_files = all_facts().daily_files;
  EXPECT_EQ(store_.facts(series_), both);
  EXPECT_EQ(bytes_of(path_), to_json(both));
}

TEST_F(FactsTest, ThatDoNotChangeAreNotWritten) {
  EXPECT_TRUE(change([](const SeriesFacts&) { return all_facts(); }));
  EXPECT_FALSE(change([](SeriesFacts facts) { return facts; }));
  EXPECT_FALSE(change([](const SeriesFacts&) { return all_facts(); }));
}

TEST_F(FactsTest, OfASymbolThatThereIsNotLeaveNoFolder) {
  store_.change_facts(series_, [](SeriesFacts facts) { return facts; });
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "spot"));
}

TEST_F(FactsTest, ThatAreAllForgottenLeaveNoFile) {
  EXPECT_TRUE(change([](const SeriesFacts&) { return all_facts(); }));
  EXPECT_TRUE(change([](const SeriesFacts&) { return SeriesFacts{}; }));
  EXPECT_THAT(files_below(folder_.path()), IsEmpty());
  EXPECT_EQ(store_.facts(series_), SeriesFacts{});
}

TEST_F(FactsTest, ThatCannotBeReadAreOverwritten) {
  for (const char* text :
       {"", "{", R"({"format":1,"first_candle":1502942400000})", R"({"format":2,"daily_files":0})"}) {
    put(path_, text);
    EXPECT_EQ(store_.facts(series_), SeriesFacts{}) << text;
    store_.change_facts(series_, [&](const SeriesFacts& facts) {
      EXPECT_EQ(facts, SeriesFacts{}) << text;
      return all_facts();
    });
    EXPECT_EQ(store_.facts(series_), all_facts()) << text;
  }
}

TEST_F(FactsTest, OfANewerFormatAreLeftAlone) {
  const std::string newer = R"({"format": 3, "first_candle": {"seconds": 1}})";
  put(path_, newer);
  EXPECT_EQ(store_.facts(series_), SeriesFacts{});
  store_.change_facts(series_, [](const SeriesFacts&) -> SeriesFacts {
    ADD_FAILURE() << "there is nothing to change";
    return all_facts();
  });
  EXPECT_EQ(bytes_of(path_), newer);
}

TEST_F(FactsTest, ThatAnotherLearntMeanwhileAreKept) {
  const Store other{folder_.path()};
  int calls = 0;
  store_.change_facts(series_, [&](SeriesFacts facts) {
    if (++calls == 1) {
      other.change_facts(series_, [](SeriesFacts its) {
        its.after_last = all_facts().after_last;
        return its;
      });
    }
    facts.before_first = all_facts().before_first;
    return facts;
  });
  SeriesFacts both;
  both.before_first = all_facts().before_first;
  both.after_last = all_facts().after_last;
  EXPECT_EQ(store_.facts(series_), both);
  EXPECT_THAT(files_below(folder_.path()), ElementsAre("spot/data/BTCUSDT/1m/series.json"));
}

}  // namespace
}  // namespace klinekeep::store
