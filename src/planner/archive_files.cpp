#include "planner/archive_files.hpp"

namespace klinekeep::planner {

bool is_absent(const FileLedger& files, Timestamp period) {
  const auto found = files.asked.find(period);
  if (found != files.asked.end()) return found->second.kind == FileState::Kind::absent;
  if (files.exists.contains(period)) return false;
  const bool before_first = files.first_known && !files.exists.empty() && period < files.exists.begin()->first;
  return before_first || files.listed.contains(period);
}

bool is_fully_listed(const Ledger& ledger, Interval interval) {
  return std::ranges::all_of(kGranularities,
                             [&](Granularity g) { return !has_files(g, interval) || ledger.of(g).first_known; });
}

std::optional<Timestamp> first_listed(const Ledger& ledger, Interval interval) {
  if (!is_fully_listed(ledger, interval)) return std::nullopt;
  std::optional<Timestamp> first;
  for (const Granularity g : kGranularities) {
    const auto& exists = ledger.of(g).exists;
    if (has_files(g, interval) && !exists.empty()) first = std::min(first.value_or(kEndOfTime), exists.begin()->first);
  }
  return first;
}

bool ArchiveFiles::is_due(Granularity g, Timestamp period) const {
  return has_files(g, interval_) && period_over(g, period, interval_) <= due_before_;
}

bool ArchiveFiles::can_ask(Granularity g, Timestamp period) const {
  return is_due(g, period) && !ledger_.of(g).asked.contains(period) && !is_absent(ledger_.of(g), period);
}

const FileState* ArchiveFiles::state(Granularity g, Timestamp slot) const {
  const Timestamp period = period_of(g, slot);
  if (!is_due(g, period)) return nullptr;
  const auto& asked = ledger_.of(g).asked;
  const auto found = asked.find(period);
  return found == asked.end() ? nullptr : &found->second;
}

bool ArchiveFiles::is_distrusted(Timestamp slot) const {
  return std::ranges::any_of(kGranularities, [&](Granularity g) {
    const FileState* const found = state(g, slot);
    return found != nullptr &&
           (found->kind == FileState::Kind::unverified || found->kind == FileState::Kind::malformed);
  });
}

bool ArchiveFiles::is_settled(Timestamp slot) const {
  return std::ranges::all_of(kGranularities, [&](Granularity g) {
    const FileState* const found = state(g, slot);
    if (found == nullptr) return !can_ask(g, period_of(g, slot));
    return found->kind == FileState::Kind::read || found->kind == FileState::Kind::absent;
  });
}

}  // namespace klinekeep::planner
