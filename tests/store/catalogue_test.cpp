#include "store/catalogue.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/times.hpp"

namespace klinekeep::store {
namespace {

Catalogue some() {
  CatalogueEntry full;
  full.size = 12'345;
  full.modified_ns = 1'717'243'200'123'456'789;
  full.inode = std::numeric_limits<std::uint64_t>::max();
  full.rows = 744;
  full.first = at("2024-03-01");
  full.last = at("2024-03-31T23:00:00");
  full.covered = {range("2024-03-01", "2024-03-10"), range("2024-03-11", "2024-04-01")};
  full.begin = at("2024-03-01");
  full.end = at("2024-04-01");
  CatalogueEntry empty;  // as one that says nothing
  empty.size = 1;
  return {{"BTCUSDT/1h/202403.arrow", full}, {"币安人生USDT/1mo/202403.tail.arrow", empty}};
}

const Market kSpot{{}, MarketType::SPOT};

std::string to_json(const Catalogue& catalogue) { return store::to_json(catalogue, kSpot); }
Catalogue parse_catalogue(std::string_view text) { return store::parse_catalogue(text, kSpot); }

TEST(Catalogue, OfAnotherMarketIsNone) {
  for (const Market& other : {Market{Upstream{"us"}, MarketType::SPOT}, Market{{}, MarketType::FUTURES_USDT}}) {
    EXPECT_TRUE(store::parse_catalogue(to_json(some()), other).empty());
    EXPECT_EQ(store::parse_catalogue(store::to_json(some(), other), other), some());
  }
}

TEST(Catalogue, IsReadAsItWasWritten) {
  EXPECT_EQ(parse_catalogue(to_json(some())), some());
  EXPECT_EQ(parse_catalogue(to_json(Catalogue{})), Catalogue{});
  EXPECT_EQ(to_json(parse_catalogue(to_json(some()))), to_json(some()));
}

TEST(Catalogue, IsJsonAsTheDocumentHasIt) {
  const auto json = nlohmann::json::parse(to_json(some()));
  EXPECT_EQ(json["format"], 1);
  ASSERT_EQ(json["partitions"].size(), 2U);
  const auto& first = json["partitions"][0];
  EXPECT_EQ(first["path"], "BTCUSDT/1h/202403.arrow");
  EXPECT_EQ(first["first"], to_ms(at("2024-03-01")));
  EXPECT_EQ(first["covered"][1][0], to_ms(at("2024-03-11")));
  EXPECT_FALSE(json["partitions"][1].contains("first"));
  EXPECT_EQ(parse_catalogue(json.dump()), some()) << "whatever the order of the fields";
}

TEST(Catalogue, WithFieldsThatNobodyKnowsIsReadAllTheSame) {
  auto json = nlohmann::json::parse(to_json(some()));
  json["note"] = "text";
  json["partitions"][0]["note"] = nullptr;
  json["partitions"][0]["more"] = 1.5;
  EXPECT_EQ(parse_catalogue(json.dump()), some());
}

TEST(Catalogue, ThatIsRubbishIsEmpty) {
  const auto json = nlohmann::json::parse(to_json(some()));
  const auto spoilt = [&](const auto& spoil) {
    auto copy = json;
    spoil(copy);
    return parse_catalogue(copy.dump());
  };
  EXPECT_TRUE(spoilt([](auto& it) { it["format"] = 2; }).empty());
  EXPECT_TRUE(spoilt([](auto& it) { it.erase("format"); }).empty());
  EXPECT_TRUE(spoilt([](auto& it) { it["partitions"] = 7; }).empty());
  EXPECT_TRUE(spoilt([](auto& it) { it["partitions"][0] = 7; }).empty());
  for (const char* const field : {"path", "size", "mtime_ns", "inode", "rows", "begin", "end", "covered"}) {
    EXPECT_TRUE(spoilt([&](auto& it) { it["partitions"][1].erase(field); }).empty()) << field;
    EXPECT_TRUE(spoilt([&](auto& it) { it["partitions"][0][field] = 1.5; }).empty()) << field;
    EXPECT_TRUE(spoilt([&](auto& it) { it["partitions"][0][field] = nlohmann::json::object(); }).empty()) << field;
  }
  EXPECT_TRUE(spoilt([](auto& it) { it["partitions"][0]["covered"][0] = {1}; }).empty());
  EXPECT_TRUE(spoilt([](auto& it) { it["partitions"][0]["first"] = "2024"; }).empty());
  const std::string text = to_json(some());
  for (std::size_t length = 0; length + 2 < text.size(); ++length) {
    EXPECT_TRUE(parse_catalogue(text.substr(0, length)).empty()) << length;
  }
  for (const char* const other : {"[]", "7", "\"x\"", "[[[[1]]]]", "{\"partitions\":[[1]]}", "null"}) {
    EXPECT_TRUE(parse_catalogue(other).empty()) << other;
  }
}

}  // namespace
}  // namespace klinekeep::store
