#include "store/prune.hpp"

#include <algorithm>
#include <numeric>

#include "store/lock.hpp"
#include "store/registry.hpp"

namespace klinekeep::store {

std::vector<std::size_t> to_prune(const std::vector<CacheEntry>& entries, const PruneLimits& limits, Timestamp now) {
  std::vector<std::size_t> oldest_first(entries.size());
  std::iota(oldest_first.begin(), oldest_first.end(), 0U);
  std::ranges::stable_sort(oldest_first, {}, [&](std::size_t index) { return entries[index].used; });
  std::int64_t left = 0;
  for (const CacheEntry& entry : entries) left += entry.bytes;

  std::vector<std::size_t> going;
  for (const std::size_t index : oldest_first) {
    const bool too_old = limits.max_age && now - entries[index].used >= *limits.max_age;
    const bool too_much = limits.max_bytes && left > *limits.max_bytes;
    if (!too_old && !too_much) break;  // what follows was used later
    going.push_back(index);
    left -= entries[index].bytes;
  }
  return going;
}

Timestamp last_used(const FileStat& stat) {
  const std::chrono::nanoseconds used{std::max(stat.accessed_ns, stat.modified_ns)};
  return Timestamp{std::chrono::floor<std::chrono::seconds>(used)};
}

std::optional<Timestamp> last_used(const Directory& directory, const Series& series, Month month) {
  std::optional<Timestamp> used;
  for (const Part part : {Part::base, Part::tail}) {
    const auto stat = directory.files->stat(directory.layout.partition({series, month, part}));
    if (stat) used = std::max(used.value_or(kBeginOfTime), last_used(*stat));
  }
  return used;
}

std::vector<std::string> doubts_of_use(const Directory& directory) {
  if (!directory.files->is_copied_to_change(directory.layout.root())) return {};
  return {
      "the cache is on overlayfs, which would copy each file whose use is recorded: only those who keep a limit record "
      "theirs, so it cannot be known what others have read"};
}

bool remove_partition(const Directory& directory, const CacheEntry& entry) {
  const Series series{entry.market, Symbol{entry.symbol}, entry.interval, entry.kind, entry.upstream};
  const auto lock = try_lock(directory, directory.layout.lock(series), commit_byte(entry.month));
  if (!lock) return false;
  if (last_used(directory, series, entry.month) != entry.used) return false;
  // The tail first, and for good: one that the base holds already must not outlive it. And the base for good, so that a
  // power cut does not put it beside what is committed later.
  for (const Part part : {Part::tail, Part::base}) {
    const auto path = directory.layout.partition({series, entry.month, part});
    const bool was_there = directory.files->remove(path);
    Registry::of_process().forget(*directory.files, path);
    if (was_there) directory.files->sync_folder(path.parent_path());
  }
  return true;
}

}  // namespace klinekeep::store
