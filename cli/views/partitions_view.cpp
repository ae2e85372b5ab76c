#include "views/partitions_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "output/display_text.hpp"
#include "output/table_cells.hpp"
#include "output/text_table.hpp"
#include "views/partition_words.hpp"
#include "views/range_json.hpp"

namespace klinekeep::cli {
namespace {

using Member = std::optional<Timestamp> CacheEntry::*;

std::string iso(const std::optional<Timestamp>& t) { return t ? format_iso(*t) : std::string{}; }

/// All as fine as the finest needs, empty where there is none.
std::vector<std::string> short_times(const std::vector<CacheEntry>& entries, Member member) {
  std::vector<std::int64_t> times;
  for (const CacheEntry& entry : entries) {
    if (const auto& t = entry.*member) times.push_back(to_ms(*t));
  }
  const std::vector<std::string> cells = time_cells(times, true);
  std::vector<std::string> all;
  all.reserve(entries.size());
  std::size_t next = 0;
  for (const CacheEntry& entry : entries) all.push_back(entry.*member ? cells[next++] : std::string{});
  return all;
}

std::string total(const std::vector<CacheEntry>& entries) {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  for (const CacheEntry& entry : entries) {
    rows += entry.rows;
    bytes += entry.bytes;
  }
  return fmt::format("{}, {}, {}", counted(std::ssize(entries), "partition"), counted(rows, "row"), size_text(bytes));
}

}  // namespace

std::string partitions_table(const std::vector<CacheEntry>& entries, const Screen& screen) {
  using enum TextColumn::Side;
  if (entries.empty()) return StyledLine{}.add("no partitions").render(screen.width, screen.colour);
  TextColumn upstream{"upstream", left, 0};
  TextColumn market{"market", left, 5};
  TextColumn symbol{"symbol", left, 0};
  TextColumn interval{"interval", left, 2};
  TextColumn month{"month", left, 1};
  TextColumn rows{"rows", right, 3};
  TextColumn size{"size", right, 4};
  for (const CacheEntry& entry : entries) {
    upstream.cells.push_back(entry.upstream.name());
    market.cells.emplace_back(name(entry.market));
    symbol.cells.push_back(entry.symbol);
    interval.cells.emplace_back(entry.interval.name());
    month.cells.push_back(month_text(entry.month));
    rows.cells.push_back(with_thousands(entry.rows));
    size.cells.push_back(size_text(entry.bytes));
  }
  const TextColumn first{"first", left, 7, short_times(entries, &CacheEntry::first)};
  const TextColumn last{"last", left, 6, short_times(entries, &CacheEntry::last)};
  std::vector<TextColumn> columns{market, symbol, interval, month, rows, size, first, last};
  const auto is_binance = [](const CacheEntry& entry) { return entry.upstream.is_binance(); };
  if (!std::ranges::all_of(entries, is_binance)) columns.insert(columns.begin(), std::move(upstream));
  return render_text_table(columns, screen) +
         StyledLine{}.add(total(entries), Style::bold).render(screen.width, screen.colour);
}

std::string partitions_csv(const std::vector<CacheEntry>& entries) {
  std::string text = "upstream,market,kind,symbol,interval,month,rows,bytes,first,last\n";
  for (const CacheEntry& each : entries) {
    text += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", each.upstream.name(), name(each.market), name(each.kind),
                        each.symbol, each.interval.name(), month_text(each.month), each.rows, each.bytes,
                        iso(each.first), iso(each.last));
  }
  return text;
}

std::string partitions_json(const std::vector<CacheEntry>& entries) {
  JsonList list;
  for (const CacheEntry& each : entries) {
    Json covered = Json::array();
    for (const TimeRange& range : each.covered) covered.push_back(range_json(range, each.interval));
    Json json = partition_json(each);
    json["rows"] = each.rows;
    json["bytes"] = each.bytes;
    json["first"] = time_json(each.first);
    json["last"] = time_json(each.last);
    json["used"] = format_iso(each.used);
    json["covered"] = std::move(covered);
    json["path"] = each.path.native();
    list.add(json);
  }
  return list.take();
}

}  // namespace klinekeep::cli
