#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/market.hpp"
#include "data/fixtures.hpp"

namespace replica {

/// What the generator needs to know to invent candles of a symbol.
struct Character {
  double price;      // on the day that BTC is worth 95,000 USD
  bool follows_btc;  // false: quoted in coins, so the price has no trend
  unsigned price_decimals;
  unsigned volume_decimals;
  double trades_per_second;
  double trade_size;  // base asset; contracts on COIN-M
  double contract_size = 1;
};

struct Symbol {
  Market market;
  std::string name;
  Span life;             // from the first trade to the last
  Instant archive_from;  // day of the first daily file
  Character character;
  std::uint64_t seed = 0;

  const MarketRules& rules() const { return rules_of(market); }
};

/// One stream of candles: what a file or a REST page is about.
struct Series {
  const Symbol* symbol;
  const Interval* interval;

  Span candle_at(Instant open) const { return {open, next_open(*interval, open)}; }
  auto operator<=>(const Series&) const = default;
};

/// Every symbol there is. Built-in ones, and those that the fixtures name: the first dates of the archive's futures and
/// the symbols of exchangeInfo.
class Catalogue {
 public:
  Catalogue(std::uint64_t seed, const Fixtures& fixtures);

  const Symbol* find(Market market, std::string_view name) const;
  /// A series of continuousKlines: a pair and PERPETUAL, CURRENT_QUARTER or NEXT_QUARTER.
  const Symbol* find_continuous(Market market, std::string_view pair, std::string_view contract_type) const;
  /// In the order of their names' bytes.
  std::vector<const Symbol*> symbols_of(Market market) const;

 private:
  void add(Symbol symbol);
  void add_built_in();
  void add_first_dates(Market market, const Fixtures& fixtures);
  void add_exchange_info(Market market, const Fixtures& fixtures);

  std::uint64_t seed_;
  std::deque<Symbol> symbols_;
  std::map<std::pair<Market, std::string>, const Symbol*> by_name_;
};

}  // namespace replica
