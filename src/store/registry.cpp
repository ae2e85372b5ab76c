#include "store/registry.hpp"

#include <algorithm>

namespace klinekeep::store {
namespace {

/// Half of the machine's limit, so that the rest of the process has as much.
std::size_t capacity_of_process() {
  constexpr std::size_t kMost = 16'384;
  return std::min(mapping_limit() / 2, kMost);
}

constexpr std::size_t kProofs = 131'072;

}  // namespace

Registry& Registry::of_process() {
  static Registry registry{capacity_of_process(), kProofs};
  return registry;
}

Opened Registry::open(const std::shared_ptr<Files>& files, const std::filesystem::path& path, const PartitionKey& key) {
  const auto stat = files->stat(path);
  if (!stat) {
    forget(*files, path);
    return {};
  }
  const Key place{files.get(), path.native()};
  std::shared_ptr<Partition> partition = find(place, *stat);
  if (!partition) {
    Opened opened = with_room([&] { return Partition::open(files, path, key, &proofs_); });
    if (!opened.partition) return opened;
    partition = std::move(opened.partition);
    keep(place, files, partition);
  }
  if (auto why = partition->condemned())
    return {nullptr, Refusal{Refusal::Kind::damaged, *std::move(why)}, partition->stat()};
  return {std::move(partition), std::nullopt, {}};
}

std::shared_ptr<Partition> Registry::find(const Key& key, const FileStat& stat) {
  const std::scoped_lock lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end() || !found->second.partition->is_of(stat)) return nullptr;
  used_.splice(used_.begin(), used_, found->second.place);
  found->second.partition->saw_accessed(stat.accessed_ns);
  return found->second.partition;
}

void Registry::keep(const Key& key, const std::shared_ptr<Files>& files, const std::shared_ptr<Partition>& partition) {
  std::shared_ptr<Partition> evicted;  // unmapped without the lock
  const std::scoped_lock lock{mutex_};
  const auto [at, is_new] = entries_.try_emplace(key);
  if (is_new) at->second.place = used_.insert(used_.begin(), key);
  at->second.files = files;
  evicted = std::exchange(at->second.partition, partition);
  used_.splice(used_.begin(), used_, at->second.place);
  if (entries_.size() <= capacity_) return;
  const auto oldest = entries_.find(used_.back());
  evicted = std::move(oldest->second.partition);
  entries_.erase(oldest);
  used_.pop_back();
}

void Registry::drop_idle() {
  const std::scoped_lock lock{mutex_};
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->second.partition.use_count() > 1) {
      ++at;
      continue;
    }
    used_.erase(at->second.place);
    at = entries_.erase(at);
  }
}

void Registry::forget(const Files& files, const std::filesystem::path& path) {
  const std::scoped_lock lock{mutex_};
  const auto found = entries_.find({&files, path.native()});
  if (found == entries_.end()) return;
  used_.erase(found->second.place);
  entries_.erase(found);
}

std::size_t Registry::size() const {
  const std::scoped_lock lock{mutex_};
  return entries_.size();
}

}  // namespace klinekeep::store
