#include "archive/zip_factory.hpp"

#include <future>

#include "archive/zip_reader.hpp"
#include "archive/zip_writer.hpp"
#include "faults/file_faults.hpp"
#include "faults/row_faults.hpp"

namespace replica {
namespace {

constexpr std::size_t kManyRows = 10'000;  // more than a month of 5m: packed by ISA-L
constexpr std::size_t kBlock = std::size_t{1} << 20U;
constexpr std::string_view kHeader =
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore";

/// Prints rows into a zip. While one block is packed on another thread, the next one is written.
class CsvEnd final : public RowStep {
 public:
  CsvEnd(ZipWriter& zip, TimeUnit unit, bool crlf) : zip_(zip), unit_(unit), crlf_(crlf) {}

  void put(const Row& row) override {
    append_csv(block_, row, unit_);
    end_line();
  }
  void put_raw(std::string_view text) override {
    (block_ += text) += '\n';
    end_line();
  }
  void finish() override {
    hand_over();
    packing_.get();
  }

 private:
  void end_line() {
    if (crlf_) block_.insert(block_.size() - 1, 1, '\r');
    if (block_.size() >= kBlock) hand_over();
  }

  void hand_over() {
    if (packing_.valid()) packing_.get();
    const auto policy = block_.size() >= kBlock ? std::launch::async : std::launch::deferred;
    packing_ = std::async(policy, [this, block = std::move(block_)] { zip_.append(block); });
    block_.clear();
    block_.reserve(kBlock + kBlock / 8);
  }

  ZipWriter& zip_;
  TimeUnit unit_;
  bool crlf_;
  std::string block_;
  std::future<void> packing_;
};

}  // namespace

std::size_t estimated_rows(const ArchiveFile& file) {
  const std::chrono::duration<double> length = file.period.to - file.period.from;
  return 1 + static_cast<std::size_t>(length.count() / file.series.interval->seconds());
}

std::size_t estimated_size(const ArchiveFile& file) { return 150 + 45 * estimated_rows(file); }

std::optional<std::string> ZipFactory::recorded_bytes(const ArchiveFile& file) const {
  return fixtures_.read("archive/" + file.key());
}

bool ZipFactory::recorded(const ArchiveFile& file) const { return fixtures_.has("archive/" + file.key()); }

std::string ZipFactory::write(const ArchiveFile& file, const std::vector<Row>* rows, Instant modified,
                              std::span<const Fault> faults) const {
  ZipWriter zip{file.stem() + ".csv", modified, estimated_rows(file) > kManyRows ? Effort::kFast : Effort::kAsBinance};
  CsvEnd end{zip, Schedule::unit_of(file), find_fault(faults, "crlf") != nullptr};
  const Fault* header = find_fault(faults, "header_row");
  if (header != nullptr || schedule_.has_header(file)) {
    const auto text = header != nullptr ? header->argument("text", std::string{}) : std::string{kHeader};
    if (!text.empty()) end.put_raw(text);
  }
  const auto steps = make_row_steps(faults, end);
  const auto wanted = make_row_filter(faults);
  const auto put = [&](const Row& row) {
    if (wanted(row)) steps->put(row);
    return true;
  };
  if (rows != nullptr) {
    for (const Row& row : *rows) put(row);
  } else {
    truth_.visit(file.series, Schedule::opens_of(file), put);
  }
  steps->finish();
  return zip.finish();
}

std::string ZipFactory::make(const ArchiveFile& file, std::span<const Fault> faults) const {
  const auto recorded = recorded_bytes(file);
  if (recorded && !changes_lines(faults)) return change_zip(*recorded, file.stem(), faults);
  const Instant modified = schedule_.appears(file).value_or(file.period.to);
  if (!recorded) return change_zip(write(file, nullptr, modified, faults), file.stem(), faults);
  const auto rows = parse_archive_csv(read_zip(*recorded)->content);
  return change_zip(write(file, &rows, modified, faults), file.stem(), faults);
}

std::optional<std::string> ZipFactory::rebuild(const ArchiveFile& file) const {
  const auto recorded = recorded_bytes(file);
  if (!recorded) return std::nullopt;
  const auto entry = read_zip(*recorded);
  const auto rows = parse_archive_csv(entry->content);
  return write(file, &rows, entry->modified, {});
}

}  // namespace replica
