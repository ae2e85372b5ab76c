#include "store/disk.hpp"

#include <arrow/buffer.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <stdexcept>

#include "store/hash.hpp"
#include "store/names.hpp"

namespace klinekeep::store {

/// A file or a folder. `names` and `bytes` are what the processes see; a power cut leaves `synced…`, and of what was
/// done since any part.
struct Disk::Node {
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  /// Names of one folder that change together; null: the name goes.
  using Change = std::vector<std::pair<std::string, std::shared_ptr<Node>>>;

  bool folder = false;
  std::uint64_t inode = 0;
  std::int64_t modified = 0;
  std::int64_t accessed = 0;
  std::string bytes;
  std::size_t synced_bytes = 0;  // a prefix, as files only grow
  mutable std::string sum;       // of the bytes, once it was asked for
  Names names;
  Names synced_names;
  std::vector<Change> changes;

  [[nodiscard]] const std::string& hash() const {
    if (sum.empty()) sum = xxh3(std::as_bytes(std::span{bytes}));
    return sum;
  }
  void change(Change change) {
    apply(names, change);
    changes.push_back(std::move(change));
  }
  static void apply(Names& names, const Change& change) {
    for (const auto& [name, node] : change) {
      if (node) {
        names[name] = node;
      } else {
        names.erase(name);
      }
    }
  }
};

namespace {

using NodePtr = std::shared_ptr<Disk::Node>;

std::uint64_t next_inode() {
  static std::uint64_t inode = 0;
  return ++inode;
}

NodePtr new_node(bool folder) {
  auto node = std::make_shared<Disk::Node>();
  node->folder = folder;
  node->inode = next_inode();
  return node;
}

FileStat stat_of(const Disk::Node& node) {
  return {1, node.inode, static_cast<std::int64_t>(node.bytes.size()), node.modified, node.accessed};
}

class DiskReadFile final : public ReadFile {
 public:
  DiskReadFile(std::weak_ptr<Disk> disk, NodePtr node) : disk_(std::move(disk)), node_(std::move(node)) {}
  FileStat stat() const override {
    check();
    return stat_of(*node_);
  }
  std::size_t read_at(std::int64_t offset, std::span<std::byte> to) const override {
    check();
    const auto from = std::min(static_cast<std::size_t>(offset), node_->bytes.size());
    const std::size_t size = std::min(to.size(), node_->bytes.size() - from);
    std::memcpy(to.data(), node_->bytes.data() + from, size);
    return size;
  }
  std::shared_ptr<arrow::Buffer> map(std::int64_t size) const override {
    check();
    std::shared_ptr<arrow::Buffer> copy = arrow::AllocateBuffer(size).ValueOrDie();
    std::memcpy(copy->mutable_data(), node_->bytes.data(), static_cast<std::size_t>(size));
    return copy;
  }

 private:
  void check() const {
    if (const auto disk = disk_.lock()) disk->alive();
  }
  std::weak_ptr<Disk> disk_;  // the process keeps partitions open longer than a test its disk
  NodePtr node_;
};

class DiskWriteFile final : public WriteFile {
 public:
  DiskWriteFile(std::shared_ptr<Disk> disk, std::filesystem::path path, NodePtr node)
      : disk_(std::move(disk)), path_(std::move(path)), node_(std::move(node)) {}
  std::size_t write(std::span<const std::byte> bytes) override {
    constexpr std::size_t kMost = 16'384;
    const auto part = bytes.first(std::min(bytes.size(), kMost));
    disk_->note("write", path_, static_cast<std::int64_t>(part.size()));
    const std::size_t before = node_->bytes.size();
    node_->bytes.resize(before + part.size());
    std::memcpy(node_->bytes.data() + before, part.data(), part.size());
    node_->sum.clear();
    node_->modified = disk_->tick();
    return part.size();
  }
  void sync() override {
    disk_->note("sync", path_);
    node_->synced_bytes = node_->bytes.size();
  }

 private:
  std::shared_ptr<Disk> disk_;
  std::filesystem::path path_;
  NodePtr node_;
};

class DiskLockFile final : public LockFile {
 public:
  DiskLockFile(std::shared_ptr<Disk> disk, NodePtr node) : disk_(std::move(disk)), node_(std::move(node)) {}
  DiskLockFile(const DiskLockFile&) = delete;
  DiskLockFile& operator=(const DiskLockFile&) = delete;
  ~DiskLockFile() override {
    for (const std::int64_t byte : held_) disk_->locks().erase({node_.get(), byte});
  }
  bool try_lock(std::int64_t byte) override {
    disk_->alive();
    if (held_.contains(byte)) return true;
    if (!disk_->locks().insert({node_.get(), byte}).second) return false;
    held_.insert(byte);
    return true;
  }
  bool is_at_its_path() const override { return true; }  // nobody removes folders there
  bool excludes_processes() const override { return true; }
  void beat(std::int64_t /*slot*/) override {}
  std::uint64_t beat_of(std::int64_t /*slot*/) const override { return 0; }

 private:
  std::shared_ptr<Disk> disk_;
  NodePtr node_;
  std::set<std::int64_t> held_;
};

/// What a power cut leaves: one choice for each thing that is not synced.
class Survival {
 public:
  explicit Survival(const NodePtr& root) { look(root); }

  /// How many combinations there are, at most `most`.
  [[nodiscard]] std::size_t count(std::size_t most) const {
    std::size_t product = 1;
    for (const std::size_t options : options_) product = std::min(most, product * options);
    return product;
  }
  [[nodiscard]] std::vector<std::size_t> choices_of(std::size_t number) const {
    std::vector<std::size_t> choices;
    for (const std::size_t options : options_) {
      choices.push_back(number % options);
      number /= options;
    }
    return choices;
  }
  [[nodiscard]] std::vector<std::size_t> random_choices(std::mt19937_64& random) const {
    std::vector<std::size_t> choices;
    for (const std::size_t options : options_) choices.push_back(random() % options);
    return choices;
  }
  [[nodiscard]] NodePtr leave_all(const NodePtr& root) {
    std::vector<std::size_t> choices;
    for (const std::size_t options : options_) choices.push_back(options - 1);
    return leave(root, choices);
  }
  [[nodiscard]] NodePtr leave(const NodePtr& root, const std::vector<std::size_t>& choices) {
    made_.clear();
    return make(root, choices);
  }

 private:
  static constexpr std::size_t kFates = 5;  // of unsynced bytes

  void look(const NodePtr& node) {
    if (place_.contains(node.get())) return;
    place_[node.get()] = options_.size();
    if (!node->folder) {
      options_.push_back(node->synced_bytes == node->bytes.size() ? 1 : kFates);
      return;
    }
    options_.push_back(std::size_t{1} << node->changes.size());
    for (const auto* const names : {&node->names, &node->synced_names}) {
      for (const auto& [name, child] : *names) look(child);
    }
    for (const auto& change : node->changes) {
      for (const auto& [name, child] : change) {
        if (child) look(child);
      }
    }
  }

  NodePtr make(const NodePtr& from, const std::vector<std::size_t>& choices) {
    if (!from->folder && from->synced_bytes == from->bytes.size()) return from;  // nobody writes into it any more
    NodePtr& to = made_[from.get()];
    if (to) return to;
    to = new_node(from->folder);
    to->inode = from->inode;
    to->modified = from->modified;
    to->accessed = from->accessed;
    const std::size_t choice = choices[place_.at(from.get())];
    if (!from->folder) {
      to->bytes = what_is_left(*from, choice);
      to->synced_bytes = to->bytes.size();
      return to;
    }
    const NodePtr folder = to;  // `to` is a place in a map that grows
    Disk::Node::Names names = from->synced_names;
    for (std::size_t i = 0; i < from->changes.size(); ++i) {
      if ((choice >> i & 1) != 0) Disk::Node::apply(names, from->changes[i]);
    }
    for (const auto& [name, child] : names) folder->names[name] = make(child, choices);
    folder->synced_names = folder->names;
    return folder;
  }

  static std::string what_is_left(const Disk::Node& file, std::size_t fate) {
    const std::size_t unsynced = file.bytes.size() - file.synced_bytes;
    if (unsynced == 0) return file.bytes;
    const std::string half = file.bytes.substr(0, file.synced_bytes + unsynced / 2);
    switch (fate) {
      case 0:
        return file.bytes.substr(0, file.synced_bytes);
      case 1:
        return file.bytes.substr(0, file.synced_bytes) + std::string(unsynced, '\0');
      case 2:
        return half;
      case 3:
        return half + std::string(file.bytes.size() - half.size(), '\0');
      default:
        return file.bytes;
    }
  }

  std::map<const Disk::Node*, std::size_t> place_;
  std::vector<std::size_t> options_;
  std::map<const Disk::Node*, NodePtr> made_;
};

template <class Use>
void each_file(const Disk::Node& folder, const std::string& path, const Use& use) {
  for (const auto& [name, node] : folder.names) {
    const std::string whole = path.empty() ? name : path + '/' + name;
    if (node->folder) {
      each_file(*node, whole, use);
    } else {
      use(whole, name, *node);
    }
  }
}

}  // namespace

Disk::Disk() : Disk(new_node(true)) {}
Disk::Disk(std::shared_ptr<Node> root) : root_(std::move(root)) {}
Disk::~Disk() = default;

void Disk::alive() const {
  if (dead_) throw Killed();
}

void Disk::note(const char* what, const std::filesystem::path& path, std::int64_t size) {
  alive();
  if (watcher_) watcher_({what, path.filename(), 0, size});
  alive();
}

void Disk::watch(Watcher watcher) { watcher_ = std::move(watcher); }
void Disk::kill() { dead_ = true; }
void Disk::start_again() { dead_ = false; }

std::shared_ptr<Disk::Node> Disk::find(const std::filesystem::path& path) const {
  auto node = root_;
  for (const auto& name : path.relative_path()) {
    const auto child = node->names.find(name.string());
    if (child == node->names.end()) return nullptr;
    node = child->second;
  }
  return node;
}

std::shared_ptr<Disk::Node> Disk::folder_of(const std::filesystem::path& path, const char* operation) const {
  auto folder = find(path.parent_path());
  if (!folder || !folder->folder) throw FileError(operation, path, ENOENT);
  return folder;
}

std::unique_ptr<ReadFile> Disk::do_open(const std::filesystem::path& path) {
  alive();
  const auto node = find(path);
  if (!node) return nullptr;
  if (node->folder) throw FileError("open", path, EISDIR);
  return std::make_unique<DiskReadFile>(weak_from_this(), node);
}

std::optional<FileStat> Disk::stat(const std::filesystem::path& path) {
  alive();
  const auto node = find(path);
  return node ? std::optional{stat_of(*node)} : std::nullopt;
}

std::unique_ptr<WriteFile> Disk::do_create(const std::filesystem::path& path) {
  note("create", path);
  const auto folder = folder_of(path, "create");
  if (find(path)) throw FileError("create", path, EEXIST);
  const auto node = new_node(false);
  node->modified = tick();
  folder->change({{path.filename(), node}});
  return std::make_unique<DiskWriteFile>(shared_from_this(), path, node);
}

void Disk::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  note("rename", to);
  const auto node = find(from);
  if (!node) throw FileError("rename to", to, ENOENT);
  const auto source = folder_of(from, "rename to");
  const auto target = folder_of(to, "rename to");
  if (source == target) {
    source->change({{from.filename(), nullptr}, {to.filename(), node}});
  } else {
    target->change({{to.filename(), node}});
    source->change({{from.filename(), nullptr}});
  }
}

bool Disk::remove(const std::filesystem::path& path) {
  note("remove", path);
  if (!find(path)) return false;
  folder_of(path, "remove")->change({{path.filename(), nullptr}});
  return true;
}

void Disk::do_sync_folder(const std::filesystem::path& path) {
  note("sync_folder", path);
  const auto folder = find(path);
  if (!folder || !folder->folder) throw FileError("open", path, ENOENT);
  folder->synced_names = folder->names;
  folder->changes.clear();
}

std::filesystem::path Disk::make_folders(const std::filesystem::path& path) {
  note("make_folders", path);
  auto node = root_;
  std::filesystem::path there = path.root_path();
  for (const auto& name : path.relative_path()) {
    auto child = node->names.find(name.string());
    if (child != node->names.end()) {
      there /= name;
    } else {
      node->change({{name.string(), new_node(true)}});
      child = node->names.find(name.string());
    }
    node = child->second;
  }
  return there;
}

std::vector<std::string> Disk::do_list(const std::filesystem::path& path) {
  alive();
  std::vector<std::string> names;
  const auto folder = find(path);
  if (!folder || !folder->folder) return names;
  for (const auto& each : folder->names) names.push_back(each.first);
  return names;
}

void Disk::do_set_accessed(const std::filesystem::path& path, Timestamp when) {
  alive();
  if (const auto node = find(path)) node->accessed = std::chrono::nanoseconds{when.time_since_epoch()}.count();
}

std::unique_ptr<LockFile> Disk::do_open_lock(const std::filesystem::path& path) {
  auto node = find(path);
  if (!node) {
    note("open_lock", path);
    node = new_node(false);
    folder_of(path, "open")->change({{path.filename(), node}});
  }
  return std::make_unique<DiskLockFile>(shared_from_this(), node);
}

std::vector<std::shared_ptr<Disk>> Disk::after_a_power_cut(std::size_t most) const {
  Survival survival{root_};
  std::map<std::string, std::shared_ptr<Disk>> left;
  std::mt19937_64 random{20261123};
  const std::size_t count = survival.count(most);
  for (std::size_t number = 0; number < count; ++number) {
    const auto choices = count < most ? survival.choices_of(number) : survival.random_choices(random);
    std::shared_ptr<Disk> disk{new Disk{survival.leave(root_, choices)}};
    disk->now_ = now_ + 1'000'000'000;
    left.try_emplace(disk->fingerprint(), disk);
  }
  std::vector<std::shared_ptr<Disk>> disks;
  for (auto& each : left) disks.push_back(std::move(each.second));
  return disks;
}

std::shared_ptr<Disk> Disk::copy() const {
  Survival survival{root_};
  std::shared_ptr<Disk> disk{new Disk{survival.leave_all(root_)}};
  disk->now_ = now_ + 1'000'000'000;
  return disk;
}

std::string Disk::fingerprint() const {
  std::string text;
  each_file(*root_, "", [&](const std::string& path, const std::string& name, const Node& file) {
    if (name == ".lock") return;
    const bool temporary = parse_temporary_name(name).has_value();
    text += temporary ? path.substr(0, path.rfind('.', path.size() - 5)) + '\n' : path + ' ' + file.hash() + '\n';
  });
  return text;
}

std::vector<std::string> Disk::files() const {
  std::vector<std::string> paths;
  each_file(*root_, "", [&](const std::string& path, const std::string& name, const Node& /*file*/) {
    if (name != ".lock") paths.push_back(path);
  });
  return paths;
}

void Disk::rot(const std::filesystem::path& path) {
  const auto rotten = std::make_shared<Node>(*find(path));  // another disk may share the sound one
  rotten->bytes[rotten->bytes.size() / 2] ^= 1;
  rotten->sum.clear();
  rotten->modified = tick();
  const auto folder = folder_of(path, "rot");
  for (auto* const names : {&folder->names, &folder->synced_names}) (*names)[path.filename()] = rotten;
}

bool Disk::holds(const std::string& bytes) const {
  bool found = false;
  each_file(*root_, "", [&](const auto&, const auto&, const Node& file) { found = found || file.bytes == bytes; });
  return found;
}

std::string Disk::bytes_of(const std::filesystem::path& path) const { return find(path)->bytes; }

}  // namespace klinekeep::store
