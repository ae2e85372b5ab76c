#include "store/partition.hpp"

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/options.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "frame/status.hpp"
#include "frame/table.hpp"
#include "store/hash.hpp"

namespace klinekeep::store {
namespace {

constexpr std::string_view kMagic = "ARROW1";
constexpr std::int64_t kSmallest = 32;
constexpr std::int64_t kTrailer = 10;  // the footer's length and the magic

Refusal damaged(std::string why) { return {Refusal::Kind::damaged, std::move(why)}; }

/// What the disk cannot give, it is asked for once more: what it then gives is not damaged. Throws FileError.
std::size_t read_twice(const ReadFile& file, std::int64_t offset, std::span<std::byte> to) {
  try {
    return file.read_at(offset, to);
  } catch (const FileError& error) {
    if (error.error() != EIO) throw;
  }
  return file.read_at(offset, to);
}

/// Reads and hashes a column of a batch. None when the file ends before.
std::optional<std::string> hash_column(const ReadFile& file, const BatchEntry& batch, std::size_t column) {
  thread_local std::vector<std::byte> values;  // at most 512 KB: they stay in L2
  const auto size = static_cast<std::size_t>(batch.rows * kValueBytes);
  if (values.size() < size) values.resize(size);
  const auto to = std::span{values}.first(size);
  if (read_twice(file, batch.column_offset(column), to) != to.size()) return std::nullopt;
  return xxh3(to);
}

}  // namespace

Partition::Partition(std::unique_ptr<ReadFile> file, std::filesystem::path path, PartitionKey key)
    : file_(std::move(file)), path_(std::move(path)), key_(std::move(key)), stat_(file_->stat()) {}

Partition::~Partition() = default;

std::variant<std::shared_ptr<Partition>, Refusal> Partition::open(std::unique_ptr<ReadFile> file,
                                                                  std::filesystem::path path, PartitionKey key) {
  std::shared_ptr<Partition> partition{new Partition{std::move(file), std::move(path), std::move(key)}};
  if (auto refusal = partition->read_footer()) return *std::move(refusal);
  return partition;
}

std::optional<Refusal> Partition::probe() const {
  try {
    std::array<std::byte, kTrailer> end{};
    const std::int64_t from = stat_.size - kTrailer;
    if (read_twice(*file_, from, end) != end.size()) return damaged("it was cut while it was opened");
    std::int32_t length = 0;
    std::memcpy(&length, end.data(), sizeof length);
    if (length <= 0 || length > from) return damaged("it is no Arrow file, or a part of one");
    std::vector<std::byte> footer(static_cast<std::size_t>(length));
    if (read_twice(*file_, from - length, footer) != footer.size()) return damaged("it was cut while it was opened");
    return std::nullopt;
  } catch (const FileError& error) {
    if (error.error() != EIO) throw;
    return damaged(fmt::format("its footer cannot be read: {}", error.what()));
  }
}

std::optional<Refusal> Partition::read_footer() {
  if (stat_.size < kSmallest) return damaged(fmt::format("it has {} bytes, and so is no Arrow file", stat_.size));
  if (auto refusal = probe()) return refusal;
  mapping_ = file_->map(stat_.size);
  const std::string_view bytes{reinterpret_cast<const char*>(mapping_->data()),
                               static_cast<std::size_t>(mapping_->size())};
  if (!bytes.starts_with(kMagic) || !bytes.ends_with(kMagic)) return damaged("it is no Arrow file, or a part of one");

  arrow::ipc::IpcReadOptions options = arrow::ipc::IpcReadOptions::Defaults();
  options.use_threads = false;
  auto opened = arrow::ipc::RecordBatchFileReader::Open(std::make_shared<arrow::io::BufferReader>(mapping_), options);
  frame::check_memory(opened.status());
  if (!opened.ok()) return damaged("Arrow cannot read its footer: " + opened.status().message());
  reader_ = *std::move(opened);

  const auto metadata = reader_->metadata();
  if (!metadata) return damaged("it is an Arrow file, but says nothing of itself");
  const auto json = metadata->Get(kFooterKey);
  const auto sum = metadata->Get(kFooterSumKey);
  if (!json.ok() || !sum.ok()) return damaged("it is an Arrow file, but says nothing of itself");
  if (xxh3(std::as_bytes(std::span{*json})) != *sum) return damaged("the sum of its metadata is wrong");
  auto parsed = parse_footer(*json, key_);
  if (auto* const refusal = std::get_if<Refusal>(&parsed)) return std::move(*refusal);
  footer_ = std::get<Footer>(std::move(parsed));

  if (!reader_->schema()->Equals(*frame::arrow_schema(), /*check_metadata=*/true))
    return damaged("its columns are not those of the schema");
  if (reader_->num_record_batches() != static_cast<int>(footer_.batches.size())) {
    return damaged(fmt::format("it has {} record batches, and should have {}", reader_->num_record_batches(),
                               footer_.batches.size()));
  }
  if (!footer_.batches.empty()) {
    const BatchEntry& last = footer_.batches.back();
    if (last.offset + last.metadata_length + last.body_length > stat_.size)
      return damaged("its batches reach beyond its end");
  }
  proven_ = std::vector<std::atomic<std::uint32_t>>(footer_.batches.size());
  batches_.resize(footer_.batches.size());
  return std::nullopt;
}

FileStat Partition::stat_now() const { return file_->stat(); }

std::optional<std::string> Partition::changed() const {
  const FileStat now = file_->stat();
  if (now.size < stat_.size)
    return fmt::format("it was cut from {} to {} bytes while it was in use", stat_.size, now.size);
  if (now.size != stat_.size || now.modified_ns != stat_.modified_ns)
    return "it was written in place by another program while it was in use";
  return std::nullopt;
}

std::optional<std::string> Partition::prove(std::size_t batch, std::size_t column, Verify verify) const {
  const std::uint32_t bit = std::uint32_t{1} << column;
  if (verify == Verify::first_use && is_proven(batch, bit)) return std::nullopt;
  if (auto why = prove_bytes(batch, column)) return condemn(*std::move(why));
  if (auto why = load(batch)) return condemn(*std::move(why));
  proven_[batch].fetch_or(bit, std::memory_order_release);
  return std::nullopt;
}

std::optional<std::string> Partition::prove_bytes(std::size_t batch, std::size_t column) const {
  const BatchEntry& entry = footer_.batches[batch];
  const auto where = [&] { return fmt::format("column {} of batch {}", kSchema.at(column).name, batch); };
  try {
    const auto sum = hash_column(*file_, entry, column);
    if (!sum) return fmt::format("it ends within {}", where());
    if (*sum != entry.xxh3.at(column)) return fmt::format("the sum of {} is wrong", where());
    return std::nullopt;
  } catch (const FileError& error) {
    if (error.error() != EIO) throw;
    return fmt::format("{} cannot be read: {}", where(), error.what());
  }
}

std::optional<std::string> Partition::load(std::size_t index) const {
  const std::scoped_lock lock{mutex_};
  if (batches_[index]) return std::nullopt;
  if (auto why = changed()) return why;
  const BatchEntry& entry = footer_.batches[index];
  const auto read = reader_->ReadRecordBatch(static_cast<int>(index));
  frame::check_memory(read.status());
  if (!read.ok()) return fmt::format("Arrow cannot read batch {}: {}", index, read.status().message());
  const arrow::RecordBatch& batch = **read;
  bool as_said = batch.num_rows() == entry.rows && batch.num_columns() == static_cast<int>(kSchema.size());
  for (int column = 0; as_said && column < batch.num_columns(); ++column) {
    const arrow::ArrayData& data = *batch.column_data(column);
    as_said =
        data.length == entry.rows && data.offset == 0 && data.GetNullCount() == 0 && data.buffers.size() == 2 &&
        !data.buffers[0] && data.buffers[1] && data.buffers[1]->size() >= entry.rows * kValueBytes &&
        data.buffers[1]->address() ==
            mapping_->address() + static_cast<std::uint64_t>(entry.column_offset(static_cast<std::size_t>(column)));
  }
  if (!as_said) return fmt::format("batch {} is not what its metadata says", index);
  auto columns = batch.column_data();
  batches_[index] = arrow::RecordBatch::Make(frame::arrow_schema(), entry.rows, std::move(columns));
  return std::nullopt;
}

std::variant<Candles, std::string> Partition::read_all() const {
  Candles rows;
  rows.reserve(static_cast<std::size_t>(footer_.rows));
  for (std::size_t index = 0; index < footer_.batches.size(); ++index) {
    const BatchEntry& entry = footer_.batches[index];
    std::optional<std::string> why;
    std::size_t column = 0;
    const auto read_column = [&](auto& values) {
      using Value = typename std::remove_cvref_t<decltype(values)>::value_type;
      static_assert(sizeof(Value) == kValueBytes);
      const std::size_t before = values.size();
      values.resize(before + static_cast<std::size_t>(entry.rows));
      const auto bytes = std::as_writable_bytes(std::span{values}.subspan(before));
      const std::size_t current = column++;
      if (why) return;
      try {
        const std::size_t got = read_twice(*file_, entry.column_offset(current), bytes);
        if (got == bytes.size() && xxh3(bytes) == entry.xxh3.at(current)) return;
        why = fmt::format("the sum of column {} of batch {} is wrong", kSchema.at(current).name, index);
      } catch (const FileError& error) {
        if (error.error() != EIO) throw;
        why = error.what();
      }
    };
    std::apply([&](auto&... columns) { (read_column(columns), ...); }, rows.columns());
    if (!why) why = load(index);
    if (why) return condemn(*std::move(why));
  }
  return rows;
}

std::shared_ptr<arrow::RecordBatch> Partition::batch(std::size_t index) const {
  const std::scoped_lock lock{mutex_};
  return batches_[index];
}

std::shared_ptr<arrow::Table> Partition::whole(std::span<const std::shared_ptr<arrow::RecordBatch>> batches) const {
  const std::scoped_lock lock{mutex_};
  if (batches.empty() || !std::ranges::equal(batches, batches_)) return nullptr;
  if (!whole_) whole_ = frame::value_of(arrow::Table::FromRecordBatches(frame::arrow_schema(), batches_));
  return whole_;
}

std::string Partition::condemn(std::string why) const {
  const std::scoped_lock lock{mutex_};
  if (!condemned_) condemned_ = why;
  return why;
}

std::optional<std::string> Partition::condemned() const {
  const std::scoped_lock lock{mutex_};
  return condemned_;
}

void Partition::release_pages() const noexcept { file_->release_pages(*mapping_); }

}  // namespace klinekeep::store
