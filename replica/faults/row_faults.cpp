#include "faults/row_faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace replica {
namespace {

/// Hands on what it gets; faults override what they change. `index_` counts rows from 0.
class Step : public RowStep {
 public:
  Step(RowStep& next, Fault fault) : next_(next), fault_(std::move(fault)) {}

  void put(const Row& row) final {
    change(row, index_);
    ++index_;
  }
  void put_raw(std::string_view text) override { next_.put_raw(text); }
  void finish() override { next_.finish(); }

 protected:
  virtual void change(const Row& row, std::int64_t index) = 0;
  bool chosen(std::int64_t index) const { return index % fault_.argument("every", std::int64_t{1}) == 0; }

  RowStep& next_;
  const Fault fault_;

 private:
  std::int64_t index_ = 0;
};

class DuplicateRows final : public Step {
  using Step::Step;
  void change(const Row& row, std::int64_t index) override {
    next_.put(row);
    if (chosen(index)) next_.put(row);
  }
};

class ConflictingRows final : public Step {
  using Step::Step;
  void change(const Row& row, std::int64_t index) override {
    next_.put(row);
    if (!chosen(index)) return;
    Row other = row;
    other.volume = Text{fmt::format("1{}", row.volume.view())};
    other.count = Text{fmt::format("1{}", row.count.view())};
    next_.put(other);
  }
};

class OffGridRows final : public Step {
  using Step::Step;
  void change(const Row& row, std::int64_t index) override {
    Row moved = row;
    if (chosen(index)) moved.open_time += Millis{fault_.argument("shift_ms", std::int64_t{0})};
    next_.put(moved);
  }
};

class RubbishRow final : public Step {
  using Step::Step;
  void change(const Row& row, std::int64_t index) override {
    if (index == fault_.argument("row", std::int64_t{0})) {
      next_.put_raw(fault_.argument("text", std::string{"\"rubbish\""}));
    } else {
      next_.put(row);
    }
  }
};

class SwapRows final : public Step {
  using Step::Step;
  void change(const Row& row, std::int64_t index) override {
    if (index == fault_.argument("row", std::int64_t{0})) {
      held_ = row;
      return;
    }
    next_.put(row);
    release();
  }
  void finish() override {
    release();
    next_.finish();
  }
  void release() {
    if (held_) next_.put(*held_);
    held_.reset();
  }

  std::optional<Row> held_;
};

std::unique_ptr<RowStep> make_step(const Fault& fault, RowStep& next) {
  if (fault.is("duplicate_rows")) return std::make_unique<DuplicateRows>(next, fault);
  if (fault.is("conflicting_rows")) return std::make_unique<ConflictingRows>(next, fault);
  if (fault.is("off_grid_rows")) return std::make_unique<OffGridRows>(next, fault);
  if (fault.is("rubbish_row")) return std::make_unique<RubbishRow>(next, fault);
  if (fault.is("swap_rows")) return std::make_unique<SwapRows>(next, fault);
  return nullptr;
}

/// Owns the steps; the first one rules the others.
class Chain final : public RowStep {
 public:
  Chain(std::span<const Fault> faults, RowStep& last) : first_(&last) {
    for (const auto& fault : faults) {
      auto step = make_step(fault, *first_);
      if (!step) continue;
      first_ = step.get();
      steps_.push_back(std::move(step));
    }
  }
  void put(const Row& row) override { first_->put(row); }
  void put_raw(std::string_view text) override { first_->put_raw(text); }
  void finish() override { first_->finish(); }

 private:
  std::vector<std::unique_ptr<RowStep>> steps_;
  RowStep* first_;
};

}  // namespace

std::unique_ptr<RowStep> make_row_steps(std::span<const Fault> faults, RowStep& last) {
  return std::make_unique<Chain>(faults, last);
}

Truth::Wanted make_row_filter(std::span<const Fault> faults) {
  std::vector<Span> dropped;
  std::optional<Millis> until;
  for (const auto& fault : faults) {
    if (fault.is("drop_rows")) {
      dropped.push_back(
          {*parse_instant(fault.argument("from", std::string{})), *parse_instant(fault.argument("to", std::string{}))});
    }
    if (fault.is("partial_day")) {
      until = parse_time_of_day(fault.argument("until", std::string{}));
    }
  }
  return [dropped, until](const Row& row) {
    if (until && row.open_time - floor_to_day(row.open_time) > *until) return false;
    return std::ranges::none_of(dropped, [&](const Span& span) { return span.contains(row.open_time); });
  };
}

}  // namespace replica
