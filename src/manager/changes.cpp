#include "manager/changes.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

#include "klinekeep/schema.hpp"

namespace klinekeep::manager {
namespace {

struct Change {
  std::int64_t open;
  std::size_t column;
  std::optional<double> before;
  std::optional<double> after;
};

/// The value of a column of a row, as a number. close_time and trades are far below 2^53.
double value_of(const Candles& rows, std::size_t row, std::size_t column) {
  double found = 0;
  std::size_t current = 0;
  const auto look = [&](const auto& values) {
    if (current++ == column) found = static_cast<double>(values[row]);
  };
  std::apply([&](const auto&... columns) { (look(columns), ...); }, rows.columns());
  return found;
}

bool same(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return std::bit_cast<std::uint64_t>(*a) == std::bit_cast<std::uint64_t>(*b);
}

void add_rows(std::vector<Change>& all, const Candles& rows, std::optional<double> Change::* side) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t column = 1; column < kSchema.size(); ++column) {
      all.push_back({rows.open_time[row], column, std::nullopt, std::nullopt});
      all.back().*side = value_of(rows, row, column);
    }
  }
}

void sort_stably(std::vector<Change>& all) {
  std::ranges::stable_sort(all, {}, [](const Change& each) { return std::tuple{each.open, each.column}; });
}

bool same_place(const Change& a, const Change& b) { return a.open == b.open && a.column == b.column; }

/// Both sides of one step as one entry for each value.
std::vector<Change> of_step(const store::RowChanges& step) {
  std::vector<Change> all;
  add_rows(all, step.before, &Change::before);
  add_rows(all, step.after, &Change::after);
  sort_stably(all);
  std::vector<Change> paired;
  for (const Change& each : all) {
    if (!paired.empty() && same_place(paired.back(), each)) {
      paired.back().after = each.after;
    } else {
      paired.push_back(each);
    }
  }
  return paired;
}

}  // namespace

std::vector<ChangedValue> changed_values(const std::vector<store::RowChanges>& changes) {
  std::vector<Change> all;
  for (const store::RowChanges& step : changes) {
    const std::vector<Change> of_this = of_step(step);
    all.insert(all.end(), of_this.begin(), of_this.end());
  }
  sort_stably(all);
  std::vector<ChangedValue> values;
  for (std::size_t first = 0; first < all.size();) {
    std::size_t last = first;
    while (last + 1 < all.size() && same_place(all[first], all[last + 1])) ++last;
    const auto& before = all[first].before;
    const auto& after = all[last].after;
    if (!same(before, after)) {
      values.push_back({from_ms(all[first].open), kSchema.at(all[first].column).name, before, after});
    }
    first = last + 1;
  }
  return values;
}

std::vector<Timestamp> opens_of(const std::vector<ChangedValue>& values) {
  std::vector<Timestamp> opens;
  for (const ChangedValue& value : values) {
    if (opens.empty() || opens.back() != value.open_time) opens.push_back(value.open_time);
  }
  return opens;
}

}  // namespace klinekeep::manager
