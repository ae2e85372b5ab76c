#include "manager/keeper.hpp"

#include <algorithm>
#include <utility>

#include "frame/slice.hpp"
#include "klinekeep/errors.hpp"
#include "sources/parallel.hpp"

namespace klinekeep::manager {
namespace {

using store::Addition;
using store::Month;
using store::Precedence;

constexpr int kCommits = 16;  // side by side: the disk gains nothing by more

Addition part_of(const Addition& addition, const TimeRange& range) {
  Addition part{.origin = addition.origin,
                .trust = addition.trust,
                .range = range,
                .rows = {},
                .at = addition.at,
                .file = addition.file,
                .weak = addition.weak,
                .confirms = addition.confirms,
                .except = addition.except};
  part.rows = frame::slice(addition.rows, range);
  return part;
}

/// Calls take(month, part) for each month in which a candle of the addition can open.
template <class Take>
void by_month(Addition addition, Interval interval, const Take& take) {
  const TimeRange whole = addition.range;
  if (store::range_of(store::month_of(whole.begin)).contains(whole)) {
    take(store::month_of(whole.begin), std::move(addition));
    return;
  }
  for (Timestamp at = whole.begin; at < whole.end;) {
    const TimeRange month = store::range_of(store::month_of(at));
    const TimeRange range = month.intersect(whole);
    if (interval.ceil(range.begin) < range.end) take(store::month_of(at), part_of(addition, range));
    at = month.end;
  }
}

/// Whether each row of `monthly` that opens in the range of `daily` is one of its rows, and it has others only at
/// `holes`.
bool says_the_same_beside(const Addition& daily, const Addition& monthly, const RangeSet& holes) {
  const auto& opens = monthly.rows.open_time;
  auto row = static_cast<std::size_t>(std::ranges::lower_bound(opens, to_ms(daily.range.begin)) - opens.begin());
  for (std::size_t i = 0; i < daily.rows.size(); ++i) {
    if (row < opens.size() && opens[row] == daily.rows.open_time[i]) {
      if (!monthly.rows.same_row(row++, daily.rows, i)) return false;
    } else if (!holes.contains(from_ms(daily.rows.open_time[i]))) {
      return false;
    }
  }
  return row == opens.size() || from_ms(opens[row]) >= daily.range.end;
}

/// What a daily file tells beyond the monthly one, which left its holes to it: so that a month of seconds need not be
/// in memory twice to be joined with what it holds already. All of it, where the two differ.
std::vector<Addition> news_of(Addition daily, const std::vector<Addition>& settled) {
  std::vector<Addition> news;
  for (const Addition& monthly : settled) {
    const bool is_beside = daily.origin == store::Origin::daily && monthly.origin == store::Origin::monthly &&
                           monthly.range.contains(daily.range) && monthly.trust <= daily.trust;
    if (!is_beside) continue;
    const RangeSet holes = monthly.except.intersect(daily.range);
    if (holes.empty() || !says_the_same_beside(daily, monthly, holes)) continue;
    for (const TimeRange& hole : holes) news.push_back(part_of(daily, hole));
    return news;
  }
  news.push_back(std::move(daily));
  return news;
}

Precedence precedence_of(Refetch refetch) {
  switch (refetch) {
    case Refetch::everything:
      return Precedence::addition;
    case Refetch::damaged:
      return Precedence::repair;
    case Refetch::nothing:
    case Refetch::gaps:
      break;
  }
  return Precedence::committed;
}

void keep_parts(std::vector<Addition>& additions, const RangeSet& wanted) {
  std::vector<Addition> parts;
  for (Addition& addition : additions) {
    if (wanted.contains(addition.range)) {
      parts.push_back(std::move(addition));
      continue;
    }
    for (const TimeRange& range : wanted.intersect(addition.range)) parts.push_back(part_of(addition, range));
  }
  additions = std::move(parts);
}

}  // namespace

Keeper::Keeper(const Request& request, const store::Filter& filter, CacheView& view, int parallel,
               const store::Waiting& waiting)
    : window_(request.window),
      interval_(window_.wanted().series.interval),
      filter_(filter),
      view_(view),
      precedence_(precedence_of(request.refetch)),
      parallel_(parallel),
      waiting_(waiting) {}

void Keeper::add(Additions additions) {
  for (Addition& addition : additions.settled) {
    by_month(std::move(addition), interval_, [&](Month month, Addition part) {
      Pending& pending = pending_[month];
      pending.done = false;
      for (Addition& news : news_of(std::move(part), pending.settled)) {
        const auto after = std::ranges::upper_bound(pending.settled, news.origin, {}, &Addition::origin);
        pending.settled.insert(after, std::move(news));
      }
    });
  }
  for (Addition& addition : additions.young) {
    by_month(std::move(addition), interval_,
             [&](Month month, Addition part) { pending_[month].young.push_back(std::move(part)); });
  }
}

void Keeper::commit_all_but(const std::set<Month>& open) {
  std::vector<std::pair<const Month, Pending>*> due;
  for (auto& entry : pending_) {
    if (!entry.second.done && !open.contains(entry.first)) due.push_back(&entry);
  }
  if (due.empty()) return;
  const auto is_for_memory = [&](Month month) { return view_.cache() == nullptr || !is_to_be_written(month); };
  std::vector<store::CommitResult> results(due.size());
  std::vector<std::string> failures(due.size());
  sources::run_parallel(due.size(), std::min(parallel_, kCommits), {},
                        [&](std::size_t i, const std::stop_token& /*stop*/) {
                          try {
                            if (!is_for_memory(due[i]->first)) results[i] = commit(due[i]->first, due[i]->second);
                          } catch (const CacheError& error) {
                            failures[i] = error.what();
                          }
                        });
  for (std::size_t i = 0; i < due.size(); ++i) {
    Pending& pending = due[i]->second;
    pending.done = true;
    pending.failed = is_for_memory(due[i]->first) || !failures[i].empty();
    if (pending.failed && only_one(pending) == nullptr) (void)merged(pending, &conflicts_);
    if (!failures[i].empty()) view_.note_failure(failures[i]);
    std::ranges::copy(results[i].conflicts, std::back_inserter(conflicts_));
    std::ranges::move(results[i].changes, std::back_inserter(changes_));
    rows_committed_ += results[i].rows_added;
    wrote_ = wrote_ || results[i].wrote;
    bytes_grown_ += results[i].bytes_grown;
  }
  if (precedence_ == Precedence::repair && !view_.failure().empty()) return;  // what is damaged stays where it is
  // Proven at once: what others evict before that could not be served any more.
  view_.reopen();
  drop_what_the_cache_serves();
  view_.prove(Verify::AUTO);
}

std::int64_t Keeper::bytes_to_commit() const {
  if (view_.cache() == nullptr) return 0;  // what stays frees nothing for those that wait
  std::size_t bytes = 0;
  for (const auto& entry : pending_) {
    const Pending& pending = entry.second;
    if (pending.done) continue;
    std::size_t rows = 0;
    for (const Addition& addition : pending.settled) rows += addition.rows.size();
    const bool is_joined =
        std::ranges::count_if(pending.settled, [](const Addition& addition) { return !addition.rows.empty(); }) > 1;
    bytes += rows * kSchema.size() * sizeof(double) * (is_joined ? 2 : 1);
  }
  return static_cast<std::int64_t>(bytes);
}

RangeSet Keeper::answered_in_memory() const {
  RangeSet answered;
  for (const auto& entry : pending_) answered.add(not_in_the_cache(entry.second));
  return answered;
}

std::set<Month> Keeper::months() const {
  std::set<Month> months;
  for (const auto& entry : pending_) months.insert(entry.first);
  return months;
}

Candles Keeper::take_beside_the_cache(Month month, bool keep_off_grid) {
  const auto found = pending_.find(month);
  if (found == pending_.end()) return {};
  Pending pending = std::move(found->second);
  pending_.erase(found);
  Candles rows = rows_beside_the_cache(std::move(pending));
  for (const std::int64_t ms : rows.open_time) {
    if (!interval_.on_grid(from_ms(ms))) off_grid_.push_back(from_ms(ms));
  }
  return keep_off_grid ? rows : frame::on_grid(std::move(rows), interval_);
}

Candles Keeper::rows_beside_the_cache(Pending pending) const {
  const RangeSet needed = not_in_the_cache(pending).intersect(window_.range());
  if (const Addition* const only = only_one(pending); only != nullptr && needed.ranges().size() == 1) {
    if (!store::counts(filter_, only->origin, only->trust)) return {};
    // Not by way of a content, which would be a second copy of a month of seconds, and a third of what counts of it.
    return frame::slice(std::move(pending.settled.front().rows), needed.ranges().front());
  }
  const store::Content content = merged(pending, nullptr);
  pending = {};
  Candles rows;
  for (const TimeRange& range : needed) {
    const Candles part = rows_that_count(content, interval_, filter_, range, /*keep_off_grid=*/true);
    rows.append(part, 0, part.size());
  }
  return rows;
}

/// Null where there are several, or young rows.
const Addition* Keeper::only_one(const Pending& pending) {
  return pending.settled.size() == 1 && pending.young.empty() ? &pending.settled.front() : nullptr;
}

/// For the first days of a month of 3d the end of the one before is asked too. A repair of the former writes nothing
/// into the latter: all that is damaged there would give way to these few days.
bool Keeper::is_to_be_written(Month month) const {
  return precedence_ != Precedence::repair || !window_.range().intersect(store::range_of(month)).empty();
}

store::CommitResult Keeper::commit(Month month, const Pending& pending) const {
  std::vector<const Addition*> additions;
  additions.reserve(pending.settled.size());
  for (const Addition& addition : pending.settled) additions.push_back(&addition);
  if (additions.empty()) return {};
  return view_.cache()->commit(window_.wanted().series, month, additions, precedence_, waiting_);
}

store::Content Keeper::merged(const Pending& pending, std::vector<Timestamp>* conflicts) const {
  store::Content content;
  for (const auto* additions : {&pending.settled, &pending.young}) {
    for (const Addition& addition : *additions) {
      const store::MergeOutcome outcome = store::merge(content, addition, interval_, store::Precedence::committed);
      if (conflicts != nullptr) std::ranges::copy(outcome.conflicts, std::back_inserter(*conflicts));
    }
  }
  return content;
}

/// What was answered and the snapshot does not answer for this source: young candles, those that differ from what is
/// kept, and what could not be written.
RangeSet Keeper::not_in_the_cache(const Pending& pending) const {
  RangeSet answered;
  for (const auto* additions : {&pending.settled, &pending.young}) {
    for (const Addition& addition : *additions) {
      // On the grid: a month ends between two candles of 1w.
      answered.add({interval_.ceil(addition.range.begin), interval_.ceil(addition.range.end)});
    }
  }
  return pending.failed ? answered.minus(view_.known().present)
                        : answered.minus(view_.known().archive).minus(view_.known().rest);
}

void Keeper::drop_what_the_cache_serves() {
  for (auto at = pending_.begin(); at != pending_.end();) {
    Pending& pending = at->second;
    const RangeSet needed = pending.done ? not_in_the_cache(pending) : RangeSet{};
    if (pending.done && needed.empty()) {
      at = pending_.erase(at);
      continue;
    }
    if (pending.done) {
      keep_parts(pending.settled, needed);
      keep_parts(pending.young, needed);
    }
    ++at;
  }
}

}  // namespace klinekeep::manager
