#include "data/generator.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/hash.hpp"
#include "data/halts.hpp"

namespace replica {
namespace {

constexpr unsigned kSpotDecimals = 8;
constexpr unsigned kExtraDigits = 2;  // of a mean price beyond the last decimal of prices

Units rescale(Units value, unsigned from, unsigned to) {
  return to >= from ? value * kPowersOfTen.at(to - from) : value / kPowersOfTen.at(from - to);
}

std::uint64_t rounded(double value) { return static_cast<std::uint64_t>(std::llround(std::max(value, 1.0))); }

/// As futures files print: a whole number bare, else all decimals; a zero in either way.
Text print_uneven(Units units, unsigned decimals, bool bare_zero) {
  const bool whole = units % kPowersOfTen.at(decimals) == 0;
  if (units == 0 && !bare_zero) return print_decimal(0, decimals, decimals);
  return whole ? print_decimal(units / kPowersOfTen.at(decimals), 0, 0) : print_decimal(units, decimals, decimals);
}

}  // namespace

Generator::Generator(Series series)
    : series_(series),
      curve_(*series.symbol),
      character_(series.symbol->character),
      price_scale_(static_cast<double>(kPowersOfTen.at(character_.price_decimals))),
      volume_scale_(static_cast<double>(kPowersOfTen.at(character_.volume_decimals))),
      seconds_(series.interval->seconds()) {}

bool Generator::opens(Instant open) const {
  const Span span = series_.candle_at(open);
  return !intersect(span, series_.symbol->life).empty() && !halted(series_.symbol->market, span);
}

std::uint64_t Generator::price_at(Instant t) {
  if (t != last_time_) {
    last_price_ = rounded(curve_.at(t) * price_scale_);
    last_time_ = t;
  }
  return last_price_;
}

Generator::Prices Generator::prices(Span span, std::uint64_t random) {
  const std::uint64_t open = price_at(span.from);
  const std::uint64_t close = price_at(span.to);
  const double reach = 4e-5 * std::sqrt(seconds_) * static_cast<double>(open);
  const auto up = static_cast<std::uint64_t>(reach * unit_interval(mix(random, 2)));
  const auto low = std::min(open, close);
  const auto down = std::min(low - 1, static_cast<std::uint64_t>(reach * unit_interval(mix(random, 3))));
  return {open, std::max(open, close) + up, low - down, close};
}

Row Generator::row(Instant open) {
  const Span span = series_.candle_at(open);
  const Symbol& symbol = *series_.symbol;
  const std::uint64_t random = mix(symbol.seed ^ static_cast<std::uint64_t>(open.time_since_epoch().count()),
                                   hash_text(series_.interval->rest_name));
  Prices candle = prices(span, random);

  const double expected = character_.trades_per_second * seconds_;
  const double activity = std::exp(3 * (unit_interval(mix(random, 4)) + unit_interval(mix(random, 5)) - 1.1));
  const bool traded = unit_interval(mix(random, 6)) >= std::exp(-expected);
  const std::uint64_t count = traded ? 1 + static_cast<std::uint64_t>(expected * activity) : 0;
  const double size = character_.trade_size * (0.4 + 1.2 * unit_interval(mix(random, 7)));
  const std::uint64_t volume = traded ? rounded(static_cast<double>(count) * size * volume_scale_) : 0;
  const double taker_share = 0.2 + 0.6 * unit_interval(mix(random, 8));
  const bool any_taker = count > 3 || (random & 1U) != 0;
  const auto taker = any_taker ? static_cast<std::uint64_t>(static_cast<double>(volume) * taker_share) : 0;
  if (!traded) candle = {candle.open, candle.open, candle.open, candle.open};

  Row row;
  row.open_time = open;
  row.close_time = close_time_of(symbol, span);
  row.count = print_decimal(count, 0, 0);
  switch (symbol.market) {
    case Market::kSpot:
      fill_spot(row, candle, volume, taker);
      break;
    case Market::kUsdM:
      fill_usd_m(row, candle, volume, taker, random);
      break;
    case Market::kCoinM:
      fill_coin_m(row, candle, volume, taker);
      break;
  }
  return row;
}

void Generator::fill_spot(Row& row, const Prices& prices, std::uint64_t volume, std::uint64_t taker) const {
  const auto price = [&](std::uint64_t units) {
    return print_decimal(units, character_.price_decimals, kSpotDecimals);
  };
  const auto amount = [&](std::uint64_t units) {
    return print_decimal(units, character_.volume_decimals, kSpotDecimals);
  };
  const Units mean = Units{prices.open + prices.high + prices.low + prices.close} * 25;  // kExtraDigits more
  const unsigned decimals = character_.price_decimals + kExtraDigits + character_.volume_decimals;
  const auto quote = [&](std::uint64_t units) {
    return print_decimal(rescale(mean * units, decimals, kSpotDecimals), kSpotDecimals, kSpotDecimals);
  };
  row.open = price(prices.open);
  row.high = price(prices.high);
  row.low = price(prices.low);
  row.close = price(prices.close);
  row.volume = amount(volume);
  row.quote_volume = quote(volume);
  row.taker_buy_volume = amount(taker);
  row.taker_buy_quote_volume = quote(taker);
}

void Generator::fill_usd_m(Row& row, const Prices& prices, std::uint64_t volume, std::uint64_t taker,
                           std::uint64_t random) const {
  const bool bare_zero = (random & 2U) != 0;
  const auto price = [&](std::uint64_t units) { return print_uneven(units, character_.price_decimals, bare_zero); };
  const auto amount = [&](std::uint64_t units) { return print_uneven(units, character_.volume_decimals, bare_zero); };
  const Units mean = Units{prices.open + prices.high + prices.low + prices.close} * 25;
  const unsigned printed = character_.price_decimals + character_.volume_decimals;
  const auto quote = [&](std::uint64_t units) {
    return print_uneven(rescale(mean * units, printed + kExtraDigits, printed), printed, bare_zero);
  };
  row.open = price(prices.open);
  row.high = price(prices.high);
  row.low = price(prices.low);
  row.close = price(prices.close);
  row.volume = amount(volume);
  row.quote_volume = quote(volume);
  row.taker_buy_volume = amount(taker);
  row.taker_buy_quote_volume = quote(taker);
}

void Generator::fill_coin_m(Row& row, const Prices& prices, std::uint64_t volume, std::uint64_t taker) const {
  const unsigned decimals = character_.price_decimals;
  const auto price = [&](std::uint64_t units) { return print_decimal(units, decimals, decimals); };
  const auto contracts = [](std::uint64_t units) { return print_decimal(units, 0, 0); };
  const std::uint64_t sum = prices.open + prices.high + prices.low + prices.close;
  const auto base = [&](std::uint64_t units) {  // contracts * contract size / mean price, in 8 decimals
    const Units dollars = rescale(Units{units} * rounded(character_.contract_size), 0, decimals + kSpotDecimals);
    return print_decimal(dollars * 4 / sum, kSpotDecimals, kSpotDecimals);
  };
  row.open = price(prices.open);
  row.high = price(prices.high);
  row.low = price(prices.low);
  row.close = price(prices.close);
  row.volume = contracts(volume);
  row.quote_volume = base(volume);
  row.taker_buy_volume = contracts(taker);
  row.taker_buy_quote_volume = base(taker);
}

namespace {

unsigned printed_decimals(std::string_view text) {
  const auto point = text.find('.');
  return point == std::string_view::npos ? 0 : static_cast<unsigned>(text.size() - point - 1);
}

/// Without the zeros at the end.
unsigned used_decimals(std::string_view text) {
  if (text.find('.') == std::string_view::npos) return 0;
  return printed_decimals(text.substr(0, text.find_last_not_of('0') + 1));
}

Text print_like(const Text& pattern, unsigned decimals, double value) {
  const double units = std::max(0.0, value) * static_cast<double>(kPowersOfTen.at(decimals));
  return print_decimal(static_cast<Units>(std::round(units)), decimals, printed_decimals(pattern));
}

}  // namespace

Row forming_row(const Row& whole, double fraction) {
  Row row = whole;
  const auto amount = [&](const Text& text) { return print_like(text, used_decimals(text), text.number() * fraction); };
  row.volume = amount(whole.volume);
  row.quote_volume = amount(whole.quote_volume);
  row.taker_buy_volume = amount(whole.taker_buy_volume);
  row.taker_buy_quote_volume = amount(whole.taker_buy_quote_volume);
  const bool traded = row.volume.number() > 0;
  const double count = std::max(1.0, std::floor(whole.count.number() * fraction));
  row.count = print_decimal(traded ? static_cast<Units>(count) : 0, 0, 0);
  if (!traded) fraction = 0;

  const Text* finest = &whole.open;
  for (const Text* text : {&whole.high, &whole.low, &whole.close}) {
    if (used_decimals(*text) > used_decimals(*finest)) finest = text;
  }
  const double open = whole.open.number();
  const auto towards = [&](const Text& text) {
    return print_like(*finest, used_decimals(*finest), open + (text.number() - open) * fraction);
  };
  row.high = towards(whole.high);
  row.low = towards(whole.low);
  row.close = towards(whole.close);
  return row;
}

}  // namespace replica
