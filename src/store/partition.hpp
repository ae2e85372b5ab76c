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
#include "klinekeep/choices.hpp"
#include "store/files.hpp"
#include "store/footer.hpp"
#include "store/names.hpp"
#include "store/proofs.hpp"

namespace arrow::ipc {
class RecordBatchFileReader;
}

namespace klinekeep::store {

class Partition;

using Rows = std::vector<std::shared_ptr<arrow::RecordBatch>>;

/// What came of opening a partition. Missing: neither.
struct Opened {
  std::shared_ptr<Partition> partition;
  std::optional<Refusal> refusal;
  FileStat stat{};  // of the file that was refused
};

/// Why bytes are not proven.
struct Unproven {
  std::string why;
  bool is_replaced = false;  // nothing is known against them: their path leads elsewhere by now, and is to be opened
};

/// Holds the file mapped, and not open: it takes no descriptor but for the time of a read. The mapping pins the bytes,
/// also when the path leads to another file or to none; the batches that it gives keep it alive beyond this.
/// Thread-safe. Never writes. Why something is wrong is a sentence without the path.
class Partition {
 public:
  /// Reads the footer, and checks all that it says of itself; touches no column. With `proofs`, relies on what they
  /// know of the file, and adds to it. Throws FileError, or bad_alloc.
  [[nodiscard]] static Opened open(std::shared_ptr<Files> files, std::filesystem::path path, PartitionKey key,
                                   Proofs* proofs = nullptr);
  ~Partition();
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  [[nodiscard]] const PartitionKey& key() const { return key_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const Footer& footer() const { return footer_; }
  /// As it was when it was opened.
  [[nodiscard]] const FileStat& stat() const { return stat_; }
  /// Whether `now` is this file as it was when it was last proven or looked at.
  [[nodiscard]] bool is_of(const FileStat& now) const {
    return stat_.same_content(now) && now.changed_ns == changed_ns_.load(std::memory_order_relaxed);
  }
  /// Why the mapping must not be touched any more: the file has been written in place. Where `stat` cannot tell, as the
  /// path leads elsewhere, what is mapped is proven anew: all of it, or the batches that `rows` are views of. Throws
  /// FileError, or bad_alloc.
  [[nodiscard]] std::optional<std::string> changed() const;
  [[nodiscard]] std::optional<std::string> changed(const Rows& rows) const;

  /// Proves columns of the batches [first, last), by reads and not through the mapping, unless that was done and may be
  /// relied on. Never other bytes than the mapped ones. What fails condemns the partition. Throws FileError.
  [[nodiscard]] std::optional<Unproven> prove(std::size_t first, std::size_t last,
                                              const std::vector<std::size_t>& columns, Verify verify) const;

  /// Whether all of `columns`, a bit each, of a batch have been proven.
  [[nodiscard]] bool is_proven(std::size_t batch, std::uint32_t columns) const {
    return (ready_[batch].load(std::memory_order_acquire) & columns) == columns;
  }

  /// All rows, of which every byte is proven as it is read. Or why not. Throws FileError.
  [[nodiscard]] std::variant<Candles, Unproven> read_all() const;

  /// A view of the mapping. Its columns must have been proven.
  [[nodiscard]] std::shared_ptr<arrow::RecordBatch> batch(std::size_t index) const;

  /// Where `batches` are those of the whole partition: one table of them, the same for all who ask. Else null.
  [[nodiscard]] std::shared_ptr<arrow::Table> whole(std::span<const std::shared_ptr<arrow::RecordBatch>> batches) const;

  /// Why it was found damaged after it had been opened.
  [[nodiscard]] std::optional<std::string> condemned() const { return proof_->condemned(); }

  /// Sets its access time, on the disk too.
  void touch(Timestamp now) const;
  /// When it was last used, as far as the disk was seen to tell.
  [[nodiscard]] std::int64_t accessed_ns() const { return accessed_ns_.load(std::memory_order_relaxed); }
  void saw_accessed(std::int64_t accessed_ns) const { accessed_ns_.store(accessed_ns, std::memory_order_relaxed); }

  void release_pages() const noexcept { files_->release_pages(*mapping_); }

 private:
  Partition(std::shared_ptr<Files> files, std::filesystem::path path, PartitionKey key, FileStat stat,
            std::shared_ptr<Proof> proof);

  /// Reads the footer once with reads: what the disk cannot give is an error then, and not a signal.
  [[nodiscard]] std::optional<Refusal> probe(const ReadFile& file) const;
  std::optional<Refusal> read_footer(const ReadFile& file);
  /// Opens the file of the mapping once more, to read from it.
  [[nodiscard]] std::variant<std::unique_ptr<ReadFile>, Unproven> reopen() const;
  [[nodiscard]] std::optional<std::string> change_to(const FileStat& now) const;
  [[nodiscard]] std::optional<std::string> changed(const Rows* rows) const;
  [[nodiscard]] std::optional<std::string> change_of_mapping(const Rows* rows) const;
  [[nodiscard]] bool is_viewed(const BatchEntry& batch, const Rows& rows) const;
  std::optional<std::string> load(std::size_t index) const;
  std::optional<std::string> prove_bytes(const ReadFile& file, std::size_t batch, std::size_t column) const;
  Unproven condemn(std::string why) const;

  std::shared_ptr<Files> files_;
  std::filesystem::path path_;
  PartitionKey key_;
  FileStat stat_;
  std::shared_ptr<Proof> proof_;
  Footer footer_;
  std::shared_ptr<arrow::Buffer> mapping_;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader_;
  mutable std::atomic<std::int64_t> accessed_ns_;
  mutable std::vector<std::atomic<std::uint32_t>> ready_;  // by batch, a bit a column: proven, and the batch loaded
  mutable std::atomic<std::int64_t> changed_ns_;           // the ctime that what is proven goes with
  mutable std::mutex mutex_;                               // over what follows
  mutable std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  mutable std::shared_ptr<arrow::Table> whole_;
};

}  // namespace klinekeep::store
