// A request that is told step by step what its sources answer.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "planner/support.hpp"

namespace klinekeep::planner {

/// A request on its way: `then` answers the one step that bears that text.
class Told {
 public:
  inline static const Timestamp kNow = at("2024-05-10T10:30");

  explicit Told(Wanted r, Ledger ledger = everything_listed(), Policy policy = kAuto, Timestamp now = kNow)
      : wanted_(std::move(r)), ledger_(std::move(ledger)), policy_(policy), now_(now) {}

  Told& then(std::string_view step_text, const Answer& answer) {
    const Plan p = plan(wanted_, policy_, ledger_, now_);
    for (const Step& step : p.steps) {
      if (text(step) != step_text) continue;
      ledger_ = learn(std::move(ledger_), wanted_, step, answer);
      return *this;
    }
    ADD_FAILURE() << step_text << " is not in " << testing::PrintToString(texts(p.steps));
    return *this;
  }
  /// All candles of the request in `have`.
  Told& then_rows(std::string_view step_text, const RangeSet& have) {
    return then(step_text, rows(have, wanted_.series.interval, now_));
  }
  [[nodiscard]] std::vector<std::string> steps() const { return texts(plan(wanted_, policy_, ledger_, now_).steps); }
  [[nodiscard]] std::vector<std::string> now_steps() const { return now_texts(plan(wanted_, policy_, ledger_, now_)); }
  [[nodiscard]] std::vector<MissingRange> missing() const { return planner::missing(wanted_, policy_, ledger_, now_); }
  [[nodiscard]] std::vector<Gap> gaps() const { return planner::gaps(wanted_, policy_, ledger_, now_); }
  [[nodiscard]] std::vector<Absence> absences() const { return planner::absences(wanted_, policy_, ledger_, now_); }
  [[nodiscard]] bool is_unknown() const { return planner::is_unknown(wanted_, policy_, ledger_); }
  [[nodiscard]] RangeSet before_first() const { return planner::before_first(wanted_, policy_, ledger_); }
  [[nodiscard]] std::vector<std::string> remarks() const { return planner::remarks(wanted_, policy_, ledger_, now_); }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] const Policy& policy() const { return policy_; }
  [[nodiscard]] std::string reason() const { return plan(wanted_, policy_, ledger_, now_).steps.at(0).reason; }

 private:
  Wanted wanted_;
  Ledger ledger_;
  Policy policy_;
  Timestamp now_;
};

}  // namespace klinekeep::planner
