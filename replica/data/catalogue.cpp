#include "data/catalogue.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "core/hash.hpp"

namespace replica {
namespace {

struct BuiltIn {
  Market market;
  std::string_view name;
  std::string_view first;  // first trade
  std::string_view last;   // empty: still traded
  std::string_view archive_from;
  Character character;
};

using enum Market;

// First trades and first files are Binance's where they are known; prices, sizes and activity are of the right order.
constexpr std::array<BuiltIn, 18> kBuiltIn{{
    {kSpot, "BTCUSDT", "2017-08-17T04:00", "", "2017-08-17", {95'000, true, 2, 5, 20, 0.012}},
    {kSpot, "ETHUSDT", "2017-08-17T04:00", "", "2017-08-17", {3'400, true, 2, 4, 12, 0.3}},
    {kSpot, "BNBUSDT", "2017-11-06T03:54", "", "2017-11-06", {700, true, 2, 3, 3, 0.8}},
    {kSpot, "DOGEUSDT", "2019-07-05T12:00", "", "2019-07-05", {0.32, true, 5, 0, 2, 900}},
    {kSpot, "ADABTC", "2017-11-30T00:21", "", "2017-11-30", {0.0000285, false, 8, 1, 0.4, 700}},
    {kSpot, "SHIBUSDT", "2021-05-10T11:00", "", "2021-05-10", {0.00002, true, 8, 0, 3, 120'000'000}},
    {kSpot, "币安人生USDT", "2025-12-11T10:00", "", "2025-12-11", {0.14, true, 4, 0, 1.5, 800}},
    {kSpot, "BCCUSDT", "2017-11-20T02:07", "2018-11-16T04:00", "2017-11-20", {9'000, true, 2, 5, 1, 0.2}},
    {kUsdM, "BTCUSDT", "2019-09-08T17:57", "", "2019-12-31", {95'050, true, 2, 3, 30, 0.06}},
    {kUsdM, "ETHUSDT", "2019-11-27T07:45", "", "2019-12-31", {3'402, true, 2, 3, 22, 1.2}},
    {kUsdM, "NEARUSDT", "2020-10-14T14:30", "", "2020-10-15", {5.2, true, 4, 0, 4, 90}},
    {kUsdM, "LTCUSDT", "2020-01-09T08:00", "", "2020-01-09", {105, true, 2, 3, 4, 3}},
    {kUsdM, "BTCUSDT_240628", "2023-12-29T08:00", "2024-06-28T08:00", "2023-12-29", {96'000, true, 1, 3, 1, 0.02}},
    {kUsdM, "币安人生USDT", "2025-10-09T13:15", "", "2025-10-09", {0.14, true, 5, 0, 3, 600}},
    {kCoinM, "BTCUSD_PERP", "2020-08-10T07:00", "", "2020-08-11", {95'020, true, 1, 0, 3, 40, 100}},
    {kCoinM, "ETHUSD_PERP", "2020-08-18T07:00", "", "2020-08-18", {3'401, true, 2, 0, 3, 60, 10}},
    {kCoinM, "BTCUSD_240628", "2023-12-29T08:00", "2024-06-28T08:00", "2023-12-29", {96'100, true, 1, 0, 0.6, 25, 100}},
    // Only reached by find_continuous: no symbol may contain a blank.
    {kCoinM, "BTCUSD CURRENT_QUARTER", "2020-06-01T00:00", "", "9999-12-31", {95'900, true, 1, 0, 0.8, 25, 100}},
}};

/// Delivered contracts bear their day: BTCUSD_240628 ended at 08:00 on it.
Instant end_of(std::string_view name, Instant first) {
  if (name.ends_with("SETTLED")) return first + 45 * kDay;
  const auto underscore = name.rfind('_');
  if (underscore == std::string::npos || name.size() - underscore != 7) return kEndOfTime;
  const auto stamp = name.substr(underscore + 1);
  const auto day = parse_day(fmt::format("20{}-{}-{}", stamp.substr(0, 2), stamp.substr(2, 2), stamp.substr(4, 2)));
  return day ? day->from + std::chrono::hours{8} : kEndOfTime;
}

Character invented_character(Market market, std::string_view name) {
  const std::uint64_t hash = hash_text(name);
  const double scale = unit_interval(mix(hash, 1));
  if (market == kSpot) return {0.0005 + 0.05 * scale, false, 7, 2, 0.2 + scale, 5};
  if (market == kUsdM) return {0.05 + 30 * scale * scale, true, 4, 0, 0.5 + 4 * scale, 60};
  return {0.5 + 200 * scale * scale, true, 3, 0, 0.2 + scale, 30, 10};
}

}  // namespace

Catalogue::Catalogue(std::uint64_t seed, const Fixtures& fixtures) : seed_(seed) {
  add_built_in();
  add_first_dates(kUsdM, fixtures);
  add_first_dates(kCoinM, fixtures);
  for (const auto& market : all_markets()) add_exchange_info(market.id, fixtures);
}

void Catalogue::add(Symbol symbol) {
  if (find(symbol.market, symbol.name) != nullptr) return;
  symbol.seed = mix(seed_, mix(hash_text(symbol.name), static_cast<std::uint64_t>(symbol.market)));
  const auto& added = symbols_.emplace_back(std::move(symbol));
  by_name_.emplace(std::pair{added.market, added.name}, &added);
}

void Catalogue::add_built_in() {
  for (const auto& entry : kBuiltIn) {
    const Span life{*parse_instant(entry.first), entry.last.empty() ? kEndOfTime : *parse_instant(entry.last)};
    add({entry.market, std::string{entry.name}, life, *parse_instant(entry.archive_from), entry.character});
  }
}

void Catalogue::add_first_dates(Market market, const Fixtures& fixtures) {
  for (const auto& row : fixtures.read_csv(fmt::format("listing/{}_earliest_dates.csv", rules_of(market).name))) {
    const auto day = parse_instant(row.at(2));
    if (!day) continue;
    const std::string& name = row.at(1);
    const Instant first = *day + std::chrono::hours{8};
    add({market, name, {first, end_of(name, first)}, *day, invented_character(market, name)});
  }
}

void Catalogue::add_exchange_info(Market market, const Fixtures& fixtures) {
  const auto text = fixtures.read(fmt::format("rest/{}/exchangeInfo.json", rules_of(market).name));
  if (!text) return;
  const auto info = nlohmann::json::parse(*text);
  for (const auto& entry : info.at("symbols")) {
    const auto name = entry.at("symbol").get<std::string>();
    const auto varied = static_cast<std::int64_t>(hash_text(name) % 500);
    Span life{make_instant(2018, 1, 4) + varied * kDay + std::chrono::hours{6}, kEndOfTime};
    if (entry.contains("onboardDate")) life.from = Instant{Millis{entry["onboardDate"].get<std::int64_t>()}};
    if (entry.value("status", "") == "BREAK")
      life.to = make_instant(2021, 3, 1) + varied * kDay + std::chrono::hours{3};
    add({market, name, life, floor_to_day(life.from), invented_character(market, name)});
  }
}

const Symbol* Catalogue::find(Market market, std::string_view name) const {
  const auto found = by_name_.find({market, std::string{name}});
  return found == by_name_.end() ? nullptr : found->second;
}

const Symbol* Catalogue::find_continuous(Market market, std::string_view pair, std::string_view contract_type) const {
  if (contract_type == "PERPETUAL")
    return find(market, market == kCoinM ? std::string{pair} + "_PERP" : std::string{pair});
  return find(market, std::string{pair} + ' ' + std::string{contract_type});
}

std::vector<const Symbol*> Catalogue::symbols_of(Market market) const {
  std::vector<const Symbol*> result;
  for (const auto& [key, symbol] : by_name_) {
    if (key.first == market && key.second.find(' ') == std::string::npos) result.push_back(symbol);
  }
  return result;
}

}  // namespace replica
