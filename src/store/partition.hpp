// One open partition file: its metadata, its columns, and which of them are proven.
#pragma once

#include <arrow/type_fwd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/candles.hpp"
#include "store/files.hpp"
#include "store/footer.hpp"
#include "store/names.hpp"
#include "store/verify.hpp"

namespace arrow::ipc {
class RecordBatchFileReader;
}

namespace klinekeep::store {

/// Holds the file open and mapped; the batches that it gives keep the mapping alive beyond it. Thread-safe. Never
/// writes. Why something is wrong is a sentence without the path.
class Partition {
 public:
  /// Reads the footer, and checks all that it says of itself; touches no column. Throws FileError.
  [[nodiscard]] static std::variant<std::shared_ptr<Partition>, Refusal> open(std::unique_ptr<ReadFile> file,
                                                                              std::filesystem::path path,
                                                                              PartitionKey key);
  ~Partition();
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  [[nodiscard]] const PartitionKey& key() const { return key_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const Footer& footer() const { return footer_; }
  /// As it was when it was opened.
  [[nodiscard]] const FileStat& stat() const { return stat_; }
  /// As it is now. Throws FileError.
  [[nodiscard]] FileStat stat_now() const;
  /// Why the mapping must not be touched any more: the file has been written in place. Throws FileError.
  [[nodiscard]] std::optional<std::string> changed() const;

  /// Proves a column of a batch, by reads and not through the mapping, unless that was done and may be relied on. What
  /// fails condemns the partition. Returns why it is not proven. Throws FileError.
  [[nodiscard]] std::optional<std::string> prove(std::size_t batch, std::size_t column, Verify verify) const;

  /// Whether all of `columns`, a bit each, of a batch have been proven.
  [[nodiscard]] bool is_proven(std::size_t batch, std::uint32_t columns) const {
    return (proven_[batch].load(std::memory_order_acquire) & columns) == columns;
  }

  /// All rows, of which every byte is proven as it is read. Or why not. Throws FileError.
  [[nodiscard]] std::variant<Candles, std::string> read_all() const;

  /// A view of the mapping. Its columns must have been proven.
  [[nodiscard]] std::shared_ptr<arrow::RecordBatch> batch(std::size_t index) const;

  /// Where `batches` are those of the whole partition: one table of them, the same for all who ask. Else null.
  [[nodiscard]] std::shared_ptr<arrow::Table> whole(std::span<const std::shared_ptr<arrow::RecordBatch>> batches) const;

  /// Why it was found damaged after it had been opened.
  [[nodiscard]] std::optional<std::string> condemned() const;

  void release_pages() const noexcept;

 private:
  Partition(std::unique_ptr<ReadFile> file, std::filesystem::path path, PartitionKey key);

  /// Reads the footer once with reads: what the disk cannot give is an error then, and not a signal.
  [[nodiscard]] std::optional<Refusal> probe() const;
  std::optional<Refusal> read_footer();
  std::optional<std::string> load(std::size_t index) const;
  std::optional<std::string> prove_bytes(std::size_t batch, std::size_t column) const;
  std::string condemn(std::string why) const;

  std::unique_ptr<ReadFile> file_;
  std::filesystem::path path_;
  PartitionKey key_;
  FileStat stat_;
  Footer footer_;
  std::shared_ptr<arrow::Buffer> mapping_;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader_;
  mutable std::vector<std::atomic<std::uint32_t>> proven_;  // by batch, a bit a column
  mutable std::mutex mutex_;                                // over what follows
  mutable std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  mutable std::shared_ptr<arrow::Table> whole_;
  mutable std::optional<std::string> condemned_;
};

}  // namespace klinekeep::store
