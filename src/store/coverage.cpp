#include "store/coverage.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace klinekeep::store {
namespace {

constexpr std::array<std::string_view, 3> kOrigins{"daily", "monthly", "rest"};
constexpr std::array<Trust, 3> kTrusts{Trust::verified, Trust::etag, Trust::unverified};

/// Rounded up to the grid at both ends: what a month's end has cut off a week closes again.
TimeRange on_grid(const TimeRange& range, Interval interval) {
  return {interval.ceil(range.begin), interval.ceil(range.end)};
}

RangeSet on_grid(const RangeSet& ranges, Interval interval) {
  RangeSet rounded;
  for (const TimeRange& range : ranges) rounded.add(on_grid(range, interval));
  return rounded;
}

std::vector<Hole> holes_that_count(const Coverage& coverage, Interval interval, const Filter& filter) {
  std::vector<Hole> holes;
  if (coverage.holes.empty()) return holes;
  for (const Origin origin : {Origin::daily, Origin::monthly, Origin::rest}) {
    const RangeSet answered = answered_slots(coverage, [&](const Answered& each) {
      return each.origin == origin && counts(filter, each.origin, each.trust);
    });
    for (const Hole& hole : coverage.holes) {
      if (hole.origin != origin) continue;
      const RangeSet parts = answered.intersect(hole.range);
      for (const TimeRange& part : parts) {
        holes.push_back(hole);
        holes.back().range = on_grid(part, interval);
      }
    }
  }
  return holes;
}

void join_answers(std::vector<Answered>& answers) {
  std::ranges::sort(answers, {}, [](const Answered& a) { return std::tuple{a.origin, a.range.begin, a.trust}; });
  std::vector<Answered> joined;
  for (const Answered& each : answers) {
    if (each.range.empty()) continue;
    Answered* const last = joined.empty() ? nullptr : &joined.back();
    if (last != nullptr && last->origin == each.origin && last->trust == each.trust &&
        each.range.begin <= last->range.end) {
      last->range.end = std::max(last->range.end, each.range.end);
      last->at = std::max(last->at, each.at);
    } else {
      joined.push_back(each);
    }
  }
  answers = std::move(joined);
}

void join_holes(std::vector<Hole>& holes) {
  std::ranges::sort(holes, {}, [](const Hole& hole) { return std::tuple{hole.origin, hole.range.begin}; });
  std::vector<Hole> joined;
  for (const Hole& each : holes) {
    if (each.range.empty()) continue;
    Hole* const last = joined.empty() ? nullptr : &joined.back();
    if (last != nullptr && alike(*last, each) && each.range.begin <= last->range.end) {
      last->range.end = std::max(last->range.end, each.range.end);
    } else {
      joined.push_back(each);
    }
  }
  holes = std::move(joined);
}

void join_off_grid(std::vector<OffGrid>& rows) {
  std::ranges::sort(rows, {}, [](const OffGrid& row) { return std::tuple{row.open, row.origin, row.trust}; });
  const auto same = [](const OffGrid& a, const OffGrid& b) { return a.open == b.open && a.origin == b.origin; };
  rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());  // the best trust stays
}

void join_files(std::vector<UsedFile>& files) {
  const auto key = [](const UsedFile& file) { return std::tie(file.name, file.sha256); };
  std::ranges::sort(files, [&](const UsedFile& a, const UsedFile& b) {
    return std::tuple{key(a), a.trust, a.etag.empty(), a.at} < std::tuple{key(b), b.trust, b.etag.empty(), b.at};
  });
  std::vector<UsedFile> joined;
  for (UsedFile& each : files) {
    if (!joined.empty() && key(joined.back()) == key(each)) {
      joined.back().at = std::max(joined.back().at, each.at);
    } else {
      joined.push_back(std::move(each));
    }
  }
  files = std::move(joined);
}

}  // namespace

bool alike(const Hole& a, const Hole& b) {
  Hole there = b;
  there.range = a.range;
  return a == there;
}

std::string_view name(Origin origin) { return kOrigins.at(static_cast<std::size_t>(origin)); }

std::optional<Origin> parse_origin(std::string_view name) {
  const auto* const found = std::ranges::find(kOrigins, name);
  if (found == kOrigins.end()) return std::nullopt;
  return static_cast<Origin>(found - kOrigins.begin());
}

std::optional<Trust> parse_trust(std::string_view text) {
  const auto* const found = std::ranges::find_if(kTrusts, [&](Trust trust) { return klinekeep::name(trust) == text; });
  return found == kTrusts.end() ? std::nullopt : std::optional{*found};
}

Filter filter_of(DataSource source, bool accept_unverified) {
  return {.archive = source != DataSource::REST, .rest = source != DataSource::VISION, .unverified = accept_unverified};
}

bool counts(const Filter& filter, Origin origin, Trust trust) {
  if (trust == Trust::unverified && !filter.unverified) return false;
  return origin == Origin::rest ? filter.rest : filter.archive;
}

RangeSet holes_of(const Coverage& coverage, Origin origin) {
  RangeSet slots;
  for (const Hole& hole : coverage.holes) {
    if (hole.origin == origin) slots.add(hole.range);
  }
  return slots;
}

void normalise(Coverage& coverage) {
  join_answers(coverage.answered);
  join_holes(coverage.holes);
  join_off_grid(coverage.off_grid);
  join_files(coverage.files);
}

Known known(const Coverage& coverage, Interval interval, const Filter& filter) {
  const auto all = [&](const Answered& each) { return counts(filter, each.origin, each.trust); };
  const auto of_rest = [&](const Answered& each) { return each.origin == Origin::rest && all(each); };
  const auto of_archive = [&](const Answered& each) { return each.origin != Origin::rest && all(each); };
  const auto of_monthly = [&](const Answered& each) { return each.origin == Origin::monthly && all(each); };
  const auto proven = [&](const Answered& each) { return each.trust != Trust::unverified && all(each); };

  Known what;
  what.present = on_grid(rows_by(coverage, all), interval);
  what.archive = on_grid(answered_slots(coverage, of_archive), interval);
  what.monthly = on_grid(answered_slots(coverage, of_monthly), interval);
  what.rest = on_grid(answered_slots(coverage, of_rest), interval);
  what.holes = holes_that_count(coverage, interval, filter);
  if (filter.unverified) what.unverified = what.present.minus(on_grid(rows_by(coverage, proven), interval));
  return what;
}

}  // namespace klinekeep::store
