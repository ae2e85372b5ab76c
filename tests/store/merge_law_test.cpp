// The merge against a model that knows no ranges: one slot after the other, who said what first.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <vector>

#include "store/footer.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

constexpr std::array kOrigins{Origin::daily, Origin::monthly, Origin::rest};
const Timestamp kBegin = at("2024-03-01");
constexpr int kSlots = 12;
const Interval kInterval = Interval::HOUR_1;

Timestamp open_of(int slot) { return kBegin + std::chrono::hours{slot}; }
TimeRange slots(int begin, int end) { return {open_of(begin), open_of(end)}; }

/// What one answer says of a slot: its row's value, or 0 for none.
struct Answer {
  Origin origin{};
  Trust trust = Trust::verified;
  int begin = 0;
  std::vector<int> values;  // a slot each; all 0 where it confirms
  int when = 0;             // in steps of 20 minutes
  bool weak = false;
  bool confirms = false;
};

Timestamp time_of(int when) { return kAsked + std::chrono::minutes{20} * when; }

Addition addition_of(const Answer& answer) {
  const int end = answer.begin + static_cast<int>(answer.values.size());
  Addition addition{answer.origin, answer.trust, slots(answer.begin, end), {}, time_of(answer.when),
                    std::nullopt,  answer.weak,  answer.confirms};
  for (int slot = answer.begin; slot < end; ++slot) {
    const int value = answer.values.at(static_cast<std::size_t>(slot - answer.begin));
    if (value != 0) push(addition.rows, open_of(slot), kInterval, value);
  }
  return addition;
}

/// One slot: its row, and what counts of each origin.
struct Slot {
  struct Said {
    bool row;
    Trust trust;
    int learnt;  // of a hole
    int asked;
    bool weak;
  };
  int value = 0;  // 0: no row
  std::map<Origin, Said> said;

  bool proven_answer() const {
    return std::ranges::any_of(said, [](const auto& each) { return each.second.trust != Trust::unverified; });
  }
  bool proven_row() const {
    return std::ranges::any_of(
        said, [](const auto& each) { return each.second.row && each.second.trust != Trust::unverified; });
  }
  void forget_rows() {
    value = 0;
    std::erase_if(said, [](const auto& each) { return each.second.row; });
  }
  void say(const Answer& answer, bool row) {
    Said now{row, answer.trust, answer.when, answer.when, answer.weak};
    if (const auto found = said.find(answer.origin); found != said.end()) {
      const Said& before = found->second;
      now.trust = std::min(before.trust, now.trust);
      if (!row && !before.row) {
        now.learnt = std::min(before.learnt, answer.when);
        now.weak = before.weak && answer.weak && answer.when < before.learnt + 3;
      }
    }
    said[answer.origin] = now;
  }
  void confirm(const Answer& answer) {
    const auto found = said.find(answer.origin);
    if (found == said.end() || found->second.row) return;
    found->second.asked = answer.when;
    if (answer.when >= found->second.learnt + 3) found->second.weak = false;
    found->second.learnt = std::min(found->second.learnt, answer.when);
  }

  void learn(const Answer& answer, int new_value, Precedence precedence) {
    if (answer.confirms) return confirm(answer);
    const bool proven = answer.trust != Trust::unverified;
    if (!proven && proven_answer()) return;
    if (value != 0 && value != new_value && proven && !proven_row()) forget_rows();  // unproven gives way
    const auto own = said.find(answer.origin);
    const bool own_row = own != said.end() && own->second.row;
    if (new_value == 0) {
      if (own_row && precedence == Precedence::committed) return;
      say(answer, false);
      const bool others = std::ranges::any_of(said, [](const auto& each) { return each.second.row; });
      if (!others) value = 0;
      return;
    }
    if (value != 0 && value != new_value) {
      if (precedence == Precedence::committed) return;
      forget_rows();
    }
    value = new_value;
    say(answer, true);
  }
};

using Model = std::array<Slot, kSlots>;

void learn(Model& model, const Answer& answer, Precedence precedence) {
  for (std::size_t i = 0; i < answer.values.size(); ++i)
    model.at(static_cast<std::size_t>(answer.begin) + i).learn(answer, answer.values[i], precedence);
}

Answer any_answer(bool with_unverified, bool confirms = false) {
  Answer answer;
  answer.origin = *rc::gen::elementOf(kOrigins);
  const std::vector<Trust> trusts = with_unverified ? std::vector{Trust::verified, Trust::etag, Trust::unverified}
                                                    : std::vector{Trust::verified, Trust::etag};
  if (answer.origin != Origin::rest) answer.trust = *rc::gen::elementOf(trusts);
  answer.begin = *rc::gen::inRange(0, kSlots);
  const int length = *rc::gen::inRange(1, kSlots - answer.begin + 1);
  const std::vector<int> values = confirms ? std::vector{0} : std::vector{0, 0, 1, 1, 1, 2};
  for (int i = 0; i < length; ++i) answer.values.push_back(*rc::gen::elementOf(values));
  answer.when = *rc::gen::inRange(0, 8);
  answer.weak = *rc::gen::arbitrary<bool>();
  answer.confirms = confirms;
  return answer;
}

Answer any_answer_or_confirmation(bool with_unverified) {
  return any_answer(with_unverified, *rc::gen::inRange(0, 3) == 0);
}

Content any_content() {
  Content content;
  const int answers = *rc::gen::inRange(1, 8);
  for (int i = 0; i < answers; ++i) {
    const Addition addition = addition_of(any_answer_or_confirmation(true));
    static_cast<void>(merge(content, addition, kInterval, Precedence::committed));
  }
  return content;
}

/// The origin's hole at a slot.
std::optional<Hole> hole_at(const std::vector<Hole>& holes, Origin origin, Timestamp open) {
  std::optional<Hole> found;
  for (const Hole& hole : holes) {
    if (hole.origin != origin || !hole.range.contains(open)) continue;
    RC_ASSERT(!found.has_value());
    found = hole;
  }
  return found;
}

void expect_hole(const std::optional<Hole>& hole, const Slot::Said* said) {
  RC_ASSERT(hole.has_value() == (said != nullptr && !said->row));
  if (!hole) return;
  RC_ASSERT(hole->learnt_at == time_of(said->learnt));
  RC_ASSERT(hole->asked_at == time_of(said->asked));
  RC_ASSERT(hole->weak == said->weak);
}

std::vector<Filter> all_filters() {
  std::vector<Filter> filters;
  for (int bits = 0; bits < 8; ++bits) filters.push_back({(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0});
  return filters;
}

void expect_same(const Content& content, const Model& model) {
  Footer footer;
  footer.rows = 0;  // only the coverage's own rules are checked here
  footer.coverage = content.coverage;
  const std::string fault = fault_of(footer, {series_of(kInterval), std::chrono::year{2024} / 3, Part::base});
  RC_ASSERT(fault.empty() || fault.starts_with("its coverage speaks of"));

  for (const Filter& filter : all_filters()) {
    const Known known = store::known(content.coverage, kInterval, filter);
    const Candles counted = rows_that_count(content, kInterval, filter, slots(0, kSlots), false);
    Candles expected;
    for (int index = 0; index < kSlots; ++index) {
      const Slot& slot = model.at(static_cast<std::size_t>(index));
      bool present = false;
      bool proven = false;
      std::array<bool, 3> answered{};
      for (const auto& [origin, said] : slot.said) {
        if (!counts(filter, origin, said.trust)) continue;
        answered.at(static_cast<std::size_t>(origin)) = true;
        present = present || said.row;
        proven = proven || (said.row && said.trust != Trust::unverified);
      }
      const Timestamp open = open_of(index);
      for (const Origin origin : kOrigins) {
        const auto said = slot.said.find(origin);
        const bool is_counted = said != slot.said.end() && counts(filter, origin, said->second.trust);
        expect_hole(hole_at(known.holes, origin, open), is_counted ? &said->second : nullptr);
      }
      RC_ASSERT(known.present.contains(open) == present);
      RC_ASSERT(known.archive.contains(open) == (answered[0] || answered[1]));
      RC_ASSERT(known.rest.contains(open) == answered[2]);
      RC_ASSERT(known.unverified.contains(open) == (present && !proven));
      if (present) push(expected, open, kInterval, slot.value);
    }
    RC_ASSERT(same(counted, expected));
  }
  Candles all;
  for (int index = 0; index < kSlots; ++index) {
    if (const int value = model.at(static_cast<std::size_t>(index)).value; value != 0)
      push(all, open_of(index), kInterval, value);
  }
  RC_ASSERT(same(content.rows, all));
}

RC_GTEST_PROP(MergeLaw, EveryAnswerIsJudgedSlotBySlot, ()) {
  Model model;
  Content content;
  const int answers = *rc::gen::inRange(1, 8);
  for (int i = 0; i < answers; ++i) {
    const Answer answer = any_answer_or_confirmation(true);
    const auto precedence =
        *rc::gen::elementOf(std::vector{Precedence::committed, Precedence::committed, Precedence::addition});
    learn(model, answer, precedence);
    static_cast<void>(merge(content, addition_of(answer), kInterval, precedence));
    expect_same(content, model);
  }
}

RC_GTEST_PROP(MergeLaw, NoCommittedRowEverChangesAndNothingIsForgotten, ()) {
  Content content;
  const int answers = *rc::gen::inRange(1, 8);
  for (int i = 0; i < answers; ++i) {
    const Content before = content;
    const Answer answer = any_answer_or_confirmation(false);
    const MergeOutcome outcome = merge(content, addition_of(answer), kInterval, Precedence::committed);
    RC_ASSERT(outcome.rows_added == static_cast<std::int64_t>(content.rows.size() - before.rows.size()));
    for (std::size_t row = 0; row < before.rows.size(); ++row) {
      const auto now = std::ranges::find(content.rows.open_time, before.rows.open_time[row]);
      RC_ASSERT(now != content.rows.open_time.end());
      RC_ASSERT(
          content.rows.same_row(static_cast<std::size_t>(now - content.rows.open_time.begin()), before.rows, row));
    }
    for (const Origin origin : kOrigins) {
      const auto own = [&](const Answered& each) { return each.origin == origin; };
      RC_ASSERT(answered_slots(before.coverage, own).minus(answered_slots(content.coverage, own)).empty());
      RC_ASSERT(rows_by(before.coverage, own).minus(rows_by(content.coverage, own)).empty());
      for (int slot = 0; slot < kSlots; ++slot) {
        const auto was = hole_at(before.coverage.holes, origin, open_of(slot));
        const auto is = hole_at(content.coverage.holes, origin, open_of(slot));
        if (!was || !is) continue;
        RC_ASSERT(is->learnt_at == std::min(was->learnt_at, is->asked_at));  // not after it was asked
        RC_ASSERT(was->weak || !is->weak);
      }
    }
  }
}

RC_GTEST_PROP(MergeLaw, AConfirmationChangesOnlyWhenHolesOfItsOriginWereAskedAndHowWeakTheyAre, ()) {
  Content content = any_content();
  const Content before = content;
  const Answer answer = any_answer(true, true);
  const auto precedence = *rc::gen::elementOf(std::vector{Precedence::committed, Precedence::addition});
  const Addition addition = addition_of(answer);
  const MergeOutcome outcome = merge(content, addition, kInterval, precedence);
  RC_ASSERT(outcome.rows_added == 0);
  RC_ASSERT(outcome.conflicts.empty());
  RC_ASSERT(outcome.changes.before.empty() && outcome.changes.after.empty());
  RC_ASSERT(same(content.rows, before.rows));

  for (const Origin origin : kOrigins) {
    for (int slot = 0; slot < kSlots; ++slot) {
      const Timestamp open = open_of(slot);
      const auto was = hole_at(before.coverage.holes, origin, open);
      const auto is = hole_at(content.coverage.holes, origin, open);
      RC_ASSERT(was.has_value() == is.has_value());
      if (!was) continue;
      const bool is_meant = origin == answer.origin && addition.range.contains(open);
      RC_ASSERT(is->learnt_at == (is_meant ? std::min(was->learnt_at, addition.at) : was->learnt_at));
      RC_ASSERT(is->asked_at == (is_meant ? addition.at : was->asked_at));
      RC_ASSERT(is->weak == was->weak || (is_meant && was->weak));
    }
  }
  Coverage rest = content.coverage;
  rest.holes = before.coverage.holes;
  RC_ASSERT(rest == before.coverage);
}

RC_GTEST_PROP(MergeLaw, TheFirstAnswerAloneIsAsMergedIntoNothing, ()) {
  const Addition addition = addition_of(any_answer_or_confirmation(true));
  Content content;
  RC_ASSERT(merge(content, addition, kInterval, Precedence::committed).conflicts.empty());
  const auto alone = coverage_alone(addition, kInterval, range_of(std::chrono::year{2024} / 3));
  RC_ASSERT(alone.has_value());
  RC_ASSERT(*alone == content.coverage);
  RC_ASSERT(same(content.rows, addition.rows));
}

RC_GTEST_PROP(MergeLaw, TheOrderOfAnswersThatAgreeDoesNotMatter, ()) {
  // One truth for each origin, where a row has one value for all: answers then differ in holes only.
  std::map<Origin, std::vector<int>> truth;
  for (const Origin origin : kOrigins) {
    for (int slot = 0; slot < kSlots; ++slot) truth[origin].push_back(*rc::gen::inRange(0, 2));
  }
  std::vector<Addition> additions;
  const int count = *rc::gen::inRange(1, 8);
  for (int i = 0; i < count; ++i) {
    Answer answer = any_answer(false);
    for (std::size_t k = 0; k < answer.values.size(); ++k)
      answer.values[k] = truth[answer.origin].at(static_cast<std::size_t>(answer.begin) + k);
    additions.push_back(addition_of(answer));
  }
  Content forward;
  Content backward;
  for (const Addition& each : additions) {
    RC_ASSERT(merge(forward, each, kInterval, Precedence::committed).conflicts.empty());
  }
  for (auto each = additions.rbegin(); each != additions.rend(); ++each)
    static_cast<void>(merge(backward, *each, kInterval, Precedence::committed));
  RC_ASSERT(same(forward.rows, backward.rows));
  for (const Filter& filter : all_filters()) {
    RC_ASSERT(store::known(forward.coverage, kInterval, filter).present ==
              store::known(backward.coverage, kInterval, filter).present);
  }
  // Only when they were learnt and asked is the first and the last one's word.
  for (const Origin origin : kOrigins)
    RC_ASSERT(holes_of(forward.coverage, origin) == holes_of(backward.coverage, origin));
}

RC_GTEST_PROP(MergeLaw, MonthByMonthIsTheSameAsAtOnce, ()) {
  const Interval interval = *rc::gen::elementOf(kIntervals);
  RC_PRE(interval != Interval::SECOND_1 && interval != Interval::MINUTE_1 && interval != Interval::MINUTE_3);
  const TimeRange whole = range("2024-01-01", "2024-04-01");
  const Addition addition = full(Origin::monthly, whole, interval);
  Candles all;
  RangeSet present;
  for (const Month month : months_in(whole)) {
    Content content;
    static_cast<void>(merge(content, addition, interval, Precedence::committed, range_of(month)));
    all.append(content.rows, 0, content.rows.size());
    present.add(store::known(content.coverage, interval, kAny).present);
    RC_ASSERT(content.coverage.holes.empty());
  }
  RC_ASSERT(same(all, addition.rows));
  RC_ASSERT(present.contains(TimeRange{interval.ceil(whole.begin), whole.end}));
  RC_ASSERT(present.ranges().size() == 1U);
}

}  // namespace
}  // namespace klinekeep::store
