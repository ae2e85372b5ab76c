#include "store/catalogue.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

namespace klinekeep::store {
namespace {

using nlohmann::json;

constexpr int kCatalogueFormat = 1;
constexpr std::int64_t kMaxBytes = std::int64_t{1} << 30;

CatalogueEntry parse_entry(const json& value) {
  CatalogueEntry entry;
  value.at("size").get_to(entry.size);
  value.at("mtime_ns").get_to(entry.modified_ns);
  value.at("inode").get_to(entry.inode);
  value.at("rows").get_to(entry.rows);
  const auto time = [](const json& ms) {
    const auto number = ms.get<std::int64_t>();
    return from_ms(std::clamp(number, to_ms(kBeginOfTime), to_ms(kEndOfTime)));
  };
  if (value.contains("first")) entry.first = time(value.at("first"));
  if (value.contains("last")) entry.last = time(value.at("last"));
  entry.begin = time(value.at("begin"));
  entry.end = time(value.at("end"));
  for (const json& range : value.at("covered")) entry.covered.push_back({time(range.at(0)), time(range.at(1))});
  return entry;
}

}  // namespace

CatalogueEntry entry_of(const Footer& footer, Interval interval, const FileStat& stat) {
  CatalogueEntry entry;
  entry.size = stat.size;
  entry.modified_ns = stat.modified_ns;
  entry.inode = stat.inode;
  entry.rows = footer.rows;
  entry.first = footer.first();
  entry.last = footer.last();
  const Known known = store::known(footer.coverage, interval, Filter{});
  RangeSet covered = known.archive;
  covered.add(known.rest);
  entry.covered = covered.ranges();
  entry.begin = footer.begin();
  entry.end = footer.end();
  return entry;
}

std::string to_json(const Catalogue& catalogue) {
  json partitions = json::array();
  for (const auto& [path, entry] : catalogue) {
    json value{{"path", path},
               {"size", entry.size},
               {"mtime_ns", entry.modified_ns},
               {"inode", entry.inode},
               {"rows", entry.rows},
               {"begin", to_ms(entry.begin)},
               {"end", to_ms(entry.end)},
               {"covered", json::array()}};
    if (entry.first) value["first"] = to_ms(*entry.first);
    if (entry.last) value["last"] = to_ms(*entry.last);
    for (const TimeRange& range : entry.covered)
      value["covered"].push_back(json::array({to_ms(range.begin), to_ms(range.end)}));
    partitions.push_back(std::move(value));
  }
  return json{{"format", kCatalogueFormat}, {"partitions", std::move(partitions)}}.dump(1) + '\n';
}

Catalogue parse_catalogue(std::string_view text) {
  try {
    const json value = json::parse(text);
    if (value.at("format") != kCatalogueFormat) return {};
    Catalogue catalogue;
    for (const json& each : value.at("partitions"))
      catalogue.insert_or_assign(each.at("path").get<std::string>(), parse_entry(each));
    return catalogue;
  } catch (const json::exception&) {
    return {};
  }
}

std::string catalogue_path(const PartitionKey& key) {
  return fmt::format("{}/{}/{}", key.series.symbol.text(), key.series.interval.archive_name(),
                     partition_name(key.month, key.part));
}

std::optional<PartitionKey> parse_catalogue_path(MarketType market, const std::string& path) {
  const std::filesystem::path whole{path};
  const auto series =
      parse_series(market, whole.parent_path().parent_path().string(), whole.parent_path().filename().string());
  const auto partition = parse_partition_name(whole.filename().string());
  if (!series || !partition) return std::nullopt;
  return PartitionKey{*series, partition->month, partition->part};
}

Catalogue load_catalogue(const Directory& directory, MarketType market) {
  try {
    const auto text = read_text(*directory.files, directory.layout.catalogue(market), kMaxBytes);
    return text ? parse_catalogue(*text) : Catalogue{};
  } catch (const FileError&) {
    return {};
  }
}

void save_catalogue(const Directory& directory, MarketType market, const Catalogue& catalogue, bool wait) {
  Files& files = *directory.files;
  const auto path = directory.layout.catalogue(market);
  make_folder(directory, path.parent_path());
  const auto lock = files.open_lock(directory.layout.catalogue_lock(market));
  if (wait) {
    lock->lock(0);
  } else if (!lock->try_lock(0)) {
    return;
  }
  const auto temporary = path.parent_path() / ".cache_index.json.tmp";
  files.remove(temporary);  // whoever made it is dead
  publish_text(files, path, temporary, to_json(catalogue));
}

}  // namespace klinekeep::store
