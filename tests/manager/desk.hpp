// A request's surroundings for tests: both sources as fakes, a real cache in a folder of its own, a clock.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core/times.hpp"
#include "manager/retrieval.hpp"
#include "sources/fake_sources.hpp"
#include "transport/temporary_folder.hpp"

namespace klinekeep::manager {

/// Both fakes as one runner; remembers what was asked of either.
class FakeBoth final : public sources::BlockingRunner {
 public:
  FakeBoth(sources::FakeArchive& archive, sources::FakeRest& rest) : archive_(archive), rest_(rest) {}

  [[nodiscard]] sources::StepResult run(const planner::Step& step, std::stop_token stop,
                                        sources::MemoryShare& memory) override;
  [[nodiscard]] std::int64_t requests() const override { return archive_.requests() + rest_.requests(); }
  [[nodiscard]] std::int64_t bytes() const override { return archive_.bytes() + rest_.bytes(); }

 private:
  sources::FakeArchive& archive_;
  sources::FakeRest& rest_;
};

struct Got {
  Candles rows;
  Report report;
  bool asked_a_source;
  std::int64_t errors;
};

/// Requests one after another against one cache and one pair of sources.
class Desk {
 public:
  Desk(Interval interval, const std::string& now);

  /// What REST has from now on; all else of it is as at first.
  void rest_has(Candles candles);

  [[nodiscard]] Got get(const TimeRange& range, DataSource source = DataSource::AUTO,
                        const std::function<void(Request&)>& change = {});
  [[nodiscard]] Got get_without_cache(const TimeRange& range, DataSource source = DataSource::AUTO);
  /// What the partition of `month` (`202403`) knows.
  [[nodiscard]] store::Coverage coverage(const std::string& month) const;
  [[nodiscard]] store::SeriesFacts facts() const { return cache->facts(series); }
  [[nodiscard]] planner::Plan plan(const TimeRange& range, DataSource source = DataSource::AUTO);

  /// What was asked since the last call.
  [[nodiscard]] std::vector<std::string> asked();
  /// For how many requests a runner was made.
  [[nodiscard]] int runners_made() const { return runners_made_; }

  [[nodiscard]] std::filesystem::path root() const { return folder.path() / "cache"; }
  [[nodiscard]] std::filesystem::path partition(const std::string& month) const;

  const TemporaryFolder folder;
  Series series;
  Timestamp now;  // of our clock as a request begins; the sources' clocks show it then too
  std::unique_ptr<sources::FakeArchive> archive;
  std::unique_ptr<sources::FakeRest> rest;
  std::unique_ptr<store::Store> cache;

 private:
  void set_clocks();
  [[nodiscard]] Request request_for(const TimeRange& range, DataSource source) const;
  [[nodiscard]] Sources counted_sources();
  [[nodiscard]] Got get_with(const store::Store* cache_or_none, const TimeRange& range, DataSource source,
                             const std::function<void(Request&)>& change);

  std::size_t seen_of_archive_ = 0;
  std::size_t seen_of_rest_ = 0;
  std::atomic<int> runners_made_ = 0;
};

/// `2024-03-15T00:00:00Z .. 2024-03-16T00:00:00Z absent`.
[[nodiscard]] std::vector<std::string> gaps_of(const Got& got);
/// `2024-03-15T00:00:00Z .. 2024-03-16T00:00:00Z unavailable: HTTP 503`.
[[nodiscard]] std::vector<std::string> missing_of(const Got& got);

}  // namespace klinekeep::manager
