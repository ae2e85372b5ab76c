#include "archive/schedule.hpp"

#include <regex>

#include "archive/zip_reader.hpp"
#include "core/hash.hpp"

namespace replica {
namespace {

/// The DOS time of zips that were packed again, and so say nothing about Binance.
const Instant kRepacked = make_instant(2026, 1, 1);

std::int64_t drawn(const ArchiveFile& file, std::int64_t from_days, std::int64_t to_days) {
  const auto hash = mix(hash_text(folder_of(file.series, file.daily)),
                        static_cast<std::uint64_t>(file.period.from.time_since_epoch().count()));
  const auto range = static_cast<std::uint64_t>((to_days - from_days) * 86'400);
  return from_days * 86'400 + static_cast<std::int64_t>(hash % range);
}

bool never_made(const ArchiveFile& file) {
  const auto month = to_month_stamp(file.period.from);
  return file.series.interval->monthly() && (month == "2024-03" || month == "2026-03");
}

std::map<std::string, Instant> recorded_times(const Fixtures& fixtures) {
  std::map<std::string, Instant> times;
  for (const auto& path : fixtures.files_under("archive")) {
    const auto made = path.ends_with(".zip") ? read_zip_time(*fixtures.read(path)) : std::nullopt;
    if (made && made != kRepacked) times[path.substr(std::string_view{"archive/"}.size())] = *made;
  }
  static const std::regex kEntry{R"(<Key>([^<]*)</Key>\s*<LastModified>([^<]*)</LastModified>)"};
  for (const auto& path : fixtures.files_under("listing")) {
    const auto text = *fixtures.read(path);
    for (std::sregex_iterator found{text.begin(), text.end(), kEntry}, end; found != end; ++found) {
      if (const auto time = parse_instant((*found)[2].str())) times[(*found)[1].str()] = *time;
    }
  }
  return times;
}

}  // namespace

Schedule::Schedule(const Truth& truth, const Fixtures& fixtures, Millis daily_delay)
    : truth_(truth), daily_delay_(daily_delay), recorded_(recorded_times(fixtures)) {}

std::optional<Instant> Schedule::appears(const ArchiveFile& file) const {
  if (file.daily) return file.period.to + daily_delay_;
  const Interval& interval = *file.series.interval;
  const Instant last_open = floor_open(interval, file.period.to - Millis{1});
  const Instant closed = next_open(interval, last_open);
  const auto after = [&](std::int64_t from_days, std::int64_t to_days) {
    return closed + std::chrono::seconds{drawn(file, from_days, to_days)};
  };
  if (file.series.symbol->rules().spot() && interval.long_running()) {
    if (never_made(file)) return std::nullopt;
    const bool forgotten = file.period.from >= make_instant(2025, 3, 1) && file.period.from < make_instant(2025, 11, 1);
    if (forgotten) return make_instant(2026, 2, 9) + std::chrono::seconds{drawn(file, 0, 5)};
    if (!interval.monthly()) return interval.step > 5 * kDay ? after(60, 80) : after(30, 50);
  }
  return after(2, 15);
}

bool Schedule::exists(const ArchiveFile& file, Instant now) const {
  const auto moment = appears(file);
  return moment && *moment <= now && truth_.any(file.series, opens_of(file));
}

Instant Schedule::last_modified(const ArchiveFile& file, const std::string& key, Instant now) const {
  auto recorded = recorded_.find(key);
  if (recorded == recorded_.end()) recorded = recorded_.find(file.key());
  return recorded != recorded_.end() && recorded->second <= now ? recorded->second : appears(file).value_or(now);
}

Span Schedule::opens_of(const ArchiveFile& file) {
  const Symbol& symbol = *file.series.symbol;
  const Instant start = std::max(symbol.archive_from, floor_to_day(symbol.life.from));
  return intersect(file.period, {floor_open(*file.series.interval, start), kEndOfTime});
}

TimeUnit Schedule::unit_of(const ArchiveFile& file) {
  const bool late = file.series.symbol->rules().spot() && file.period.from >= make_instant(2025, 1, 1);
  const bool forgotten = file.series.interval->rest_name == "3d" && to_month_stamp(file.period.from) == "2025-01";
  return late && !forgotten ? TimeUnit::kMicros : TimeUnit::kMillis;
}

bool Schedule::has_header(const ArchiveFile& file) const {
  if (file.series.symbol->market == Market::kUsdM)
    return appears(file).value_or(file.period.to) >= make_instant(2022, 7, 1);
  return file.series.symbol->market == Market::kCoinM && file.period.from >= make_instant(2021, 1, 1);
}

}  // namespace replica
