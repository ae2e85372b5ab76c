// What this process has proven of partition files: outlives their mappings, so that one that is opened again need not
// be proven again.
#pragma once

#include <arrow/type_fwd.h>

#include <compare>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/files.hpp"

namespace klinekeep::store {

/// Of one file, as it was at one time: device, inode, size, mtime and ctime say which, as a copy that is put in its
/// place may bring its mtime along. Thread-safe.
class Proof {
 public:
  /// Whether all of `columns`, a bit each, of a batch have been proven.
  [[nodiscard]] bool covers(std::size_t batch, std::uint32_t columns) const;
  void add(std::size_t batch, std::uint32_t columns);

  /// It was found damaged: nothing of it is proven any more. The first reason stays.
  void condemn(const std::string& why);
  [[nodiscard]] std::optional<std::string> condemned() const;

  /// The mapping that somebody still holds, or else what `map` makes: who keeps answers for long has one of each file.
  [[nodiscard]] std::shared_ptr<arrow::Buffer> mapping(const std::function<std::shared_ptr<arrow::Buffer>()>& map);

 private:
  mutable std::mutex mutex_;
  std::vector<std::uint32_t> proven_;  // by batch, a bit a column
  std::optional<std::string> condemned_;
  std::weak_ptr<arrow::Buffer> mapping_;
};

/// Bounded: the one that was asked for longest ago is forgotten. Thread-safe.
class Proofs {
 public:
  explicit Proofs(std::size_t capacity) : capacity_(capacity) {}
  /// What is known of the file that `files` describes so; where nothing is, that.
  [[nodiscard]] std::shared_ptr<Proof> of(const std::shared_ptr<Files>& files, const FileStat& stat);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Key {
    const Files* files;
    std::uint64_t device;
    std::uint64_t inode;
    std::int64_t size;
    std::int64_t modified_ns;
    std::int64_t changed_ns;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Entry {
    Key key;
    std::weak_ptr<Files> files;  // of a later one at the same address nothing is known
    std::shared_ptr<Proof> proof;
  };
  using Order = std::list<Entry>;

  std::size_t capacity_;
  mutable std::mutex mutex_;
  Order order_;  // the latest first
  std::map<Key, Order::iterator> places_;
};

}  // namespace klinekeep::store
