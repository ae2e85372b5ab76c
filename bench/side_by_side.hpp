// Two ways to do the same work, timed in turns in one run: the machine's moods meet both.
#pragma once

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <vector>

namespace klinekeep::bench {

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Of this thread, user and system: what a machine with nothing else to do takes.
inline double seconds_used() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <class F>
double seconds_of(F&& work) {
  const double begin = seconds_used();
  work();
  return seconds_used() - begin;
}

/// Runs both once an iteration. The time told is that of `ours`; the counters are the medians of both in ms, and the
/// ratio of ours to theirs by the medians and by the minima.
template <class Theirs, class Ours>
void side_by_side(benchmark::State& state, Theirs&& theirs, Ours&& ours) {
  std::vector<double> their_times;
  std::vector<double> our_times;
  for (auto _ : state) {
    their_times.push_back(seconds_of(theirs));
    our_times.push_back(seconds_of(ours));
    state.SetIterationTime(our_times.back());
  }
  state.counters["theirs_ms"] = 1e3 * median(their_times);
  state.counters["ours_ms"] = 1e3 * median(our_times);
  state.counters["ratio"] = median(our_times) / median(their_times);
  state.counters["ratio_min"] = std::ranges::min(our_times) / std::ranges::min(their_times);
}

}  // namespace klinekeep::bench
