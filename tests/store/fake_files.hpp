// The machine's files with a test between: it sees what is asked, and can let an operation fail. Nothing is synced, as
// no test pulls the plug.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "store/files.hpp"

namespace klinekeep::store {

/// One operation: what, and on which file name (not path); of reads and locks also where.
struct Operation {
  std::string what;
  std::string name;
  std::int64_t offset = 0;
  std::int64_t size = 0;
};

/// Thread-safe.
class FakeFiles final : public Files, public std::enable_shared_from_this<FakeFiles> {
 public:
  /// Called before each operation; what it throws is what the operation does. It may change the disk, too.
  using Watcher = std::function<void(const Operation&)>;
  explicit FakeFiles(Watcher watcher = {}, std::shared_ptr<Files> under = real_files())
      : watcher_(std::move(watcher)), real_(std::move(under)) {}

  std::unique_ptr<ReadFile> open(const std::filesystem::path& path) override;
  std::optional<FileStat> stat(const std::filesystem::path& path) override;
  std::unique_ptr<WriteFile> create(const std::filesystem::path& path) override;
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  bool remove(const std::filesystem::path& path) override;
  void sync_folder(const std::filesystem::path& path) override;
  std::filesystem::path make_folders(const std::filesystem::path& path) override;
  std::vector<std::string> list(const std::filesystem::path& folder) override;
  void set_accessed(const std::filesystem::path& path, Timestamp when) override;
  std::unique_ptr<LockFile> open_lock(const std::filesystem::path& path) override;

  void watch(Watcher watcher);
  void note(Operation operation);
  /// The next write takes only half of what it is given (a byte at least).
  void shorten_next_write() { shorten_ = true; }
  [[nodiscard]] bool take_shorten() { return shorten_.exchange(false); }
  /// What was done so far; forgets it.
  std::vector<Operation> take();
  [[nodiscard]] std::vector<std::string> take_names(const std::string& what);

 private:
  std::mutex mutex_;
  Watcher watcher_;
  std::vector<Operation> done_;
  std::atomic<bool> shorten_ = false;
  std::shared_ptr<Files> real_;
};

}  // namespace klinekeep::store
