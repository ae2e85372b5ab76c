// A disk in memory that loses power: what was not synced may be lost, in any order. Harsher than a journalling file
// system, which keeps the changes of names in order: whatever survives here may survive there, and more.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "store/fake_files.hpp"
#include "store/files.hpp"

namespace klinekeep::store {

/// What every operation throws from the one on at which the process was killed.
class Killed : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "killed"; }
};

/// One thread. The root folder is there; paths are absolute.
///   - fsync of a file makes its bytes durable, and not its name;
///   - sync_folder makes the names in that folder durable, and not those above or below;
///   - each change of names is one change of one folder; a rename between folders is two, of which one may be lost.
class Disk final : public Files, public std::enable_shared_from_this<Disk> {
 public:
  struct Node;
  using Watcher = std::function<void(const Operation&)>;

  Disk();
  ~Disk() override;

  std::unique_ptr<ReadFile> do_open(const std::filesystem::path& path) override;
  std::optional<FileStat> stat(const std::filesystem::path& path) override;
  std::unique_ptr<WriteFile> do_create(const std::filesystem::path& path) override;
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  bool remove(const std::filesystem::path& path) override;
  std::filesystem::path make_folders(const std::filesystem::path& path) override;
  std::vector<std::string> do_list(const std::filesystem::path& folder) override;
  bool is_copied_to_change(const std::filesystem::path& /*path*/) override { return false; }
  bool copy_mapped(const arrow::Buffer& mapping, std::int64_t offset, std::span<std::byte> to) const override {
    return store::real_files()->copy_mapped(mapping, offset, to);
  }
  void release_pages(const arrow::Buffer& /*mapping*/) const noexcept override {}
  std::unique_ptr<LockFile> do_open_lock(const std::filesystem::path& path) override;

  /// Called before each operation that changes something, or syncs.
  void watch(Watcher watcher);
  /// Every operation from now on throws Killed, also those of open files.
  void kill();
  /// The next process: its operations work again.
  void start_again();

  /// What may be on the disk after a power cut in this instant: each combination of unsynced changes of names (any
  /// subset of each folder's, in their order) and of what became of unsynced bytes (none, zeros, half, half and zeros,
  /// all). Without those that differ only in lock files or in what temporaries hold, which nobody reads. Up to `most`
  /// are tried, by a pinned seed where there are more.
  [[nodiscard]] std::vector<std::shared_ptr<Disk>> after_a_power_cut(std::size_t most = 4096) const;

  /// Another disk, on which all that the processes see here is durable.
  [[nodiscard]] std::shared_ptr<Disk> copy() const;

  /// What tells two disks apart: paths, and bytes but those of temporaries, as the processes see them.
  [[nodiscard]] std::string fingerprint() const;
  /// Paths of all files but locks, below the root, sorted.
  [[nodiscard]] std::vector<std::string> files() const;
  /// Flips a bit in the middle of the file, synced or not.
  void rot(const std::filesystem::path& path);
  /// Whether these bytes are somewhere.
  [[nodiscard]] bool holds(const std::string& bytes) const;
  [[nodiscard]] std::string bytes_of(const std::filesystem::path& path) const;

  /// For the open files: throws Killed once the process is dead.
  void alive() const;
  void note(const char* what, const std::filesystem::path& path, std::int64_t size = 0);
  [[nodiscard]] std::int64_t tick() { return ++now_; }
  std::set<std::pair<const Node*, std::int64_t>>& locks() { return locks_; }

 protected:
  void do_sync_folder(const std::filesystem::path& path) override;
  void do_set_accessed(const std::filesystem::path& path, Timestamp when) override;

 private:
  explicit Disk(std::shared_ptr<Node> root);
  [[nodiscard]] std::shared_ptr<Node> find(const std::filesystem::path& path) const;
  [[nodiscard]] std::shared_ptr<Node> folder_of(const std::filesystem::path& path, const char* operation) const;

  std::shared_ptr<Node> root_;
  Watcher watcher_;
  bool dead_ = false;
  std::int64_t now_ = 1'700'000'000'000'000'000;
  std::set<std::pair<const Node*, std::int64_t>> locks_;
};

}  // namespace klinekeep::store
