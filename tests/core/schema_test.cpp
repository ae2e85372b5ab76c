#include "klinekeep/schema.hpp"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "core/candles.hpp"
#include "klinekeep/report.hpp"

namespace klinekeep {
namespace {

TEST(Schema, IsTheOneThatIsPromised) {
  const std::array<std::pair<std::string_view, ColumnType>, 11> promised{
      {{"open_time", ColumnType::timestamp_ms},
       {"open", ColumnType::float64},
       {"high", ColumnType::float64},
       {"low", ColumnType::float64},
       {"close", ColumnType::float64},
       {"volume", ColumnType::float64},
       {"close_time", ColumnType::int64},
       {"quote_volume", ColumnType::float64},
       {"trades", ColumnType::int64},
       {"taker_buy_volume", ColumnType::float64},
       {"taker_buy_quote_volume", ColumnType::float64}}};
  for (std::size_t i = 0; i < promised.size(); ++i) {
    EXPECT_EQ(kSchema[i].name, promised[i].first);
    EXPECT_EQ(kSchema[i].type, promised[i].second) << promised[i].first;
    EXPECT_FALSE(kSchema[i].meaning.empty()) << promised[i].first;
  }
}

TEST(Schema, FindsAColumnByItsName) {
  for (std::size_t i = 0; i < kSchema.size(); ++i) EXPECT_EQ(column_index(kSchema[i].name), i);
  for (const char* name : {"", "Open", "open_time ", "count", "ignore"}) EXPECT_FALSE(column_index(name)) << name;
}

TEST(Schema, IsTheOrderAndTypeOfTheColumnsInMemory) {
  Candles candles;
  std::size_t index = 0;
  std::apply(
      [&](auto&... column) {
        const auto check = [&](auto& each) {
          const bool is_float = std::is_same_v<std::decay_t<decltype(each[0])>, double>;
          EXPECT_EQ(is_float, kSchema[index].type == ColumnType::float64) << kSchema[index].name;
          each.resize(index);  // so that each has a size of its own
          ++index;
        };
        (check(column), ...);
      },
      candles.columns());
  EXPECT_EQ(candles.open_time.size(), *column_index("open_time"));
  EXPECT_EQ(candles.open.size(), *column_index("open"));
  EXPECT_EQ(candles.high.size(), *column_index("high"));
  EXPECT_EQ(candles.low.size(), *column_index("low"));
  EXPECT_EQ(candles.close.size(), *column_index("close"));
  EXPECT_EQ(candles.volume.size(), *column_index("volume"));
  EXPECT_EQ(candles.close_time.size(), *column_index("close_time"));
  EXPECT_EQ(candles.quote_volume.size(), *column_index("quote_volume"));
  EXPECT_EQ(candles.trades.size(), *column_index("trades"));
  EXPECT_EQ(candles.taker_buy_volume.size(), *column_index("taker_buy_volume"));
  EXPECT_EQ(candles.taker_buy_quote_volume.size(), *column_index("taker_buy_quote_volume"));
}

TEST(Report, CountsEveryTrustFromNothing) {
  const Report report;
  for (const Trust trust : {Trust::verified, Trust::etag, Trust::unverified}) {
    EXPECT_EQ(report.parts_by_trust.at(std::string{name(trust)}), 0);
  }
  EXPECT_EQ(report.parts_by_trust.size(), 3U);
}

}  // namespace
}  // namespace klinekeep
