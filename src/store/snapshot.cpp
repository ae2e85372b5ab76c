#include "store/snapshot.hpp"

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frame/table.hpp"

namespace klinekeep::store {
namespace {

constexpr Duration kMillisecond = std::chrono::milliseconds{1};

TimeRange opens_of(const BatchEntry& batch) { return {from_ms(batch.first), from_ms(batch.last) + kMillisecond}; }

bool touches(const TimeRange& a, const TimeRange& b) { return a.begin < b.end && b.begin < a.end; }

void add(Known& all, const Known& more) {
  all.present.add(more.present);
  all.archive.add(more.archive);
  all.monthly.add(more.monthly);
  all.rest.add(more.rest);
  all.holes.insert(all.holes.end(), more.holes.begin(), more.holes.end());
  all.unverified.add(more.unverified);
}

/// 3d: the month's last candle covers the first days of the next one, which are no holes there then.
void close_over_the_end(Known& all, const Known& of_month, const MonthFiles& month, const Filter& filter) {
  const auto parts = month.parts();
  const auto last = parts.empty() ? std::nullopt : parts.back()->footer().last();
  if (!last || !of_month.present.contains(*last)) return;
  const TimeRange over{range_of(month.month).end, Interval{Interval::DAY_3}.close_of(*last)};
  if (over.empty()) return;
  all.present.add(over);
  if (of_month.unverified.contains(*last)) all.unverified.add(over);
  for (const Origin origin : {Origin::daily, Origin::monthly, Origin::rest}) {
    const RangeSet rows = rows_by(*month.coverage, [&](const Answered& each) {
      return each.origin == origin && counts(filter, each.origin, each.trust);
    });
    if (!rows.contains(*last)) continue;
    (origin == Origin::rest ? all.rest : all.archive).add(over);
    subtract(all.holes, RangeSet{over}, [&](const Hole& hole) { return hole.origin == origin; });
  }
}

/// The rows of `batch` that open in `range`: [first, last).
std::pair<std::int64_t, std::int64_t> rows_in(const arrow::RecordBatch& batch, const TimeRange& range) {
  const auto* const opens = batch.column_data(0)->GetValues<std::int64_t>(1);
  const auto* const end = opens + batch.num_rows();
  const auto bound = [&](Timestamp t) {
    return std::lower_bound(opens, end, to_ms(t + std::chrono::microseconds{999})) - opens;
  };
  const auto first = bound(range.begin);
  return {first, std::max(first, bound(range.end))};
}

/// A bit for each column that must be proven before these are read: open_time always.
std::uint32_t mask_of(const std::vector<std::size_t>& columns) {
  std::uint32_t mask = 1;
  for (const std::size_t column : columns) mask |= std::uint32_t{1} << column;
  return mask;
}

class Slicer {
 public:
  Slicer(const std::vector<std::size_t>& columns, std::vector<std::shared_ptr<arrow::RecordBatch>>& to)
      : columns_(columns), mask_(mask_of(columns)), schema_(frame::arrow_schema(columns)), to_(to) {}

  void slice(const Partition& part, const RangeSet& opens) {
    const auto& entries = part.footer().batches;
    Rows batches;
    std::vector<std::pair<TimeRange, RangeSet>> wanted;  // of each: what it opens, and what of that
    for (std::size_t index = 0; index < entries.size(); ++index) {
      const TimeRange all = opens_of(entries[index]);
      RangeSet here = opens.intersect(all);
      if (here.empty()) continue;
      if (!part.is_proven(index, mask_))
        throw CacheError(fmt::format("{}: its rows are not proven, and so are not served", part.path().string()));
      batches.push_back(part.batch(index));
      wanted.emplace_back(all, std::move(here));
    }
    if (const auto why = part.changed(batches))  // before anything of them is touched
      throw CacheError(fmt::format("{}: {}; it is read anew at the next request", part.path().string(), *why));
    for (std::size_t i = 0; i < batches.size(); ++i) {
      const auto& [all, here] = wanted[i];
      for (const TimeRange& range : here) slice(batches[i], all, range);
    }
  }

 private:
  void slice(const std::shared_ptr<arrow::RecordBatch>& batch, const TimeRange& all, const TimeRange& range) {
    // What is wanted whole is not even looked at.
    const auto [first, last] = range == all ? std::pair{std::int64_t{0}, batch->num_rows()} : rows_in(*batch, range);
    if (first < last) to_.push_back(frame::view(batch, columns_, schema_, first, last));
  }

  const std::vector<std::size_t>& columns_;
  std::uint32_t mask_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::shared_ptr<arrow::RecordBatch>>& to_;
};

}  // namespace

Snapshot::Snapshot() : impl_(std::make_unique<Impl>()) {}
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;
Snapshot::~Snapshot() = default;

std::vector<Month> Snapshot::months() const {
  std::vector<Month> months;
  for (const MonthFiles& month : impl_->months) months.push_back(month.month);
  return months;
}

Known Snapshot::known(const Filter& filter) const {
  Known all;
  std::vector<Known> each;
  for (const MonthFiles& month : impl_->months) {
    each.push_back(store::known(*month.coverage, impl_->series->interval, filter));
    add(all, each.back());
  }
  if (impl_->series && impl_->series->interval == Interval::DAY_3) {
    for (std::size_t i = 0; i < each.size(); ++i) close_over_the_end(all, each[i], impl_->months[i], filter);
  }
  return all;
}

Coverage Snapshot::coverage(Month month) const {
  const auto found = std::ranges::find(impl_->months, month, &MonthFiles::month);
  return found == impl_->months.end() ? Coverage{} : *found->coverage;
}

std::vector<Timestamp> Snapshot::off_grid(const TimeRange& range, const Filter& filter) const {
  std::vector<Timestamp> opens;
  for (const MonthFiles& month : impl_->months) {
    for (const OffGrid& row : month.coverage->off_grid) {
      const bool counted = range.contains(row.open) && counts(filter, row.origin, row.trust);
      if (counted && (opens.empty() || opens.back() != row.open)) opens.push_back(row.open);
    }
  }
  return opens;
}

const std::vector<Damage>& Snapshot::damages() const { return impl_->damages; }

const std::vector<std::string>& Snapshot::notes() const { return impl_->notes; }

const std::vector<Month>& Snapshot::newer_months() const { return impl_->newer_months; }

std::vector<Damage> Snapshot::prove(const TimeRange& range, const std::vector<std::size_t>& columns, Verify verify) {
  std::vector<Damage> damages;
  std::vector<std::size_t> all = columns;
  if (std::ranges::find(all, 0U) == all.end()) all.insert(all.begin(), 0U);
  for (MonthFiles& month : impl_->months) {
    bool is_whole = true;
    for (std::shared_ptr<Partition>* const part : {&month.base, &month.tail}) {
      if (!*part) continue;
      auto damage = impl_->prove(**part, range, all, verify);
      if (!damage) continue;
      damages.push_back(*std::move(damage));
      part->reset();
      is_whole = false;
    }
    if (!is_whole) month.coverage = coverage_of(month.parts());
  }
  std::erase_if(impl_->months, [](const MonthFiles& month) { return month.empty(); });
  return damages;
}

std::optional<Damage> Snapshot::Impl::prove(const Partition& part, const TimeRange& range,
                                            const std::vector<std::size_t>& columns, Verify verify) const {
  const auto& batches = part.footer().batches;
  const std::uint32_t mask = mask_of(columns);
  const auto needs_proof = [&](std::size_t batch) {
    return touches(opens_of(batches[batch]), range) && (verify == Verify::ALWAYS || !part.is_proven(batch, mask));
  };
  std::size_t first = 0;
  while (first < batches.size() && !needs_proof(first)) ++first;
  std::size_t last = batches.size();
  while (last > first && !needs_proof(last - 1)) --last;
  if (first == last) return std::nullopt;
  const auto unproven = part.prove(first, last, columns, verify);
  if (!unproven) return std::nullopt;
  const auto left = [&](const char* because) {
    return Damage{part.key().series, part.key().month, part.path(), {}, unproven->why, because, unproven->is_replaced};
  };
  if (unproven->is_replaced) return left("");
  if (auto damage = move_aside(*directory, part.key(), part.stat(), unproven->why, Lock::free)) return damage;
  return left("another file is in its place by now");
}

std::optional<std::string> Snapshot::Impl::change_of(
    Month month, const std::function<std::optional<std::string>(const Partition&)>& change) const {
  for (const MonthFiles& each : months) {
    if (each.month != month) continue;
    for (const auto& part : each.parts()) {
      if (const auto why = change(*part)) return fmt::format("{}: {}", part->path().string(), *why);
    }
  }
  return std::nullopt;
}

std::vector<std::shared_ptr<arrow::RecordBatch>> Snapshot::rows(const TimeRange& range, const Filter& filter,
                                                                const std::vector<std::size_t>& columns,
                                                                bool keep_off_grid) const {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  Slicer slicer{columns, batches};
  auto month = std::ranges::lower_bound(impl_->months, month_of(range.begin), {}, &MonthFiles::month);
  for (; month != impl_->months.end(); ++month) {
    const TimeRange here = range.intersect(range_of(month->month));
    if (here.empty()) break;
    const RangeSet opens = opens_that_count(*month->coverage, impl_->series->interval, filter, here, keep_off_grid);
    for (const auto& part : month->parts()) slicer.slice(*part, opens);
  }
  return batches;
}

std::shared_ptr<arrow::Table> Snapshot::whole(std::span<const std::shared_ptr<arrow::RecordBatch>> batches) const {
  for (const MonthFiles& month : impl_->months) {
    for (const auto& part : month.parts()) {
      if (auto table = part->whole(batches)) return table;
    }
  }
  return nullptr;
}

void Snapshot::keep_removed(Snapshot before) {
  for (MonthFiles& month : before.impl_->months) {
    const auto at = std::ranges::lower_bound(impl_->months, month.month, {}, &MonthFiles::month);
    if (at != impl_->months.end() && at->month == month.month) continue;
    const auto is_damaged = [](const std::shared_ptr<Partition>& part) {
      return part->condemned() || part->changed();  // also by who wrote into it before it was removed
    };
    if (std::ranges::none_of(month.parts(), is_damaged)) impl_->months.insert(at, std::move(month));
  }
}

std::optional<std::string> Snapshot::changed(Month month) const {
  return impl_->change_of(month, [](const Partition& part) { return part.changed(); });
}

std::optional<std::string> Snapshot::changed(Month month, const Rows& rows) const {
  return impl_->change_of(month, [&](const Partition& part) { return part.changed(rows); });
}

void Snapshot::release_pages(Month month) const {
  for (const MonthFiles& each : impl_->months) {
    if (each.month != month) continue;
    for (const auto& part : each.parts()) part->release_pages();
  }
}

}  // namespace klinekeep::store
