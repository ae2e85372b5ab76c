// What must hold in a partition's footer, whoever wrote it.

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "store/footer.hpp"

namespace klinekeep::store {

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

namespace {

class Rules {
 public:
  Rules(const Footer& footer, const PartitionKey& key)
      : footer_(footer), interval_(key.series.interval), month_(range_of(key.month)) {}

  std::string fault() const {
    for (const auto check : {&Rules::batches, &Rules::ranges, &Rules::off_grid, &Rules::files, &Rules::counts}) {
      if (std::string fault = (this->*check)(); !fault.empty()) return fault;
    }
    return {};
  }

 private:
  std::string batches() const {
    std::int64_t rows = 0;
    std::int64_t end = 1;
    std::int64_t last = to_ms(month_.begin) - 1;
    for (const BatchEntry& batch : footer_.batches) {
      const bool is_last = &batch == &footer_.batches.back();
      if (batch.rows < 1 || batch.rows > kBatchRows || (!is_last && batch.rows != kBatchRows))
        return fmt::format("a batch has {} rows; all but the last must have 65,536", batch.rows);
      if (batch.offset < end || batch.offset % 8 != 0 || batch.metadata_length < 8 || batch.metadata_length % 8 != 0 ||
          batch.metadata_length > kMaxMetadata || batch.offset > kMaxOffset ||
          batch.body_length != batch.rows * kValueBytes * static_cast<std::int64_t>(kSchema.size()))
        return "a batch lies where it cannot";
      if (batch.first <= last || batch.last - batch.first < batch.rows - 1) return "its batches are not in order";
      rows += batch.rows;
      last = batch.last;
      end = batch.offset + batch.metadata_length + batch.body_length;
    }
    if (last >= to_ms(month_.end)) return "it has rows of another month";
    if (rows != footer_.rows) return fmt::format("it says {} rows, and its batches {}", footer_.rows, rows);
    return {};
  }

  bool fits(const TimeRange& range) const {
    return !range.empty() && month_.contains(range) && interval_.on_grid(range.begin) &&
           (interval_.on_grid(range.end) || range.end == month_.end);
  }

  std::string ranges() const {
    const Answered* before = nullptr;
    for (const Answered& each : footer_.coverage.answered) {
      if (!fits(each.range)) return "an answered range is not one of this month's slots";
      if (each.origin == Origin::rest && each.trust != Trust::verified) return "an answer of REST is not verified";
      if (before != nullptr && !follows(*before, each, before->trust == each.trust))
        return "its answers are not in order";
      before = &each;
    }
    const Hole* last = nullptr;
    for (const Hole& hole : footer_.coverage.holes) {
      if (!fits(hole.range)) return "a hole is not one of this month's slots";
      if (last != nullptr && !follows(*last, hole, alike(*last, hole))) return "its holes are not in order";
      last = &hole;
    }
    for (const Origin origin : {Origin::daily, Origin::monthly, Origin::rest}) {
      const RangeSet outside =
          holes_of(footer_.coverage, origin).minus(answered_slots(footer_.coverage, [&](const Answered& each) {
            return each.origin == origin;
          }));
      if (!outside.empty()) return "a hole lies where nobody has answered";
    }
    return {};
  }

  /// Sorted, disjoint, and joined where they are alike.
  template <class Entry>
  static bool follows(const Entry& before, const Entry& after, bool alike) {
    if (before.origin != after.origin) return before.origin < after.origin;
    return alike ? before.range.end < after.range.begin : before.range.end <= after.range.begin;
  }

  std::string off_grid() const {
    const OffGrid* before = nullptr;
    for (const OffGrid& row : footer_.coverage.off_grid) {
      if (!month_.contains(row.open) || interval_.on_grid(row.open))
        return "an off-grid row is not of this month, or lies on the grid";
      if (row.origin == Origin::rest && row.trust != Trust::verified) return "an off-grid row of REST is not verified";
      if (before != nullptr && std::tie(before->open, before->origin) >= std::tie(row.open, row.origin))
        return "its off-grid rows are not in order";
      before = &row;
    }
    return {};
  }

  std::string files() const {
    const UsedFile* before = nullptr;
    for (const UsedFile& file : footer_.coverage.files) {
      if (file.name.empty() || file.name.size() > 255 || file.etag.size() > 255 || !is_hex(file.sha256, 64))
        return "a file's name, sum or ETag has not the form that it must have";
      if (before != nullptr && std::tie(before->name, before->sha256) >= std::tie(file.name, file.sha256))
        return "its files are not in order";
      before = &file;
    }
    return {};
  }

  /// Coverage and rows cannot disagree in number: a lost row would be a silent hole.
  std::string counts() const {
    std::int64_t off_grid = 0;
    Timestamp last = kBeginOfTime;
    for (const OffGrid& row : footer_.coverage.off_grid) {
      off_grid += row.open == last ? 0 : 1;
      last = row.open;
    }
    if (off_grid > footer_.rows) return "it lists more off-grid rows than it has rows";
    if (interval_ == Interval::DAY_3) return {};
    std::int64_t slots = 0;
    const RangeSet rows = rows_by(footer_.coverage, [](const Answered&) { return true; });
    for (const TimeRange& range : rows) slots += interval_.count(range);
    if (slots + off_grid == footer_.rows) return {};
    return fmt::format("its coverage speaks of {} rows, and it has {}", slots + off_grid, footer_.rows);
  }

  static constexpr std::int64_t kMaxMetadata = 1 << 20;
  static constexpr std::int64_t kMaxOffset = std::int64_t{1} << 40;

  const Footer& footer_;
  Interval interval_;
  TimeRange month_;
};

}  // namespace

std::string fault_of(const Footer& footer, const PartitionKey& key) { return Rules{footer, key}.fault(); }

}  // namespace klinekeep::store
