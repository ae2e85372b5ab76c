// The machine's files with a test between: it sees what is asked, and can let an operation fail. Nothing is synced, as
// no test pulls the plug.
#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
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

  std::unique_ptr<ReadFile> do_open(const std::filesystem::path& path) override;
  std::optional<FileStat> stat(const std::filesystem::path& path) override;
  std::unique_ptr<WriteFile> do_create(const std::filesystem::path& path) override;
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  bool remove(const std::filesystem::path& path) override;
  std::filesystem::path make_folders(const std::filesystem::path& path) override;
  std::vector<std::string> do_list(const std::filesystem::path& folder) override;
  bool is_copied_to_change(const std::filesystem::path& path) override;
  bool copy_mapped(const arrow::Buffer& mapping, std::int64_t offset, std::span<std::byte> to) const override {
    return real_->copy_mapped(mapping, offset, to);
  }
  void release_pages(const arrow::Buffer& mapping) const noexcept override { real_->release_pages(mapping); }
  std::unique_ptr<LockFile> do_open_lock(const std::filesystem::path& path) override;

  void watch(Watcher watcher);
  void note(Operation operation);
  /// The next write takes only half of what it is given (a byte at least).
  void shorten_next_write() { shorten_ = true; }
  /// From now on so many files may be open to read, and so many mapped, at once.
  void allow(int open, int mapped) {
    may_be_open_ = open;
    may_be_mapped_ = mapped;
  }
  [[nodiscard]] int open_now() const { return *open_; }
  [[nodiscard]] int mapped_now() const { return *mapped_; }
  /// From now on it looks like an overlayfs.
  void become_overlay() { is_overlay_ = true; }
  [[nodiscard]] bool take_shorten() { return shorten_.exchange(false); }
  /// What was done so far; forgets it.
  std::vector<Operation> take();
  [[nodiscard]] std::vector<std::string> take_names(const std::string& what);

 protected:
  void do_sync_folder(const std::filesystem::path& path) override;
  void do_set_accessed(const std::filesystem::path& path, Timestamp when) override;

 private:
  friend class FakeReadFile;
  std::mutex mutex_;
  Watcher watcher_;
  std::vector<Operation> done_;
  std::atomic<bool> shorten_ = false;
  std::atomic<bool> is_overlay_ = false;
  std::atomic<int> may_be_open_ = std::numeric_limits<int>::max();
  std::atomic<int> may_be_mapped_ = std::numeric_limits<int>::max();
  std::shared_ptr<std::atomic<int>> open_ = std::make_shared<std::atomic<int>>();
  std::shared_ptr<std::atomic<int>> mapped_ = std::make_shared<std::atomic<int>>();
  std::shared_ptr<Files> real_;
};

}  // namespace klinekeep::store
