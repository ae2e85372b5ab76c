#include "views/totals_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "output/display_text.hpp"
#include "output/text_table.hpp"
#include "views/range_json.hpp"

namespace klinekeep::cli {
namespace {

std::string market_word(const CacheTotals& totals) { return std::string{totals.market ? name(*totals.market) : "all"}; }

std::string upstream_word(const CacheTotals& totals) { return totals.upstream ? totals.upstream->name() : "all"; }

CacheTotals totals_of(const std::vector<CacheEntry>& entries, std::optional<Upstream> upstream,
                      std::optional<MarketType> market) {
  CacheTotals totals{.upstream = std::move(upstream), .market = market};
  std::set<std::tuple<Upstream, MarketType, std::string>> symbols;
  for (const CacheEntry& entry : entries) {
    if (totals.upstream && entry.upstream != *totals.upstream) continue;
    if (market && entry.market != *market) continue;
    symbols.emplace(entry.upstream, entry.market, entry.symbol);
    ++totals.partitions;
    totals.rows += entry.rows;
    totals.bytes += entry.bytes;
    totals.oldest_use = std::min(totals.oldest_use.value_or(entry.used), entry.used);
  }
  totals.symbols = std::ssize(symbols);
  return totals;
}

Json totals_object(const CacheTotals& totals) {
  return {{"symbols", totals.symbols},
          {"partitions", totals.partitions},
          {"rows", totals.rows},
          {"bytes", totals.bytes},
          {"oldest_use", time_json(totals.oldest_use)}};
}

}  // namespace

std::vector<CacheTotals> totals_of(const std::vector<CacheEntry>& entries, const std::vector<MarketType>& markets,
                                   const std::optional<Upstream>& only) {
  const Upstream first = only.value_or(Upstream{});
  std::set<Upstream> others;
  for (const CacheEntry& entry : entries) {
    if (entry.upstream != first) others.insert(entry.upstream);
  }
  std::vector<CacheTotals> all;
  all.reserve(markets.size() * (others.size() + 1));
  for (const MarketType market : markets) all.push_back(totals_of(entries, first, market));
  for (const Upstream& upstream : others) {
    for (const MarketType market : markets) {
      CacheTotals totals = totals_of(entries, upstream, market);
      if (totals.partitions > 0) all.push_back(std::move(totals));
    }
  }
  all.push_back(totals_of(entries, std::nullopt, std::nullopt));
  return all;
}

std::string totals_table(const std::vector<CacheTotals>& totals, const Screen& screen) {
  using enum TextColumn::Side;
  constexpr std::size_t kMinutes = 16;  // of an ISO time
  TextColumn upstream{"upstream", left, 0};
  TextColumn market{"market", left, 0};
  TextColumn symbols{"symbols", right, 4};
  TextColumn partitions{"partitions", right, 2};
  TextColumn rows{"rows", right, 3};
  TextColumn size{"size", right, 1};
  TextColumn oldest{"oldest use", left, 5};
  for (const CacheTotals& each : totals) {
    upstream.cells.push_back(upstream_word(each));
    market.cells.push_back(market_word(each));
    symbols.cells.push_back(with_thousands(each.symbols));
    partitions.cells.push_back(with_thousands(each.partitions));
    rows.cells.push_back(with_thousands(each.rows));
    size.cells.push_back(size_text(each.bytes));
    std::string use = each.oldest_use ? format_iso(*each.oldest_use).substr(0, kMinutes) : std::string{};
    std::ranges::replace(use, 'T', ' ');
    oldest.cells.push_back(std::move(use));
  }
  std::vector<TextColumn> columns{market, symbols, partitions, rows, size, oldest};
  const auto is_other = [](const CacheTotals& each) { return each.upstream && !each.upstream->is_binance(); };
  if (std::ranges::any_of(totals, is_other)) columns.insert(columns.begin(), std::move(upstream));
  return render_text_table(columns, screen);
}

std::string totals_csv(const std::vector<CacheTotals>& totals) {
  std::string text = "upstream,market,symbols,partitions,rows,bytes,oldest_use\n";
  for (const CacheTotals& each : totals) {
    text += fmt::format("{},{},{},{},{},{},{}\n", upstream_word(each), market_word(each), each.symbols, each.partitions,
                        each.rows, each.bytes, each.oldest_use ? format_iso(*each.oldest_use) : "");
  }
  return text;
}

std::string totals_json(const std::vector<CacheTotals>& totals, const std::filesystem::path& directory) {
  Json json{{"directory", directory.native()}, {"upstreams", Json::object()}};
  for (const CacheTotals& each : totals) {
    if (each.market) {
      json["upstreams"][upstream_word(each)][market_word(each)] = totals_object(each);
    } else {
      json["all"] = totals_object(each);
    }
  }
  return json_text(json);
}

}  // namespace klinekeep::cli
