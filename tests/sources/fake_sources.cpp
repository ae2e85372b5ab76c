#include "sources/fake_sources.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/times.hpp"
#include "planner/period.hpp"
#include "sources/archive_names.hpp"

namespace klinekeep::sources {
namespace {

using planner::Granularity;

std::string file_text(Granularity granularity, Timestamp period) {
  const bool daily = granularity == Granularity::daily;
  return (daily ? "daily " : "monthly ") + format_iso(period).substr(0, daily ? 10 : 7);
}

StepResult rows_answer(Settled rows, const planner::AnswerTimes& times, Trust trust = Trust::verified) {
  StepResult result = answered(planner::Rows{.have = rows.have,
                                             .count = rows.count,
                                             .span = rows.span,
                                             .off_grid = !rows.off_grid.empty(),
                                             .refused = {},
                                             .trust = trust,
                                             .times = times});
  result.rows = std::move(rows);
  return result;
}

}  // namespace

std::string text_of(const planner::Action& action) {
  if (const auto* file = std::get_if<planner::ArchiveFile>(&action)) {
    return file_text(file->granularity, file->period) + (file->accept_unverified ? " unverified" : "");
  }
  if (const auto* page = std::get_if<planner::RestPage>(&action)) {
    return "page " + text_of(page->window) + " limit " + std::to_string(page->limit) + (page->again ? " again" : "");
  }
  if (const auto* next = std::get_if<planner::NextCandle>(&action))
    return "next candle " + format_iso(next->window.begin);
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

planner::AnswerTimes FakeRunner::times(Timestamp said) const {
  const Timestamp heard = clock + until_heard;
  return {.asked_at = clock, .heard_at = heard, .as_of = std::min(said, heard)};
}

FakeArchive::File& FakeArchive::put(Granularity granularity, const std::string& date, double value,
                                    const std::vector<TimeRange>& holes) {
  const Timestamp period = planner::period_of(granularity, at(date));
  File& file = files_[{granularity, period}] = {};
  file.etag = fmt::format("{:032x}", ++versions_);
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

void FakeArchive::remove(Granularity granularity, const std::string& date) {
  files_.erase({granularity, planner::period_of(granularity, at(date))});
}

StepResult FakeArchive::file_answer(const planner::ArchiveFile& file, const TimeRange& range) const {
  const auto found = files_.find({file.granularity, file.period});
  if (found == files_.end()) return answered(planner::Absent{});
  const File& content = found->second;
  if (content.failure) return failed_with(*content.failure, 503);
  const planner::AnswerTimes when = times(content.last_modified);
  auto rows = settle(content.candles, interval_, range, when.as_of).value();
  if (!content.proven && !(content.readable && file.accept_unverified)) {
    return answered(
        planner::Distrusted{content.readable, "its checksum does not fit", content.readable ? rows.have : RangeSet{}});
  }
  const Trust trust = content.proven ? Trust::verified : Trust::unverified;
  const RangeSet unfinished = rows.unfinished;
  StepResult result = rows_answer(std::move(rows), when, trust);
  std::get<planner::Rows>(result.answer).refused = unfinished;
  const Series series{MarketType::SPOT, Symbol{"BTCUSDT"}, interval_};
  result.file = UsedFile{.name = file_stem(series, file.granularity, file.period) + ".zip",
                         .trust = trust,
                         .sha256 = content.etag + content.etag,
                         .etag = content.etag,
                         .at = std::chrono::floor<std::chrono::seconds>(when.asked_at)};
  return result;
}

StepResult FakeArchive::answer(const planner::Step& step) {
  if (const auto* file = std::get_if<planner::ArchiveFile>(&step.action)) return file_answer(*file, step.range);
  const auto* list = std::get_if<planner::List>(&step.action);
  if (list == nullptr) throw std::logic_error("the archive was asked for a " + text_of(step.action));
  if (listing_fails.contains(list->granularity)) return failed_with(Cause::unavailable, 503);
  planner::Listed listed{.files = {}, .complete = true, .asked_at = clock};
  for (const auto& [key, file] : files_) {
    const bool follows = key.first == list->granularity && (!list->after || key.second > *list->after);
    if (!follows || lists_nothing) continue;
    listed.files.push_back({.period = key.second, .etag = file.etag, .last_modified = times(file.last_modified).as_of});
  }
  return answered(std::move(listed));
}

StepResult FakeRest::page_of(const Candles& candles, const planner::RestPage& page) const {
  Candles rows;
  for (std::size_t row = 0; row < candles.size() && std::cmp_less(rows.size(), page.limit); ++row) {
    const Timestamp open = from_ms(candles.open_time[row]);
    if (page.window.contains(open) && open <= clock + exchange_ahead) rows.push_back(candles, row);
  }
  const planner::AnswerTimes when = times_of_answer();
  const Timestamp as_of = include_open_ ? kEndOfTime : when.as_of;
  return rows_answer(settle(std::move(rows), interval_, page.window, as_of).value(), when);
}

StepResult FakeRest::first_of(const Candles& candles, Timestamp from) const {
  const std::vector<Timestamp> opens = opens_of(candles);
  const auto next = std::ranges::lower_bound(opens, from);
  std::optional<Timestamp> found;
  if (next != opens.end() && *next <= clock + exchange_ahead) found = interval_.floor(*next);
  return answered(planner::Found{found, times_of_answer(), has_another_host});
}

StepResult FakeRest::answer(const planner::Step& step) {
  if (instead_of_all) {
    if (auto other = instead_of_all(step)) return *std::move(other);
  }
  if (!knows_the_symbol) return answered(planner::Unknown{times_of_answer(), /*by_another_host=*/false});
  const Candles& others = another_has && has_another_host ? *another_has : candles_;
  if (std::holds_alternative<planner::FirstCandle>(step.action)) return first_of(others, Timestamp{});
  if (const auto* next = std::get_if<planner::NextCandle>(&step.action)) return first_of(others, next->window.begin);
  const auto* page = std::get_if<planner::RestPage>(&step.action);
  if (page == nullptr) throw std::logic_error("REST was asked for a " + text_of(step.action));
  if (instead) {
    if (auto other = instead(*page)) return *std::move(other);
  }
  return page_of(page->again ? others : candles_, *page);
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
