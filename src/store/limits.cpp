#include "store/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "klinekeep/errors.hpp"
#include "store/lock.hpp"
#include "store/prune.hpp"
#include "store/scan.hpp"

namespace klinekeep::store {
namespace {

using nlohmann::json;

constexpr int kUsageFormat = 1;
constexpr std::int64_t kMaxUsageBytes = 4'096;
constexpr auto kCountedFor = std::chrono::hours{1};
constexpr auto kInUse = std::chrono::minutes{1};  // whoever has committed it, or opens it now, may be about to read it
constexpr auto kFinestAge = std::chrono::seconds{1};  // uses are known to the second
constexpr std::int64_t kSlack = 20;  // a part of this is freed beyond the limit, so as not to look each time

/// Base and tail as one, without what only the files know.
std::vector<CacheEntry> look_at_all(const Directory& directory) {
  std::vector<CacheEntry> entries;
  std::optional<PartitionKey> last;
  std::filesystem::path folder;
  for (const PartitionKey& key : scan(*directory.files, directory.layout, {})) {
    if (!last || last->series != key.series) folder = directory.layout.series_folder(key.series);
    const auto path = folder / partition_name(key.month, key.part);
    const auto stat = directory.files->stat(path);
    if (!stat) continue;
    if (!last || last->series != key.series || last->month != key.month) {
      entries.push_back({.market = key.series.market,
                         .symbol = key.series.symbol.text(),
                         .interval = key.series.interval,
                         .month = key.month,
                         .path = path,
                         .first = std::nullopt,
                         .last = std::nullopt,
                         .covered = {},
                         .used = kBeginOfTime,
                         .kind = key.series.kind,
                         .upstream = key.series.upstream});
      last = key;
    }
    entries.back().bytes += stat->size;
    entries.back().used = std::max(entries.back().used, last_used(*stat));
  }
  return entries;
}

PruneLimits with_slack(const std::vector<CacheEntry>& entries, PruneLimits limits) {
  std::int64_t bytes = 0;
  for (const CacheEntry& entry : entries) bytes += entry.bytes;
  if (limits.max_bytes && bytes > *limits.max_bytes) *limits.max_bytes -= *limits.max_bytes / kSlack;
  return limits;
}

/// Removes what the limits let go; `usage` becomes what is left.
PruneResult prune(const Directory& directory, const PruneLimits& limits, Timestamp now, Usage& usage) {
  const std::vector<CacheEntry> entries = look_at_all(directory);
  std::vector<bool> gone(entries.size());
  PruneResult result;
  for (const std::size_t index : to_prune(entries, with_slack(entries, limits), now)) {
    const CacheEntry& entry = entries[index];
    if (now - entry.used < kInUse || !remove_partition(directory, entry)) continue;
    gone[index] = true;
    result.removed.push_back(entry);
  }
  usage = {.bytes = 0, .oldest_use = kEndOfTime, .counted_at = now};
  for (std::size_t index = 0; index < entries.size(); ++index) {
    if (gone[index]) continue;
    usage.bytes += entries[index].bytes;
    usage.oldest_use = std::min(usage.oldest_use, entries[index].used);
  }
  result.bytes_left = usage.bytes;
  return result;
}

Usage load(const Directory& directory) {
  const auto text = read_text(*directory.files, directory.layout.usage(), kMaxUsageBytes);
  return (text ? parse_usage(*text) : std::nullopt).value_or(Usage{});
}

/// Not synced: a lost one is counted anew.
void save(const Directory& directory, const Usage& usage) {
  Files& files = *directory.files;
  const auto path = directory.layout.usage();
  const auto temporary = path.parent_path() / ".usage.json.tmp";
  files.remove(temporary);  // whoever made it is dead
  const std::string text = to_json(usage);
  write_all(*files.create(temporary), std::as_bytes(std::span{text}));
  files.rename(temporary, path);
}

}  // namespace

std::string to_json(const Usage& usage) {
  return json{{"format", kUsageFormat},
              {"bytes", usage.bytes},
              {"oldest_use", to_ms(usage.oldest_use)},
              {"counted_at", to_ms(usage.counted_at)}}
             .dump() +
         '\n';
}

std::optional<Usage> parse_usage(std::string_view text) {
  try {
    const json value = json::parse(text);
    if (value.at("format") != kUsageFormat) return std::nullopt;
    const auto time = [&](const char* name) {
      return from_ms(std::clamp(value.at(name).get<std::int64_t>(), to_ms(kBeginOfTime), to_ms(kEndOfTime)));
    };
    return Usage{value.at("bytes").get<std::int64_t>(), time("oldest_use"), time("counted_at")};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

void check_limits(const PruneLimits& limits, std::string_view prefix) {
  if (limits.max_bytes && *limits.max_bytes < 0) {
    throw InvalidRequest(fmt::format("{}max_size cannot be negative, and is {} bytes", prefix, *limits.max_bytes));
  }
  if (!limits.max_age || *limits.max_age == Duration{0} || *limits.max_age >= kFinestAge) return;
  const double seconds = std::chrono::duration<double>{*limits.max_age}.count();
  if (seconds < 0) throw InvalidRequest(fmt::format("{}max_age cannot be negative, and is {} s", prefix, seconds));
  throw InvalidRequest(
      fmt::format("{}max_age cannot be {} s: uses are known to the second, and less than one would let everything go",
                  prefix, seconds));
}

bool is_within(const Usage& usage, const PruneLimits& limits, Timestamp now) {
  const bool is_fresh = usage.counted_at <= now && now - usage.counted_at < kCountedFor;
  const bool is_small = !limits.max_bytes || usage.bytes <= *limits.max_bytes;
  const bool is_young = !limits.max_age || now - usage.oldest_use < *limits.max_age;
  return is_fresh && is_small && is_young;
}

std::optional<PruneResult> keep_within(const Directory& directory, const PruneLimits& limits, std::int64_t bytes_grown,
                                       const Waiting& waiting) {
  if (!limits.max_bytes && !limits.max_age) return std::nullopt;
  directory.files->make_folders(directory.layout.usage().parent_path());
  const auto held = lock(directory, directory.layout.usage_lock(), 0, "how much the cache holds", waiting);
  const Timestamp now = directory.clock();
  Usage usage = load(directory);
  usage.bytes = std::max<std::int64_t>(0, usage.bytes + bytes_grown);
  std::optional<PruneResult> result;
  if (!is_within(usage, limits, now)) result = prune(directory, limits, now, usage);
  save(directory, usage);
  return result;
}

}  // namespace klinekeep::store
