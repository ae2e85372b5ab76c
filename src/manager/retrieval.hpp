// One request, from what the cache knows to its answer: the loop of plan, run, learn, with the cache on both sides.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "klinekeep/errors.hpp"
#include "klinekeep/report.hpp"
#include "manager/answer.hpp"
#include "manager/keeper.hpp"
#include "manager/request.hpp"
#include "sources/step_loop.hpp"

namespace klinekeep::manager {

/// Whom a retrieval asks.
struct Sources {
  /// Called when a source may have to be asked; never for CACHE, nor where the cache covers all.
  std::function<std::shared_ptr<sources::StepRunner>()> make_runner;
  int parallel = 1;  // steps, and commits, side by side
};

struct Retrieved {
  std::deque<MonthBatch> batches;
  store::Snapshot snapshot;
  Report report;
  bool asked_a_source = false;
  std::int64_t errors = 0;  // partitions that were damaged or could not be written
  std::int64_t rows_committed = 0;
  bool wrote = false;                      // to the cache
  std::string cache_failure;               // why the cache could not be read or written; empty where it could
  std::vector<store::RowChanges> changes;  // of what the cache held
};

/// Used once, on one thread.
class Retrieval final : public sources::AnswerTaker {
 public:
  /// All must outlive it. Without a cache nothing is read from one, or written to it.
  Retrieval(const Request& request, const store::Store* cache, const Sources& sources);

  /// The answer. Throws UnknownSymbol, IncompleteData and its kin, CacheError (a cache that is damaged again and
  /// again), Cancelled; what was committed until then is kept.
  [[nodiscard]] Retrieved run();

  struct Outlook {
    planner::Plan plan;                 // that `run` would begin with
    std::vector<MissingRange> missing;  // what none of its steps would bring
  };
  /// Asks no source.
  [[nodiscard]] Outlook outlook();

  bool planned(const std::vector<planner::Step>& left, const std::vector<planner::Step>& next,
               planner::Ledger& ledger) override;
  void take(const planner::Step& step, sources::StepResult result) override;
  [[nodiscard]] std::int64_t bytes_held() const override { return keeper_.bytes_to_commit(); }

  /// Partitions that were damaged or could not be written, so far: also when `run` throws.
  [[nodiscard]] std::int64_t errors() const { return errors_; }
  [[nodiscard]] bool asked_a_source() const { return asked_a_source_; }
  /// Whether the cache was written to, and by how many bytes it has grown: also when `run` throws.
  [[nodiscard]] bool wrote() const { return keeper_.wrote(); }
  [[nodiscard]] std::int64_t bytes_grown() const { return keeper_.bytes_grown(); }

 private:
  [[nodiscard]] bool may_ask() const { return policy_.source != DataSource::CACHE; }
  [[nodiscard]] bool repairs() const { return request_.refetch == Refetch::damaged; }
  void prove();
  [[nodiscard]] bool is_covered() const;
  [[nodiscard]] bool all_is_served() const;
  void learn_from(planner::Ledger ledger);
  [[noreturn]] void throw_unknown() const;
  [[nodiscard]] planner::Ledger ledger_from_the_cache();
  void add_what_is_cached(planner::Ledger& ledger) const;
  void ask_sources(planner::Ledger ledger);
  void keep_what_came();
  void take_lease(std::set<store::Month> months);
  void keep_absences(const planner::Ledger& ledger, const std::set<store::Month>& open);
  void remember_facts();
  [[nodiscard]] bool holds_files_of_the_archive() const;
  void check_known();
  [[nodiscard]] const store::SeriesFacts& facts();
  void note(std::string sentence);
  void tell(Progress progress);
  void tell_of_wait(const std::string& sentence);
  void note_damage(const store::Damage& damage);
  [[nodiscard]] std::vector<MissingRange> missing() const;
  void tell_of_damage(MissingRange& missing) const;
  void check_complete(std::vector<MissingRange> missing);
  void count_rows(const planner::Step& step, const sources::Settled& rows);
  void finish_report(std::int64_t rows);
  [[nodiscard]] TimeRange closed_range() const;
  [[nodiscard]] Retrieved answer();

  const Request& request_;
  const sources::Window& window_;
  const planner::Policy& policy_;
  const GetOptions& options_;
  const store::Store* const cache_;
  const Sources& sources_;
  store::Filter filter_;
  store::Waiting waiting_;
  std::mutex told_mutex_;                        // over what follows, as commits wait on threads of their own
  Progress told_{};                              // the last one
  std::vector<std::string> waits_;               // that nobody could be told of
  std::shared_ptr<sources::StepRunner> runner_;  // none until a source may have to be asked
  CacheView view_;
  Keeper keeper_;
  planner::Ledger ledger_;
  Timestamp reached_;  // by our clock: when the request began, or the last of its answers was heard
  struct Held {
    std::set<store::Month> months;
    store::Lease lease;
  };
  std::vector<Held> leases_;
  std::map<store::Month, std::string> damaged_;  // why
  std::optional<store::SeriesFacts> facts_;      // as they were when they were first needed
  std::map<std::optional<planner::Granularity>, RangeSet> absences_kept_;
  RangeSet counted_;  // slots whose row is counted to a source, or was in the cache before
  Report report_;
  std::optional<HttpFailure> failure_;
  std::int64_t errors_ = 0;
  bool asked_a_source_ = false;
};

}  // namespace klinekeep::manager
