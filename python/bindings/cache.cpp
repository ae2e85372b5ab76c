#include "cache.hpp"

#include <arrow/table.h>

#include <chrono>
#include <filesystem>

#include "answer.hpp"
#include "input/interval_word.hpp"
#include "input/settings.hpp"

namespace klinekeep::python {
namespace {

using Text = std::optional<std::string>;
using MaybeInteger = std::optional<std::int64_t>;

nb::tuple month_of(std::chrono::year_month month) {
  return nb::make_tuple(static_cast<int>(month.year()), static_cast<unsigned>(month.month()));
}

CacheSelection selection(const Text& market, const Text& symbol, const Text& interval, const Text& upstream) {
  CacheSelection selection;
  if (upstream) selection.upstream = Upstream{*upstream};
  if (market) selection.market = market_of(*market);
  if (symbol) selection.symbol = Symbol{*symbol};
  if (interval) selection.interval = input::parse_interval(*interval);
  return selection;
}

void make_cache(UnifiedCacheManager* self, const std::string& directory) {
  input::Given given;
  given.cache_dir = directory;
  new (self) UnifiedCacheManager(input::resolve(given).cache_dir);
}

std::string path_of(const UnifiedCacheManager& self, std::string_view market, std::string_view symbol,
                    std::string_view interval, int year, unsigned month, std::string_view upstream) {
  return self
      .path_of(market_of(market), Symbol{symbol}, input::parse_interval(interval),
               std::chrono::year{year} / std::chrono::month{month}, Upstream{upstream})
      .string();
}

/// (Answer, [(first, last) of each covered range])
nb::tuple load(const UnifiedCacheManager& self, std::string_view market, std::string_view symbol,
               std::string_view interval_word, Microseconds start, Microseconds end, std::string_view upstream) {
  const Interval interval = input::parse_interval(interval_word);
  CachedCandles candles;
  {
    const nb::gil_scoped_release no_gil;
    candles =
        self.load(market_of(market), Symbol{symbol}, interval, range_of(interval, start, end), Upstream{upstream});
  }
  nb::list covered;
  for (const TimeRange& range : candles.covered) covered.append(tuple_of(range, interval));
  FetchResult result{candles.table, {}};
  result.report.rows = candles.table->num_rows();
  result.report.upstream = Upstream{upstream};
  return nb::make_tuple(Answer{result, interval}, covered);
}

nb::object maybe(const std::optional<Timestamp>& t) {
  if (!t) return nb::none();
  return nb::int_(microseconds(*t));
}

nb::list entries_of(const std::vector<CacheEntry>& entries) {
  nb::list list;
  for (const CacheEntry& entry : entries) {
    nb::list covered;
    for (const TimeRange& range : entry.covered) covered.append(tuple_of(range, entry.interval));
    list.append(nb::make_tuple(name(entry.market), entry.symbol, entry.interval.name(), month_of(entry.month),
                               entry.path.string(), entry.bytes, entry.rows, maybe(entry.first), maybe(entry.last),
                               covered, microseconds(entry.used), entry.upstream.name(), name(entry.kind)));
  }
  return list;
}

nb::list list(const UnifiedCacheManager& self, const Text& market, const Text& symbol, const Text& interval,
              const Text& upstream) {
  std::vector<CacheEntry> entries;
  {
    const nb::gil_scoped_release no_gil;
    entries = self.list(selection(market, symbol, interval, upstream));
  }
  return entries_of(entries);
}

nb::list validate(const UnifiedCacheManager& self, const Text& market, const Text& symbol, const Text& interval,
                  const Text& upstream) {
  std::vector<CacheFinding> findings;
  {
    const nb::gil_scoped_release no_gil;
    findings = self.validate(selection(market, symbol, interval, upstream));
  }
  nb::list list;
  for (const CacheFinding& finding : findings) {
    list.append(nb::make_tuple(name(finding.market), finding.symbol, finding.interval.name(), month_of(finding.month),
                               finding.path.string(), finding.what, finding.upstream.name(), name(finding.kind)));
  }
  return list;
}

/// (removed entries, bytes left, notes)
nb::tuple prune(const UnifiedCacheManager& self, MaybeInteger max_size, MaybeInteger max_age) {
  PruneLimits limits{max_size, std::nullopt};
  if (max_age) limits.max_age = Duration{*max_age};
  PruneResult result;
  {
    const nb::gil_scoped_release no_gil;
    result = self.prune(limits);
  }
  return nb::make_tuple(entries_of(result.removed), result.bytes_left, result.notes);
}

std::size_t reindex(const UnifiedCacheManager& self) {
  const nb::gil_scoped_release no_gil;
  return self.reindex();
}

}  // namespace

void bind_cache(nb::module_& m) {
  m.def("check_upstream", [](std::string_view name) { Upstream{name}; }, nb::arg("name"));

  nb::class_<UnifiedCacheManager>(m, "Cache")
      .def("__init__", &make_cache, nb::arg("directory"))
      .def_prop_ro("directory", [](const UnifiedCacheManager& self) { return self.directory().string(); })
      .def("path_of", &path_of, nb::arg("market"), nb::arg("symbol"), nb::arg("interval"), nb::arg("year"),
           nb::arg("month"), nb::arg("upstream"))
      .def("load", &load, nb::arg("market"), nb::arg("symbol"), nb::arg("interval"), nb::arg("start"), nb::arg("end"),
           nb::arg("upstream"))
      .def("list", &list, nb::arg("market").none(), nb::arg("symbol").none(), nb::arg("interval").none(),
           nb::arg("upstream").none())
      .def("validate", &validate, nb::arg("market").none(), nb::arg("symbol").none(), nb::arg("interval").none(),
           nb::arg("upstream").none())
      .def("prune", &prune, nb::arg("max_size").none(), nb::arg("max_age").none())
      .def("reindex", &reindex);
}

}  // namespace klinekeep::python
