#include "sources/fake_sources.hpp"

#include <algorithm>

#include "core/times.hpp"
#include "planner/period.hpp"

namespace klinekeep::sources {
namespace {

using planner::Granularity;

std::string file_text(Granularity granularity, Timestamp period) {
  const bool daily = granularity == Granularity::daily;
  return (daily ? "daily " : "monthly ") + format_iso(period).substr(0, daily ? 10 : 7);
}

StepResult rows_answer(Settled rows, Timestamp final_before) {
  StepResult result = answered(planner::Rows{.have = rows.have,
                                             .count = rows.count,
                                             .span = rows.span,
                                             .off_grid = !rows.off_grid.empty(),
                                             .final_before = final_before});
  result.rows = std::move(rows);
  return result;
}

}  // namespace

std::string text_of(const planner::Action& action) {
  if (const auto* file = std::get_if<planner::ArchiveFile>(&action)) {
    return file_text(file->granularity, file->period) + (file->accept_unverified ? " unverified" : "");
  }
  if (const auto* page = std::get_if<planner::RestPage>(&action)) {
    return "page " + text_of(page->window) + " limit " + std::to_string(page->limit);
  }
  if (const auto* list = std::get_if<planner::List>(&action)) {
    const std::string what = list->granularity == Granularity::daily ? "list daily" : "list monthly";
    return list->after ? what + " after " + format_iso(*list->after).substr(0, 10) : what;
  }
  return "first candle";
}

StepResult FakeRunner::run(const planner::Step& step, std::stop_token /*stop*/, MemoryShare& /*memory*/) {
  const std::scoped_lock lock{mutex_};
  asked_.push_back(step);
  texts_.push_back(text_of(step.action));
  if (on_step) on_step(step);
  return answer(step);
}

std::int64_t FakeRunner::requests() const {
  const std::scoped_lock lock{mutex_};
  return static_cast<std::int64_t>(asked_.size());
}

Timestamp FakeRunner::now() const {
  const std::scoped_lock lock{mutex_};
  const Timestamp seen = now_;
  now_ += tick_;
  return seen;
}

FakeArchive::File& FakeArchive::put(Granularity granularity, const std::string& date, double value,
                                    const std::vector<TimeRange>& holes) {
  const Timestamp period = planner::period_of(granularity, at(date));
  File& file = files_[{granularity, period}];
  const Candles all = candles_in(planner::period_range(granularity, period), interval_, value);
  for (std::size_t row = 0; row < all.size(); ++row) {
    const auto covers = [&](const TimeRange& hole) { return hole.contains(from_ms(all.open_time[row])); };
    if (std::ranges::none_of(holes, covers)) file.candles.push_back(all, row);
  }
  return file;
}

void FakeArchive::put_days(const std::string& first, const std::string& end, double value) {
  for (Timestamp day = at(first); day < at(end); day += std::chrono::days{1}) {
    put(Granularity::daily, format_iso(day).substr(0, 10), value);
  }
}

StepResult FakeArchive::file_answer(const planner::ArchiveFile& file, const TimeRange& range) const {
  const auto found = files_.find({file.granularity, file.period});
  if (found == files_.end()) return answered(planner::Absent{});
  const File& content = found->second;
  if (content.failure) return failed_with(*content.failure, 503);
  if (!content.proven && !(content.readable && file.accept_unverified)) {
    return answered(planner::Distrusted{content.readable, "its checksum does not fit"});
  }
  auto rows = settle(content.candles, interval_, range, content.last_modified);
  StepResult result = rows_answer(std::move(rows).value(), content.last_modified);
  result.trust = content.proven ? Trust::verified : Trust::unverified;
  return result;
}

StepResult FakeArchive::answer(const planner::Step& step) {
  if (const auto* file = std::get_if<planner::ArchiveFile>(&step.action)) return file_answer(*file, step.range);
  const auto* list = std::get_if<planner::List>(&step.action);
  if (list == nullptr) throw std::logic_error("the archive was asked for a " + text_of(step.action));
  if (listing_fails.contains(list->granularity)) return failed_with(Cause::unavailable, 503);
  planner::Listed listed{.periods = {}, .complete = true};
  for (const auto& [key, file] : files_) {
    if (key.first == list->granularity && (!list->after || key.second > *list->after))
      listed.periods.push_back(key.second);
  }
  return answered(std::move(listed));
}

StepResult FakeRest::answer(const planner::Step& step) {
  if (!knows_the_symbol) return answered(planner::Unknown{});
  if (std::holds_alternative<planner::FirstCandle>(step.action)) {
    std::optional<Timestamp> first;
    if (!candles_.empty()) first = interval_.floor(from_ms(candles_.open_time.front()));
    return answered(planner::First{first, /*stated=*/false});
  }
  const auto* page = std::get_if<planner::RestPage>(&step.action);
  if (page == nullptr) throw std::logic_error("REST was asked for a " + text_of(step.action));
  if (instead) {
    if (auto other = instead(*page)) return *std::move(other);
  }
  Candles rows;
  for (std::size_t row = 0; row < candles_.size() && std::cmp_less(rows.size(), page->limit); ++row) {
    const Timestamp open = from_ms(candles_.open_time[row]);
    if (page->window.contains(open) && open <= clock()) rows.push_back(candles_, row);
  }
  const Timestamp final_before = include_open_ ? kEndOfTime : clock();
  return rows_answer(settle(std::move(rows), interval_, page->window, final_before).value(), final_before);
}

StepResult answered(planner::Answer answer) {
  StepResult result;
  result.answer = std::move(answer);
  return result;
}

StepResult failed_with(Cause cause, int status) {
  StepResult result = answered(planner::Failed{cause, "HTTP " + std::to_string(status)});
  result.failure = HttpFailure{.url = "https://x", .status = status, .retry_after = {}};
  return result;
}

}  // namespace klinekeep::sources
