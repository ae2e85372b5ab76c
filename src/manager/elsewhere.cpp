#include "manager/elsewhere.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "klinekeep/errors.hpp"

namespace klinekeep::manager {
namespace {

constexpr std::size_t kTold = 3;  // exchanges

std::string counted(std::int64_t months) { return months == 1 ? "1 month" : fmt::format("{} months", months); }

std::int64_t months_of(const store::Store& cache, const Series& series) {
  return std::ssize(cache.snapshot(series, {kBeginOfTime, kEndOfTime}, store::Damaged::left).months());
}

struct Found {
  Upstream upstream;
  std::string what;
};

/// What `tell(series)` says of the series of each other exchange, where it says anything. Binance first.
template <class Tell>
std::vector<Found> others(const store::Store& cache, Series series, Tell tell) {
  std::vector<Found> found;
  const Upstream asked = series.upstream;
  try {
    for (Upstream& upstream : cache.upstreams()) {
      if (upstream == asked) continue;
      series.upstream = std::move(upstream);
      if (std::string what = tell(series); !what.empty()) found.push_back({series.upstream, std::move(what)});
      if (found.size() == kTold) break;
    }
  } catch (const CacheError&) {
    // It would only have made the message a better one.
  }
  return found;
}

}  // namespace

std::string intervals_cached(const store::Store& cache, const Series& series) {
  std::vector<std::string> cached;
  try {
    for (const Interval interval : kIntervals) {
      Series other = series;
      other.interval = interval;
      const std::int64_t months = months_of(cache, other);
      if (months > 0) cached.push_back(fmt::format("{} ({})", interval.name(), counted(months)));
    }
  } catch (const CacheError&) {
    // The same.
  }
  return fmt::format("{}", fmt::join(cached, ", "));
}

std::string intervals_elsewhere(const store::Store& cache, const Series& series) {
  std::vector<std::string> told;
  for (const Found& each : others(cache, series, [&](const Series& other) { return intervals_cached(cache, other); })) {
    told.push_back(fmt::format("of {} the cache has candles of it: {}", each.upstream.name(), each.what));
  }
  return fmt::format("{}", fmt::join(told, "; "));
}

std::string months_elsewhere(const store::Store& cache, const Series& series) {
  const std::vector<Found> found = others(cache, series, [&](const Series& other) {
    const std::int64_t months = months_of(cache, other);
    return months == 0 ? std::string{} : counted(months);
  });
  if (found.empty()) return {};
  std::vector<std::string> told;
  told.reserve(found.size());
  for (const Found& each : found) {
    told.push_back(fmt::format("of {} the cache has {} of it", each.upstream.name(), each.what));
  }
  const std::string which = found.size() == 1 ? found.front().upstream.name() : "that is meant";
  return fmt::format("{}: name the upstream {}", fmt::join(told, ", "), which);
}

}  // namespace klinekeep::manager
