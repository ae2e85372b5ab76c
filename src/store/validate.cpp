#include "store/validate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/registry.hpp"
#include "store/runs.hpp"

namespace klinekeep::store {
namespace {

constexpr int kTries = 100;  // each means that someone has just committed

std::string text_of(const TimeRange& range) {
  return fmt::format("{} to {}", format_iso(range.begin), format_iso(range.end));
}

class Check {
 public:
  Check(const Content& content, const PartitionKey& key)
      : content_(content), interval_(key.series.interval), month_(range_of(key.month)) {}

  std::vector<std::string> run() {
    order();
    if (findings_.empty()) off_grid();
    if (findings_.empty()) coverage();
    return std::move(findings_);
  }

 private:
  Timestamp open_of(std::size_t row) const { return from_ms(content_.rows.open_time[row]); }

  void order() {
    for (std::size_t row = 0; row < content_.rows.size(); ++row) {
      const Timestamp open = open_of(row);
      if (!month_.contains(open))
        return find(fmt::format("row {} opens at {}, in another month", row, format_iso(open)));
      if (row == 0 || open_of(row - 1) < open) continue;
      const bool twice = open_of(row - 1) == open;
      return find(
          fmt::format("row {}, {}, {}", row, format_iso(open), twice ? "is there twice" : "comes after a later one"));
    }
  }

  void off_grid() {
    const auto& listed = content_.coverage.off_grid;
    auto next = listed.begin();
    for (std::size_t row = 0; row < content_.rows.size(); ++row) {
      const Timestamp open = open_of(row);
      if (interval_.on_grid(open)) continue;
      if (next == listed.end() || next->open != open)
        return find(fmt::format("the row at {} opens off the grid, and is not listed so", format_iso(open)));
      while (next != listed.end() && next->open == open) ++next;
    }
    if (next != listed.end())
      find(fmt::format("the off-grid row at {} is listed, and not there", format_iso(next->open)));
  }

  void coverage() {
    Runs rows;
    for (std::size_t row = 0; row < content_.rows.size(); ++row) {
      const Timestamp open = open_of(row);
      if (interval_.on_grid(open)) rows.add(TimeRange{open, interval_.close_of(open)}.intersect(month_));
    }
    const RangeSet there = rows.take();
    const RangeSet claimed = rows_by(content_.coverage, [](const Answered&) { return true; });
    RangeSet lost = claimed.minus(there);
    RangeSet unclaimed = there.minus(claimed);
    if (interval_ == Interval::DAY_3) {
      // The month before may cover the first two days; and an answer may end within a candle.
      lost.subtract(TimeRange{month_.begin, month_.begin + std::chrono::days{2}});
      unclaimed = {};
      for (std::size_t row = 0; row < content_.rows.size(); ++row) {
        const Timestamp open = open_of(row);
        if (interval_.on_grid(open) && !claimed.contains(open)) unclaimed.add({open, interval_.next(open)});
      }
    }
    for (const TimeRange& range : lost) find(fmt::format("from {} there should be rows, and are none", text_of(range)));
    for (const TimeRange& range : unclaimed)
      find(fmt::format("from {} there are rows that no source answers for", text_of(range)));
  }

  void find(std::string what) { findings_.push_back(std::move(what)); }

  const Content& content_;
  Interval interval_;
  TimeRange month_;
  std::vector<std::string> findings_;
};

/// Whether each batch begins and ends where its metadata says.
std::vector<std::string> faults_of_batches(const Footer& footer, const Candles& rows) {
  std::size_t begin = 0;
  for (std::size_t index = 0; index < footer.batches.size(); ++index) {
    const BatchEntry& batch = footer.batches[index];
    const std::size_t end = begin + static_cast<std::size_t>(batch.rows);
    if (rows.open_time[begin] != batch.first || rows.open_time[end - 1] != batch.last)
      return {fmt::format("batch {} does not begin and end where its metadata says", index)};
    begin = end;
  }
  return {};
}

/// For itself alone: what this process has proven of it before does not count.
Opened open(const Directory& directory, const PartitionKey& key) {
  return with_room([&] { return Partition::open(directory.files, directory.layout.partition(key), key); });
}

/// A tail that begins before the end of its base has been folded into it, and so knows nothing that the base does not.
std::optional<std::string> fault_beside_base(const Directory& directory, const Partition& tail) {
  const PartitionKey& key = tail.key();
  if (key.part != Part::tail) return std::nullopt;
  const PartitionKey base_key{key.series, key.month, Part::base};
  const Opened opened = open(directory, base_key);
  if (!opened.partition) return std::nullopt;
  const Footer& base = opened.partition->footer();
  // No lock is held: a base that came after its tail had gone says nothing of it.
  const auto now = directory.files->stat(tail.path());
  if (!now || !now->same_content(tail.stat())) return std::nullopt;
  const Footer& footer = tail.footer();
  if (footer.rows > 0 && footer == base) return "it and its base are the same: one has been written over the other";
  if (footer.begin() >= base.end()) return std::nullopt;
  const auto all = [](const Answered&) { return true; };
  const RangeSet beyond = answered_slots(footer.coverage, all).minus(answered_slots(base.coverage, all));
  if (beyond.empty()) return std::nullopt;
  return fmt::format(
      "it answers for {}, which its base, that it begins before the end of, does not: they may have been "
      "swapped",
      text_of(*beyond.begin()));
}

/// None where it was replaced meanwhile.
std::optional<std::vector<std::string>> findings_of(const Directory& directory, const PartitionKey& key) {
  Opened opened;
  try {
    opened = open(directory, key);
  } catch (const FileError& error) {
    if (ran_out(error)) throw;
    return {{error.what()}};
  }
  if (opened.refusal) return {{opened.refusal->why}};
  if (!opened.partition) return {{}};
  const Partition& partition = *opened.partition;
  auto rows = partition.read_all();
  if (const auto* const unproven = std::get_if<Unproven>(&rows)) {
    if (unproven->is_replaced) return std::nullopt;
    return {{unproven->why}};
  }
  const Content content{std::get<Candles>(std::move(rows)), partition.footer().coverage};
  auto findings = faults_of_batches(partition.footer(), content.rows);
  for (std::string& fault : faults_of(content, key)) findings.push_back(std::move(fault));
  if (auto fault = fault_beside_base(directory, partition)) findings.push_back(*std::move(fault));
  return findings;
}

}  // namespace

std::vector<std::string> faults_of(const Content& content, const PartitionKey& key) {
  return Check{content, key}.run();
}

std::vector<std::string> validate_partition(const Directory& directory, const PartitionKey& key) {
  for (int i = 0; i < kTries; ++i) {
    if (auto findings = findings_of(directory, key)) return *std::move(findings);
  }
  throw CacheError(fmt::format("{} changes as fast as it can be read", directory.layout.partition(key).string()));
}

}  // namespace klinekeep::store
