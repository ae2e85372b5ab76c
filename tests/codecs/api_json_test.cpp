#include "codecs/api_json.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "codecs/support.hpp"

namespace klinekeep::codecs {
namespace {

TEST(ApiError, ReadsTheRecordedOnes) {
  EXPECT_EQ(parse_api_error(read_data("rest/um/error_-1121.json")), (ApiError{-1121, "Invalid symbol."}));
  EXPECT_EQ(parse_api_error(read_data("rest/cm/error_-4088.json")),
            (ApiError{-4088, "Maximum time interval is 200 days."}));
}

TEST(ApiError, TakesAnyPrinting) {
  EXPECT_EQ(parse_api_error("{\n  \"code\": 0,\n  \"msg\": \"Service unavailable from a restricted location\"\n}\n"),
            (ApiError{0, "Service unavailable from a restricted location"}));
  EXPECT_EQ(parse_api_error(R"({"msg":"\u5e01 \"x\"","code":-1003,"more":[1,{"code":2}]})"),
            (ApiError{-1003, "币 \"x\""}));
  EXPECT_EQ(parse_api_error(R"({"code":-1})"), (ApiError{-1, ""}));
  EXPECT_EQ(parse_api_error(R"({"code":-1,"msg":null})"), (ApiError{-1, ""}));
}

TEST(ApiError, IsNoneForAnythingElse) {
  using namespace std::string_view_literals;
  for (const std::string_view body :
       {""sv, "{}"sv, "[]"sv, "null"sv, "-1121"sv, "<html><body>403 Forbidden</body></html>"sv, R"({"serverTime":1})"sv,
        R"({"code":"-1121","msg":"x"})"sv, R"({"code":-1121.5,"msg":"x"})"sv, R"({"code":99999999999,"msg":"x"})"sv,
        R"({"code":-1121,"msg":"x")"sv, R"({"code":-1121,"msg":"x"}})"sv, "\0"sv, R"([{"code":-1121}])"sv}) {
    EXPECT_FALSE(parse_api_error(body)) << body;
  }
  EXPECT_FALSE(parse_api_error(std::string(100'000, '[')));
  EXPECT_FALSE(parse_api_error(std::string_view{}));
}

/// By another reader: one field of each symbol of a recorded exchangeInfo; "" where it is missing.
std::vector<std::string> recorded(const std::string& path, const std::string& key) {
  std::vector<std::string> values;
  const auto info = nlohmann::json::parse(read_data(path));
  for (const auto& symbol : info["symbols"]) values.push_back(symbol.value(key, ""));
  return values;
}

TEST(ExchangeInfo, ReadsTheRecordedOnes) {
  struct Case {
    const char* path;
    std::int64_t weight;
    const char* status;
  };
  for (const Case& c :
       {Case{"rest/spot/exchangeInfo.json", 6000, "status"}, Case{"rest/um/exchangeInfo.json", 2400, "status"},
        Case{"rest/cm/exchangeInfo.json", 2400, "contractStatus"}}) {
    const auto info = parse_exchange_info(read_data(c.path));
    ASSERT_TRUE(info) << problem_of(info);
    EXPECT_EQ(info->weight_a_minute, c.weight);
    std::vector<std::string> symbols, statuses;
    for (const SymbolInfo& s : info->symbols) {
      symbols.push_back(s.symbol);
      statuses.push_back(s.status);
    }
    EXPECT_EQ(symbols.size(), 25U);
    EXPECT_EQ(symbols, recorded(c.path, "symbol"));
    EXPECT_EQ(statuses, recorded(c.path, c.status));
  }
}

TEST(ExchangeInfo, ReadsAContract) {
  const auto info = parse_exchange_info(read_data("rest/cm/exchangeInfo.json"));
  ASSERT_TRUE(info);
  const SymbolInfo expected{.symbol = "BTCUSD_PERP", .status = "TRADING", .onboard = from_ms(1597042800000)};
  EXPECT_EQ(info->symbols.at(0), expected);
  const auto delivering = std::ranges::count(info->symbols, "DELIVERING", &SymbolInfo::status);
  EXPECT_EQ(delivering, 1);
}

TEST(ExchangeInfo, KeepsTheFirstOfASymbolThatIsRepeated) {
  const auto info = parse_exchange_info(
      R"({"symbols":[{"symbol":"A","status":"1"},{"symbol":"B"},{"symbol":"A","status":"2"},{"symbol":"币安人生USDT"}]})");
  ASSERT_TRUE(info);
  ASSERT_EQ(info->symbols.size(), 3U);
  EXPECT_EQ(info->symbols[0].status, "1");
  EXPECT_EQ(info->symbols[1].symbol, "B");
  EXPECT_EQ(info->symbols[2].symbol, "币安人生USDT");
}

TEST(ExchangeInfo, LeavesOutWhatItCannotUse) {
  const auto info = parse_exchange_info(R"({"symbols":[null,1,"A",[],{},{"symbol":1},{"symbol":""},{"status":"TRADING"},
      {"symbol":"A","status":7,"contractStatus":"TRADING","onboardDate":"1597042800000"},
      {"symbol":"B","onboardDate":-1},
      {"symbol":"C","onboardDate":9223372036854775807},
      {"symbol":"D","onboardDate":1.5e12}],"rateLimits":{}})");
  ASSERT_TRUE(info) << problem_of(info);
  ASSERT_EQ(info->symbols.size(), 4U);
  EXPECT_EQ(info->symbols[0].status, "TRADING");
  for (const SymbolInfo& s : info->symbols) EXPECT_FALSE(s.onboard) << s.symbol;
  EXPECT_FALSE(info->weight_a_minute);
}

TEST(ExchangeInfo, TakesTheWeightOfOneMinuteOnly) {
  const auto weight_of = [](const std::string& limits) {
    return parse_exchange_info(R"({"symbols":[],"rateLimits":)" + limits + "}")->weight_a_minute;
  };
  EXPECT_EQ(weight_of(R"([{"rateLimitType":"ORDERS","interval":"MINUTE","intervalNum":1,"limit":5},
                          {"rateLimitType":"REQUEST_WEIGHT","interval":"SECOND","intervalNum":1,"limit":6},
                          {"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":5,"limit":7},
                          {"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":-8},
                          {"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":"9"}, 3, null,
                          {"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":10}])"),
            10);
  EXPECT_EQ(weight_of("[]"), std::nullopt);
  EXPECT_EQ(weight_of("null"), std::nullopt);
}

TEST(ExchangeInfo, RefusesWhatIsNone) {
  for (const char* body : {"", "[]", "{}", "null", "<html></html>", R"({"symbols":{}})", R"({"symbols":null})",
                           R"({"symbols":[})", R"({"symbols":[]} x)", R"({"code":-1121,"msg":"Invalid symbol."})"}) {
    EXPECT_FALSE(parse_exchange_info(body)) << body;
  }
  EXPECT_EQ(problem_of(parse_exchange_info(R"({"code":-1})")), R"('{"code":-1}' has no array 'symbols')");
}

}  // namespace
}  // namespace klinekeep::codecs
