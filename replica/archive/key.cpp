#include "archive/key.hpp"

#include <fmt/format.h>

namespace replica {

std::string ArchiveFile::stem() const {
  return fmt::format("{}-{}-{}", series.symbol->name, series.interval->archive_name,
                     daily ? to_day_stamp(period.from) : to_month_stamp(period.from));
}

std::string ArchiveFile::key() const { return folder_of(series, daily) + stem() + ".zip"; }

std::string ArchiveFile::target() const { return fmt::format("/{}", key()); }

std::string folder_of(const Series& series, bool daily) {
  return fmt::format("data/{}/{}/klines/{}/{}/", series.symbol->rules().archive_root, daily ? "daily" : "monthly",
                     series.symbol->name, series.interval->archive_name);
}

std::optional<ArchiveFile> parse_key(const Catalogue& catalogue, std::string_view key) {
  auto parts = split(key, '/');
  if (parts.size() < 7 || parts[0] != "data" || !key.ends_with(".zip")) return std::nullopt;
  const std::string_view file = parts.back();
  const bool daily = parts[parts.size() - 5] == "daily";
  for (const auto& market : all_markets()) {
    const Symbol* symbol = catalogue.find(market.id, parts[parts.size() - 3]);
    const Interval* interval = find_interval_of_archive(parts[parts.size() - 2]);
    if (symbol == nullptr || interval == nullptr) continue;
    if (!(daily ? market.has_daily(*interval) : market.has(*interval))) continue;
    const Series series{symbol, interval};
    const auto prefix = fmt::format("{}-{}-", symbol->name, interval->archive_name);
    if (!file.starts_with(prefix) || file.size() < prefix.size() + 4) continue;
    const auto stamp = file.substr(prefix.size(), file.size() - prefix.size() - 4);
    const auto period = daily ? parse_day(stamp) : parse_month(stamp);
    if (!period) continue;
    ArchiveFile result{series, daily, *period};
    if (result.key() == key) return result;
  }
  return std::nullopt;
}

}  // namespace replica
