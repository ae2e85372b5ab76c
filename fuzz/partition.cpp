#include "store/partition.hpp"

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "entry.hpp"
#include "store/validate.hpp"

namespace klinekeep::fuzz {
namespace {

/// The input as a file.
class MemoryFile final : public store::ReadFile {
 public:
  explicit MemoryFile(std::string_view bytes) : bytes_(arrow::Buffer::FromString(std::string{bytes})) {}
  store::FileStat stat() const override {
    store::FileStat stat;
    stat.size = bytes_->size();
    return stat;
  }
  std::size_t read_at(std::int64_t offset, std::span<std::byte> to) const override {
    if (offset >= bytes_->size()) return 0;
    const auto size = std::min(to.size(), static_cast<std::size_t>(bytes_->size() - offset));
    if (size > 0) std::memcpy(to.data(), bytes_->data() + offset, size);
    return size;
  }
  std::shared_ptr<arrow::Buffer> map(std::int64_t size) const override { return arrow::SliceBuffer(bytes_, 0, size); }

 private:
  std::shared_ptr<arrow::Buffer> bytes_;
};

/// A disk that holds the input, whatever the path. Nothing else is asked of it.
class MemoryFiles final : public store::Files {
 public:
  explicit MemoryFiles(std::string_view bytes) : bytes_(bytes) {}
  std::unique_ptr<store::ReadFile> do_open(const std::filesystem::path&) override {
    return std::make_unique<MemoryFile>(bytes_);
  }
  std::optional<store::FileStat> stat(const std::filesystem::path&) override { return MemoryFile{bytes_}.stat(); }
  bool copy_mapped(const arrow::Buffer& /*mapping*/, std::int64_t /*offset*/,
                   std::span<std::byte> /*to*/) const override {
    return false;
  }
  void release_pages(const arrow::Buffer&) const noexcept override {}
  bool is_copied_to_change(const std::filesystem::path&) override { return false; }

  std::unique_ptr<store::WriteFile> do_create(const std::filesystem::path&) override { never(); }
  void rename(const std::filesystem::path&, const std::filesystem::path&) override { never(); }
  bool remove(const std::filesystem::path&) override { never(); }
  std::filesystem::path make_folders(const std::filesystem::path&) override { never(); }
  std::vector<std::string> do_list(const std::filesystem::path&) override { never(); }
  std::unique_ptr<store::LockFile> do_open_lock(const std::filesystem::path&) override { never(); }

 protected:
  void do_sync_folder(const std::filesystem::path&) override { never(); }
  void do_set_accessed(const std::filesystem::path&, Timestamp) override { never(); }

 private:
  [[noreturn]] static void never() { throw std::logic_error("a partition that is read changes nothing"); }

  std::string_view bytes_;
};

const store::PartitionKey& key() {
  static const store::PartitionKey key{
      {MarketType::SPOT, Symbol{"BASETAIL"}, Interval::HOUR_1}, std::chrono::year{2024} / 3, store::Part::base};
  return key;
}

void footer_alone(std::string_view input) {
  const auto parsed = store::parse_footer(input, key());
  const auto* const footer = std::get_if<store::Footer>(&parsed);
  if (footer == nullptr) return;
  const auto again = store::parse_footer(store::to_json(*footer, key()), key());
  require(std::holds_alternative<store::Footer>(again), "what was read can be written and read");
  require(std::get<store::Footer>(again) == *footer, "what was read and written is the same");
}

}  // namespace

void partition(std::string_view input) {
  footer_alone(input);
  const auto opened = store::Partition::open(std::make_shared<MemoryFiles>(input), "fuzz", key());
  if (opened.refusal) {
    require(!opened.refusal->why.empty(), "a refusal says why");
    return;
  }
  const store::Partition& partition = *opened.partition;
  const store::Footer& footer = partition.footer();
  require(store::fault_of(footer, key()).empty(), "an open partition keeps the rules");
  static_cast<void>(store::known(footer.coverage, Interval::HOUR_1, store::Filter{}));
  bool proven = true;
  for (std::size_t batch = 0; batch < footer.batches.size(); ++batch) {
    for (std::size_t column = 0; column < kSchema.size(); ++column)
      proven = !partition.prove(batch, batch + 1, {column}, Verify::AUTO) && proven;
  }
  auto read = partition.read_all();
  auto* const rows = std::get_if<Candles>(&read);
  require(proven == (rows != nullptr), "the proof by column and the one by reading agree");
  require(partition.condemned().has_value() != proven, "what is not proven is condemned");
  if (!proven) return;
  std::size_t row = 0;
  for (std::size_t index = 0; index < footer.batches.size(); ++index) {
    const auto batch = partition.batch(index);
    require(batch && batch->num_rows() == footer.batches[index].rows, "a batch has the rows that it says");
    const auto* const opens = batch->column_data(0)->GetValues<std::int64_t>(1);
    for (std::int64_t i = 0; i < batch->num_rows(); ++i)
      require(opens[i] == rows->open_time[row++], "mapped and read rows are the same");
  }
  static_cast<void>(store::faults_of({std::move(*rows), footer.coverage}, key()));
}

}  // namespace klinekeep::fuzz
