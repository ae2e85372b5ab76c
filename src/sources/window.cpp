#include "sources/window.hpp"

#include <algorithm>

namespace klinekeep::sources {
namespace {

constexpr Timestamp kEpoch{};

TimeRange within_time(const TimeRange& range) {
  return {std::clamp(range.begin, kBeginOfTime, kEndOfTime), std::clamp(range.end, kBeginOfTime, kEndOfTime)};
}

TimeRange slots_to_ask(Interval interval, const TimeRange& range) {
  const TimeRange slots{interval.ceil(std::max(range.begin, kEpoch)), interval.ceil(std::max(range.end, kEpoch))};
  if (slots.empty() || interval != Interval::DAY_3) return slots;
  return {std::max(slots.begin - std::chrono::days{2}, kEpoch), slots.end};
}

template <class Entry>
std::vector<Entry> clip_to(const TimeRange& slots, std::vector<Entry> entries) {
  for (Entry& entry : entries) entry.range = entry.range.intersect(slots);
  std::erase_if(entries, [](const Entry& entry) { return entry.range.empty(); });
  return entries;
}

}  // namespace

Window::Window(const Series& series, const TimeRange& range)
    : range_(within_time(range)), wanted_{series, slots_to_ask(series.interval, range_)} {}

TimeRange Window::slots() const {
  return {wanted_.series.interval.ceil(range_.begin), wanted_.series.interval.ceil(range_.end)};
}

Asked Window::asked() const {
  return {wanted_.series.market, wanted_.series.symbol, wanted_.series.interval, range_, wanted_.series.upstream};
}

std::vector<MissingRange> Window::clip(std::vector<MissingRange> missing) const {
  return clip_to(slots(), std::move(missing));
}

std::vector<Gap> Window::clip(std::vector<Gap> gaps) const {
  std::vector<Gap> clipped = clip_to(slots(), std::move(gaps));
  const TimeRange before_epoch = slots().intersect({slots().begin, kEpoch});
  if (before_epoch.empty()) return clipped;
  if (!clipped.empty() && clipped.front().reason == kBeforeListing && clipped.front().range.begin == before_epoch.end) {
    clipped.front().range.begin = before_epoch.begin;
  } else {
    clipped.insert(clipped.begin(), {before_epoch, kBeforeListing});
  }
  return clipped;
}

std::vector<Timestamp> Window::clip(std::vector<Timestamp> opens) const {
  std::ranges::sort(opens);
  opens.erase(std::unique(opens.begin(), opens.end()), opens.end());
  std::erase_if(opens, [&](Timestamp t) { return !range_.contains(t); });
  return opens;
}

}  // namespace klinekeep::sources
