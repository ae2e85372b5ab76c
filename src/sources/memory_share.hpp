// How much of the answers under way may be in memory at once: what keeps a long range from taking more than a short
// one.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "memory/page_stock.hpp"

namespace klinekeep::sources {

class MemoryBudget;

/// What one step takes of a budget, in bytes. For the thread that runs the step.
class MemoryShare {
 public:
  /// Without a budget: never waits.
  MemoryShare() = default;
  ~MemoryShare();
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;

  /// How much it will come to as far as one can tell: kept free for it once it is the first.
  void expect(std::int64_t bytes);
  /// Takes so much in place of what it had. Where that is more, waits until there is room for it, which ends: see
  /// MemoryBudget. Throws Cancelled. `untouched` of it are not filled yet.
  void take(std::int64_t bytes, const std::stop_token& stop, std::int64_t untouched = 0);
  /// Takes so much in place of what it had, or nothing where it would have to wait for that.
  [[nodiscard]] bool try_take(std::int64_t bytes, std::int64_t untouched = 0);
  /// Where what is large is to lie, so that one answer has the memory of another.
  [[nodiscard]] const std::shared_ptr<PageStock>& stock() const { return stock_; }

 private:
  friend class MemoryBudget;
  void have(std::int64_t bytes, std::int64_t untouched);

  MemoryBudget* budget_ = nullptr;
  std::list<MemoryShare*>::iterator place_{};
  std::shared_ptr<PageStock> stock_ = std::make_shared<PageStock>();
  std::int64_t bytes_ = 0;
  std::int64_t untouched_ = 0;
  std::int64_t expected_ = 0;
};

/// Shares in an order. One that is not the first waits rather than take what is left
/// beyond the limit, or what the first one still expects. The first one waits as well as long as its answer is not
/// waited for, as then what is held may become less; once it is, nothing else would end the wait. What the limit
/// leaves is for the stock to keep, until the budget ends. Thread-safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::int64_t limit) : limit_(limit) {}
  ~MemoryBudget() { stock_->keep_at_most(0); }
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// Before another one, or as the last.
  [[nodiscard]] std::unique_ptr<MemoryShare> share(const MemoryShare* before = nullptr);
  /// What is in memory beside the shares: answers that were handed on and are not yet in the cache.
  void set_held(std::int64_t bytes);
  /// Whether nothing goes on before the first share's step has ended.
  void set_first_is_waited_for(bool waited_for);

 private:
  friend class MemoryShare;
  [[nodiscard]] bool has_room(const MemoryShare& share, std::int64_t bytes) const;
  void changed();
  void bound_stock();

  const std::int64_t limit_;
  const std::shared_ptr<PageStock> stock_ = std::make_shared<PageStock>();
  std::mutex mutex_;  // over what follows, and the shares
  std::condition_variable_any condition_;
  std::list<MemoryShare*> shares_;
  std::int64_t held_ = 0;
  bool first_is_waited_for_ = false;
};

}  // namespace klinekeep::sources
