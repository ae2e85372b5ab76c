// Times as text, for tests.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "klinekeep/time.hpp"

namespace klinekeep {

/// The instant of `2024-03`, `2024-03-15`, `2024-03-15T12:34:56` or `2024-03-15T12:34:56.5`. Throws
/// std::invalid_argument.
Timestamp at(const std::string& text);

/// From `begin` to before `end`, as `at` takes them.
TimeRange range(const std::string& begin, const std::string& end);

/// `2024-03-15T00:00:00Z .. 2024-03-16T00:00:00Z`.
std::string text_of(const TimeRange& range);

std::vector<std::string> texts_of(const std::vector<Timestamp>& times);
template <class Ranges>
std::vector<std::string> texts_of_ranges(const Ranges& ranges) {
  std::vector<std::string> texts;
  for (const TimeRange& each : ranges) texts.push_back(text_of(each));
  return texts;
}

// How GoogleTest shows a range that was not as expected.
inline void PrintTo(const TimeRange& range, std::ostream* out) { *out << text_of(range); }

}  // namespace klinekeep
