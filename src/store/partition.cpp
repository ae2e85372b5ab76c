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

constexpr std::uint32_t bit_of(std::size_t column) { return std::uint32_t{1} << column; }

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

Partition::Partition(std::shared_ptr<Files> files, std::filesystem::path path, PartitionKey key, FileStat stat,
                     std::shared_ptr<Proof> proof)
    : files_(std::move(files)),
      path_(std::move(path)),
      key_(std::move(key)),
      stat_(stat),
      proof_(std::move(proof)),
      accessed_ns_(stat.accessed_ns),
      changed_ns_(stat.changed_ns) {}

Partition::~Partition() = default;

Opened Partition::open(std::shared_ptr<Files> files, std::filesystem::path path, PartitionKey key, Proofs* proofs) {
  const auto file = files->open(path);
  if (!file) return {};
  const FileStat stat = file->stat();
  auto proof = proofs != nullptr ? proofs->of(files, stat) : std::make_shared<Proof>();
  if (auto why = proof->condemned()) return {nullptr, damaged(*std::move(why)), stat};
  const std::shared_ptr<Partition> partition{
      new Partition{std::move(files), std::move(path), std::move(key), stat, std::move(proof)}};
  if (auto refusal = partition->read_footer(*file)) return {nullptr, std::move(refusal), stat};
  return {partition, std::nullopt, {}};
}

std::optional<Refusal> Partition::probe(const ReadFile& file) const {
  try {
    std::array<std::byte, kTrailer> end{};
    const std::int64_t from = stat_.size - kTrailer;
    if (read_twice(file, from, end) != end.size()) return damaged("it was cut while it was opened");
    std::int32_t length = 0;
    std::memcpy(&length, end.data(), sizeof length);
    if (length <= 0 || length > from) return damaged("it is no Arrow file, or a part of one");
    std::vector<std::byte> footer(static_cast<std::size_t>(length));
    if (read_twice(file, from - length, footer) != footer.size()) return damaged("it was cut while it was opened");
    return std::nullopt;
  } catch (const FileError& error) {
    if (error.error() != EIO) throw;
    return damaged(fmt::format("its footer cannot be read: {}", error.what()));
  }
}

std::optional<Refusal> Partition::read_footer(const ReadFile& file) {
  if (stat_.size < kSmallest) return damaged(fmt::format("it has {} bytes, and so is no Arrow file", stat_.size));
  if (auto refusal = probe(file)) return refusal;
  mapping_ = proof_->mapping([&] { return file.map(stat_.size); });
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
  ready_ = std::vector<std::atomic<std::uint32_t>>(footer_.batches.size());
  batches_.resize(footer_.batches.size());
  return std::nullopt;
}

std::optional<std::string> Partition::change_to(const FileStat& now) const {
  if (now.size < stat_.size)
    return fmt::format("it was cut from {} to {} bytes while it was in use", stat_.size, now.size);
  if (now.size != stat_.size || now.modified_ns != stat_.modified_ns)
    return "it was written in place by another program while it was in use";
  if (now.changed_ns == changed_ns_.load(std::memory_order_relaxed)) return std::nullopt;
  // Its owner, its links or its times were changed: or its bytes, and then its mtime was put back.
  if (auto why = change_of_mapping(nullptr)) return why;
  changed_ns_.store(now.changed_ns, std::memory_order_relaxed);
  return std::nullopt;
}

std::optional<std::string> Partition::changed() const { return changed(nullptr); }

std::optional<std::string> Partition::changed(const Rows& rows) const { return changed(&rows); }

std::optional<std::string> Partition::changed(const Rows* rows) const {
  // The inode is not used again for another file while it is mapped: so it is the same file where it is the same
  // number.
  const auto now = files_->stat(path_);
  if (now && now->same_file(stat_)) return change_to(*now);
  // Its path leads elsewhere, so that nothing tells whether somebody still writes into it, who has it open.
  return change_of_mapping(rows);
}

bool Partition::is_viewed(const BatchEntry& batch, const Rows& rows) const {
  const auto begin = mapping_->address() + static_cast<std::uint64_t>(batch.offset);
  const auto end = begin + static_cast<std::uint64_t>(batch.metadata_length + batch.body_length);
  return std::ranges::any_of(rows, [&](const std::shared_ptr<arrow::RecordBatch>& each) {
    const auto address = each->column_data(0)->buffers[1]->address();
    return begin <= address && address < end;
  });
}

/// Proves what is mapped: all of it, or what `rows` view.
std::optional<std::string> Partition::change_of_mapping(const Rows* rows) const {
  std::vector<std::byte> values;
  for (const BatchEntry& batch : footer_.batches) {
    if (rows != nullptr && !is_viewed(batch, *rows)) continue;
    values.resize(static_cast<std::size_t>(batch.rows * kValueBytes));
    for (std::size_t column = 0; column < batch.xxh3.size(); ++column) {
      if (!files_->copy_mapped(*mapping_, batch.column_offset(column), values)) return "it was cut while it was in use";
      if (xxh3(values) != batch.xxh3.at(column))
        return "it was written in place by another program while it was in use";
    }
  }
  return std::nullopt;
}

std::variant<std::unique_ptr<ReadFile>, Unproven> Partition::reopen() const {
  auto file = files_->open(path_);
  const auto now = file ? std::optional{file->stat()} : std::nullopt;
  if (!now || !now->same_file(stat_))
    return Unproven{.why = "it was removed or replaced before it was proven", .is_replaced = true};
  if (auto why = change_to(*now)) return condemn(*std::move(why));
  return file;
}

std::optional<Unproven> Partition::prove(std::size_t first, std::size_t last, const std::vector<std::size_t>& columns,
                                         Verify verify) const {
  std::uint32_t mask = 0;
  for (const std::size_t column : columns) mask |= bit_of(column);
  std::unique_ptr<ReadFile> file;
  for (std::size_t batch = first; batch < last; ++batch) {
    for (const std::size_t column : columns) {
      if (verify == Verify::AUTO && proof_->covers(batch, bit_of(column))) continue;
      if (!file) {
        auto opened = reopen();
        if (auto* const unproven = std::get_if<Unproven>(&opened)) return std::move(*unproven);
        file = std::get<std::unique_ptr<ReadFile>>(std::move(opened));
      }
      if (auto why = prove_bytes(*file, batch, column)) return condemn(*std::move(why));
    }
  }
  if (file) {
    if (auto why = change_to(file->stat())) return condemn(*std::move(why));
  }
  for (std::size_t batch = first; batch < last; ++batch) {
    if (auto why = load(batch)) return condemn(*std::move(why));
    proof_->add(batch, mask);
    ready_[batch].fetch_or(mask, std::memory_order_release);
  }
  return std::nullopt;
}

std::optional<std::string> Partition::prove_bytes(const ReadFile& file, std::size_t batch, std::size_t column) const {
  const BatchEntry& entry = footer_.batches[batch];
  const auto where = [&] { return fmt::format("column {} of batch {}", kSchema.at(column).name, batch); };
  try {
    const auto sum = hash_column(file, entry, column);
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

std::variant<Candles, Unproven> Partition::read_all() const {
  auto opened = reopen();
  if (auto* const unproven = std::get_if<Unproven>(&opened)) return std::move(*unproven);
  const ReadFile& file = *std::get<std::unique_ptr<ReadFile>>(opened);
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
        const std::size_t got = read_twice(file, entry.column_offset(current), bytes);
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

void Partition::touch(Timestamp now) const {
  // Its ctime goes with its access time: what is written into it between these lines, with its mtime put back, is not
  // seen.
  const bool is_as_proven = !changed();
  files_->set_accessed(path_, now);
  saw_accessed(std::chrono::nanoseconds{now.time_since_epoch()}.count());
  const auto touched = files_->stat(path_);
  if (is_as_proven && touched && touched->same_content(stat_))
    changed_ns_.store(touched->changed_ns, std::memory_order_relaxed);
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

Unproven Partition::condemn(std::string why) const {
  proof_->condemn(why);
  return {.why = std::move(why)};
}

}  // namespace klinekeep::store
