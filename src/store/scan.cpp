#include "store/scan.hpp"

#include <algorithm>
#include <tuple>

namespace klinekeep::store {

bool selected(const CacheSelection& selection, const PartitionKey& key) {
  return (!selection.upstream || *selection.upstream == key.series.upstream) &&
         (!selection.kind || *selection.kind == key.series.kind) &&
         (!selection.market || *selection.market == key.series.market) &&
         (!selection.symbol || *selection.symbol == key.series.symbol) &&
         (!selection.interval || *selection.interval == key.series.interval) &&
         (!selection.month || *selection.month == key.month);
}

namespace {

/// Calls f(series) for each series folder that is meant.
template <class F>
void for_each_series(Files& files, const Layout& layout, const CacheSelection& selection, F f) {
  for (const Market& market : scan_markets(files, layout, selection)) {
    for (const Kind kind : kKinds) {
      if (selection.kind && *selection.kind != kind) continue;
      const auto data = layout.data(market, kind);
      for (const std::string& symbol : files.list(data)) {
        if (selection.symbol && selection.symbol->text() != symbol) continue;
        for (const std::string& interval : files.list(data / symbol)) {
          const auto series = parse_series(market, kind, symbol, interval);
          if (series && (!selection.interval || *selection.interval == series->interval)) f(*series);
        }
      }
    }
  }
}

}  // namespace

std::vector<Upstream> scan_upstreams(Files& files, const Layout& layout, const CacheSelection& selection) {
  if (selection.upstream) return {*selection.upstream};
  std::vector<Upstream> found{Upstream{}};
  for (const std::string& name : files.list(layout.root())) {
    if (auto upstream = parse_upstream_folder(name)) found.push_back(*std::move(upstream));
  }
  return found;
}

std::vector<Market> scan_markets(Files& files, const Layout& layout, const CacheSelection& selection) {
  std::vector<Market> found;
  for (const Upstream& upstream : scan_upstreams(files, layout, selection)) {
    for (const MarketType market : kMarkets) {
      if (!selection.market || *selection.market == market) found.push_back({upstream, market});
    }
  }
  return found;
}

std::vector<PartitionKey> scan(Files& files, const Layout& layout, const CacheSelection& selection) {
  std::vector<PartitionKey> found;
  for_each_series(files, layout, selection, [&](const Series& series) {
    for (const std::string& name : files.list(layout.series_folder(series))) {
      const auto partition = parse_partition_name(name);
      if (!partition) continue;
      PartitionKey key{series, partition->month, partition->part};
      if (selected(selection, key)) found.push_back(std::move(key));
    }
  });
  std::ranges::sort(found, {}, [](const PartitionKey& key) { return std::tie(key.series, key.month, key.part); });
  return found;
}

std::vector<Series> scan_series(Files& files, const Layout& layout, const CacheSelection& selection) {
  std::vector<Series> found;
  for_each_series(files, layout, selection, [&](const Series& series) {
    const std::string facts = layout.facts(series).filename().string();
    const auto names = files.list(layout.series_folder(series));
    const auto tells = [&](const std::string& name) { return name == facts || parse_partition_name(name); };
    if (std::ranges::any_of(names, tells)) found.push_back(series);
  });
  std::ranges::sort(found);
  return found;
}

}  // namespace klinekeep::store
