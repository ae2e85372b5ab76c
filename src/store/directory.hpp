// One month of a series on the disk: opening its base and tail as a pair, and moving aside what is damaged.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "klinekeep/clock.hpp"
#include "store/coverage.hpp"
#include "store/damage.hpp"
#include "store/files.hpp"
#include "store/names.hpp"
#include "store/partition.hpp"
#include "store/record_use.hpp"
#include "store/waiting.hpp"

namespace klinekeep::store {

/// Folders whose names, and those of all above them, are known to be on the disk. Thread-safe.
struct LastingFolders {
  std::mutex mutex;
  std::set<std::filesystem::path> known;
};

/// What is known of the file systems of a cache. Thread-safe.
struct FileSystems {
  std::mutex mutex;
  std::map<std::uint64_t, bool> copies;  // by device: whether it copies what is read to record that
  std::set<std::string> told;            // of what they lack
};

/// A cache directory and the way to it. Thread-safe.
struct Directory {
  std::shared_ptr<Files> files;
  Layout layout;
  Clock clock;  // the machine's: for the quarantine's names, and when a partition was used
  RecordUse record_use = RecordUse::where_cheap;
  std::shared_ptr<Pace> pace = real_pace();
  std::shared_ptr<LastingFolders> lasting = std::make_shared<LastingFolders>();
  std::shared_ptr<FileSystems> file_systems = std::make_shared<FileSystems>();
};

/// Makes a folder below the root, so that a power cut takes neither it nor one above it, whoever made them: what is
/// committed in it would be lost with it. Throws FileError.
void make_folder(const Directory& directory, const std::filesystem::path& folder);

/// Records that the partition was used, where that was not done within the last hour.
void record_use(const Directory& directory, const Partition& partition, Timestamp now);

/// What the file systems of the cache lack, a sentence each: those that were not taken before.
[[nodiscard]] std::vector<std::string> take_news(const Directory& directory);

/// Whether the caller holds the month's commit lock, which it takes to move what is damaged; or does not want it to:
/// what is damaged stays where it is.
enum class Lock : std::uint8_t { free, held, unwanted };

/// A month as it was when it was opened.
struct MonthFiles {
  Month month{};
  std::shared_ptr<Partition> base;
  std::shared_ptr<Partition> tail;           // only one that counts: it begins where the base has ended
  std::shared_ptr<Partition> stale_tail;     // one that the base holds already
  std::shared_ptr<const Coverage> coverage;  // of both
  std::vector<Damage> damages;               // found on the way, and moved aside where that was wanted
  std::vector<std::string> newer;            // sentences: files of a newer format, left alone

  [[nodiscard]] bool empty() const { return !base && !tail; }
  /// The base, then the tail, as far as there are.
  [[nodiscard]] std::vector<std::shared_ptr<Partition>> parts() const;
};

/// What these know together.
[[nodiscard]] std::shared_ptr<const Coverage> coverage_of(const std::vector<std::shared_ptr<Partition>>& parts);

/// Opens both files so that they belong together, whatever others commit meanwhile. Throws FileError.
[[nodiscard]] MonthFiles open_month(const Directory& directory, const Series& series, Month month, Lock lock);

/// Moves the file of `key` to the quarantine, under the month's lock, unless its path leads to another file than
/// `failed` by now: then none. Where it cannot be moved, the damage says why: a lock that another holds is not waited
/// for.
[[nodiscard]] std::optional<Damage> move_aside(const Directory& directory, const PartitionKey& key,
                                               const FileStat& failed, const std::string& why, Lock lock);

}  // namespace klinekeep::store
