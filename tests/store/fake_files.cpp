#include "store/fake_files.hpp"

#include <arrow/buffer.h>

#include <cerrno>

namespace klinekeep::store {
namespace {

/// Counts as long as it lives. Throws FileError where there would be more than `most`.
class Counted {
 public:
  Counted(std::shared_ptr<std::atomic<int>> count, int most, const FileError& error) : count_(std::move(count)) {
    if (++*count_ <= most) return;
    --*count_;
    throw FileError{error};
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*count_; }

 private:
  std::shared_ptr<std::atomic<int>> count_;
};

class CountedMapping final : public arrow::Buffer {
 public:
  CountedMapping(std::shared_ptr<arrow::Buffer> real, std::unique_ptr<Counted> count)
      : arrow::Buffer(real->data(), real->size()), real_(std::move(real)), count_(std::move(count)) {}

 private:
  std::shared_ptr<arrow::Buffer> real_;
  std::unique_ptr<Counted> count_;
};

}  // namespace

class FakeReadFile final : public ReadFile {
 public:
  FakeReadFile(std::shared_ptr<FakeFiles> files, const std::filesystem::path& path, std::unique_ptr<ReadFile> real)
      : files_(std::move(files)),
        name_(path.filename()),
        real_(std::move(real)),
        count_(files_->open_, files_->may_be_open_, FileError{"open", path, EMFILE}) {}
  FileStat stat() const override {
    files_->note({"fstat", name_});
    return real_->stat();
  }
  std::size_t read_at(std::int64_t offset, std::span<std::byte> to) const override {
    files_->note({"read", name_, offset, static_cast<std::int64_t>(to.size())});
    return real_->read_at(offset, to);
  }
  std::shared_ptr<arrow::Buffer> map(std::int64_t size) const override {
    files_->note({"map", name_, 0, size});
    auto count = std::make_unique<Counted>(files_->mapped_, files_->may_be_mapped_, FileError{"map", name_, ENOMEM});
    return std::make_shared<CountedMapping>(real_->map(size), std::move(count));
  }

 private:
  std::shared_ptr<FakeFiles> files_;
  std::string name_;
  std::unique_ptr<ReadFile> real_;
  Counted count_;
};

namespace {

class FakeWriteFile final : public WriteFile {
 public:
  FakeWriteFile(std::shared_ptr<FakeFiles> files, std::string name, std::unique_ptr<WriteFile> real)
      : files_(std::move(files)), name_(std::move(name)), real_(std::move(real)) {}
  std::size_t write(std::span<const std::byte> bytes) override {
    files_->note({"write", name_, 0, static_cast<std::int64_t>(bytes.size())});
    std::size_t size = std::min<std::size_t>(bytes.size(), 100'000);  // short, as a disk may be
    if (files_->take_shorten()) size = std::max<std::size_t>(size / 2, 1);
    return real_->write(bytes.first(size));
  }
  void sync() override { files_->note({"sync", name_}); }

 private:
  std::shared_ptr<FakeFiles> files_;
  std::string name_;
  std::unique_ptr<WriteFile> real_;
};

class FakeLockFile final : public LockFile {
 public:
  FakeLockFile(std::shared_ptr<FakeFiles> files, std::unique_ptr<LockFile> real)
      : files_(std::move(files)), real_(std::move(real)) {}
  bool try_lock(std::int64_t byte) override {
    files_->note({"try_lock", ".lock", byte, 1});
    return real_->try_lock(byte);
  }
  bool is_at_its_path() const override {
    files_->note({"stat", ".lock"});
    return real_->is_at_its_path();
  }
  bool excludes_processes() const override { return real_->excludes_processes(); }
  void beat(std::int64_t slot) override {
    files_->note({"beat", ".lock", slot});
    real_->beat(slot);
  }
  std::uint64_t beat_of(std::int64_t slot) const override { return real_->beat_of(slot); }

 private:
  std::shared_ptr<FakeFiles> files_;
  std::unique_ptr<LockFile> real_;
};

}  // namespace

std::unique_ptr<ReadFile> FakeFiles::do_open(const std::filesystem::path& path) {
  note({"open", path.filename()});
  auto file = real_->open(path);
  if (!file) return nullptr;
  return std::make_unique<FakeReadFile>(shared_from_this(), path, std::move(file));
}

std::optional<FileStat> FakeFiles::stat(const std::filesystem::path& path) {
  note({"stat", path.filename()});
  return real_->stat(path);
}

std::unique_ptr<WriteFile> FakeFiles::do_create(const std::filesystem::path& path) {
  note({"create", path.filename()});
  return std::make_unique<FakeWriteFile>(shared_from_this(), path.filename(), real_->create(path));
}

void FakeFiles::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  note({"rename", to.filename()});
  real_->rename(from, to);
}

bool FakeFiles::remove(const std::filesystem::path& path) {
  note({"remove", path.filename()});
  return real_->remove(path);
}

void FakeFiles::do_sync_folder(const std::filesystem::path& path) { note({"sync_folder", path.filename()}); }

std::filesystem::path FakeFiles::make_folders(const std::filesystem::path& path) {
  note({"make_folders", path.filename()});
  return real_->make_folders(path);
}

std::vector<std::string> FakeFiles::do_list(const std::filesystem::path& folder) {
  note({"list", folder.filename()});
  return real_->list(folder);
}

void FakeFiles::do_set_accessed(const std::filesystem::path& path, Timestamp when) {
  note({"set_accessed", path.filename()});
  real_->set_accessed(path, when);
}

bool FakeFiles::is_copied_to_change(const std::filesystem::path& path) {
  note({"statfs", path.filename()});
  return is_overlay_ || real_->is_copied_to_change(path);
}

std::unique_ptr<LockFile> FakeFiles::do_open_lock(const std::filesystem::path& path) {
  note({"open_lock", path.filename()});
  return std::make_unique<FakeLockFile>(shared_from_this(), real_->open_lock(path));
}

void FakeFiles::watch(Watcher watcher) {
  const std::scoped_lock lock{mutex_};
  watcher_ = std::move(watcher);
}

void FakeFiles::note(Operation operation) {
  Watcher watcher;
  {
    const std::scoped_lock lock{mutex_};
    done_.push_back(operation);
    watcher = watcher_;
  }
  if (watcher) watcher(operation);
}

std::vector<Operation> FakeFiles::take() {
  const std::scoped_lock lock{mutex_};
  return std::exchange(done_, {});
}

std::vector<std::string> FakeFiles::take_names(const std::string& what) {
  std::vector<std::string> names;
  for (const Operation& operation : take()) {
    if (operation.what == what) names.push_back(operation.name);
  }
  return names;
}

}  // namespace klinekeep::store
