#include "store/registry.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace klinekeep::store {
namespace {

std::size_t capacity_of_process() {
  constexpr rlim_t kLeast = 64;
  constexpr rlim_t kMost = 1'024;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kLeast;
  return std::clamp(limit.rlim_cur / 4, kLeast, kMost);
}

}  // namespace

Registry& Registry::of_process() {
  static Registry registry{capacity_of_process()};
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
    auto file = files->open(path);
    if (!file) return {};
    const FileStat opened = file->stat();
    auto result = Partition::open(std::move(file), path, key);
    if (auto* const refusal = std::get_if<Refusal>(&result)) return {nullptr, std::move(*refusal), opened};
    partition = std::get<std::shared_ptr<Partition>>(std::move(result));
    keep(place, files, partition);
  }
  if (auto why = partition->condemned())
    return {nullptr, Refusal{Refusal::Kind::damaged, *std::move(why)}, partition->stat()};
  return {std::move(partition), std::nullopt, {}};
}

std::shared_ptr<Partition> Registry::find(const Key& key, const FileStat& stat) {
  const std::scoped_lock lock{mutex_};
  const auto found = entries_.find(key);
  if (found == entries_.end() || !found->second.partition->stat().same_content(stat)) return nullptr;
  used_.splice(used_.begin(), used_, found->second.place);
  return found->second.partition;
}

void Registry::keep(const Key& key, const std::shared_ptr<Files>& files, const std::shared_ptr<Partition>& partition) {
  const std::scoped_lock lock{mutex_};
  const auto [at, is_new] = entries_.try_emplace(key);
  if (is_new) at->second.place = used_.insert(used_.begin(), key);
  at->second.files = files;
  at->second.partition = partition;
  used_.splice(used_.begin(), used_, at->second.place);
  if (entries_.size() <= capacity_) return;
  entries_.erase(used_.back());
  used_.pop_back();
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
