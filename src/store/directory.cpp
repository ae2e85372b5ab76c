#include "store/directory.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "store/lock.hpp"
#include "store/registry.hpp"

namespace klinekeep::store {
namespace {

constexpr int kTries = 100;  // each means that someone has just committed

/// Where the damaged file goes: a name that is not taken.
std::filesystem::path quarantine_path(const Directory& directory, const PartitionKey& key) {
  const auto folder = directory.layout.quarantine_folder(key.series);
  for (int number = 1;; ++number) {
    auto path = folder / quarantine_name(key.month, key.part, directory.clock(), number);
    if (!directory.files->stat(path)) return path;
  }
}

void explain(Files& files, const std::filesystem::path& moved, const std::string& why) {
  try {
    const auto note = files.create(moved.native() + ".why");
    const std::string line = why + '\n';
    write_all(*note, std::as_bytes(std::span{line}));
  } catch (const FileError&) {  // the file is safe without a word beside it
  }
}

/// Opens one of the two; a damaged one is moved aside, and then as if it were missing. None: the damaged one has been
/// replaced meanwhile; look again.
std::optional<std::shared_ptr<Partition>> open_part(const Directory& directory, const PartitionKey& key, Lock lock,
                                                    MonthFiles& month) {
  const auto path = directory.layout.partition(key);
  Opened opened = Registry::of_process().open(directory.files, path, key);
  if (!opened.refusal) return std::move(opened.partition);
  if (opened.refusal->kind == Refusal::Kind::newer_format) {
    month.newer.push_back(fmt::format("{}: {}; it is left alone", path.string(), opened.refusal->why));
    return nullptr;
  }
  if (lock == Lock::unwanted) {
    month.damages.push_back({key.series, key.month, path, {}, opened.refusal->why, "it was only looked at"});
    return nullptr;
  }
  auto damage = move_aside(directory, key, opened.stat, opened.refusal->why, lock);
  if (!damage) return std::nullopt;
  month.damages.push_back(*std::move(damage));
  return nullptr;
}

/// Returns whether both are what the paths led to; else look again.
bool open_pair(const Directory& directory, const Series& series, Lock lock, MonthFiles& month) {
  month.newer.clear();
  // The tail first: a fold between the two opens then hides nothing, as the base holds the tail.
  auto tail = open_part(directory, {series, month.month, Part::tail}, lock, month);
  if (!tail) return false;
  auto base = open_part(directory, {series, month.month, Part::base}, lock, month);
  if (!base) return false;
  month.base = *std::move(base);
  month.tail = *std::move(tail);
  return true;
}

bool copies_what_is_read(const Directory& directory, const Partition& partition) {
  FileSystems& known = *directory.file_systems;
  const std::scoped_lock lock{known.mutex};
  const auto [at, is_new] = known.copies.try_emplace(partition.stat().device, false);
  if (is_new) at->second = directory.files->is_copied_to_change(partition.path());
  return at->second;
}

}  // namespace

void make_folder(const Directory& directory, const std::filesystem::path& folder) {
  const auto there = directory.files->make_folders(folder);
  LastingFolders& lasting = *directory.lasting;
  {
    const std::scoped_lock lock{lasting.mutex};
    if (there == folder && lasting.known.contains(folder)) return;
  }
  // Also what was there: whoever made it may have died before it was synced.
  const auto above_the_root = (directory.layout.root() / "").parent_path().parent_path();
  auto last = above_the_root;
  if (there.native().size() < last.native().size()) last = there;
  for (auto each = folder; each != last && each.has_relative_path();) {
    each = each.parent_path();
    try {
      directory.files->sync_folder(each);
    } catch (const FileError& error) {
      const bool is_ours = each.native().size() > above_the_root.native().size();
      if (is_ours || error.error() != EACCES) throw;  // a folder of others that may be passed through and not read
    }
  }
  const std::scoped_lock lock{lasting.mutex};
  lasting.known.insert(folder);
}

void record_use(const Directory& directory, const Partition& partition, Timestamp now) {
  constexpr auto kOften = std::chrono::hours{1};
  const Timestamp used{std::chrono::duration_cast<Duration>(std::chrono::nanoseconds{partition.accessed_ns()})};
  if (now - used < kOften && used - now < kOften) return;
  if (directory.record_use == RecordUse::where_cheap && copies_what_is_read(directory, partition)) return;
  partition.touch(now);
}

std::vector<std::string> take_news(const Directory& directory) {
  std::vector<std::string> news = directory.files->lacking();
  if (news.empty()) return news;
  const std::scoped_lock lock{directory.file_systems->mutex};
  std::erase_if(news,
                [&](const std::string& sentence) { return !directory.file_systems->told.insert(sentence).second; });
  return news;
}

std::vector<std::shared_ptr<Partition>> MonthFiles::parts() const {
  std::vector<std::shared_ptr<Partition>> both;
  if (base) both.push_back(base);
  if (tail) both.push_back(tail);
  return both;
}

std::shared_ptr<const Coverage> coverage_of(const std::vector<std::shared_ptr<Partition>>& parts) {
  if (parts.size() == 1) return {parts.front(), &parts.front()->footer().coverage};
  auto all = std::make_shared<Coverage>();
  for (const auto& part : parts) {
    const Coverage& more = part->footer().coverage;
    all->answered.insert(all->answered.end(), more.answered.begin(), more.answered.end());
    all->holes.insert(all->holes.end(), more.holes.begin(), more.holes.end());
    all->off_grid.insert(all->off_grid.end(), more.off_grid.begin(), more.off_grid.end());
    all->files.insert(all->files.end(), more.files.begin(), more.files.end());
  }
  normalise(*all);
  return all;
}

MonthFiles open_month(const Directory& directory, const Series& series, Month month, Lock lock) {
  MonthFiles files;
  files.month = month;
  for (int i = 0; !open_pair(directory, series, lock, files); ++i) {
    if (i == kTries) {
      throw CacheError(fmt::format("{} changes as fast as it can be read",
                                   directory.layout.partition({series, month, Part::base}).string()));
    }
  }
  if (files.base && files.tail && files.tail->footer().begin() < files.base->footer().end()) {
    files.stale_tail = std::exchange(files.tail, nullptr);
  }
  files.coverage = coverage_of(files.parts());
  return files;
}

std::optional<Damage> move_aside(const Directory& directory, const PartitionKey& key, const FileStat& failed,
                                 const std::string& why, Lock lock) {
  Files& files = *directory.files;
  const auto path = directory.layout.partition(key);
  Damage damage{key.series, key.month, path, {}, why, {}};
  try {
    std::unique_ptr<LockFile> own;
    if (lock == Lock::free) {
      own = try_lock(directory, directory.layout.lock(key.series), commit_byte(key.month));
      if (!own) {
        damage.kept_because = "another process is writing this month";
        return damage;
      }
    }
    const auto now = files.stat(path);
    if (!now || !now->same_content(failed)) return std::nullopt;
    const auto to = quarantine_path(directory, key);
    make_folder(directory, to.parent_path());
    files.rename(path, to);
    damage.quarantined_to = to;
    explain(files, to, why);
    files.sync_folder(to.parent_path());
    files.sync_folder(path.parent_path());
  } catch (const FileError& error) {
    if (damage.quarantined_to.empty()) damage.kept_because = error.what();
  }
  return damage;
}

}  // namespace klinekeep::store
