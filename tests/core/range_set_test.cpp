#include "core/range_set.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace klinekeep {
namespace {

using rc::gen::inRange;

constexpr int kLast = 64;  // instants 0 to 63

Timestamp us(int n) { return Timestamp{Duration{n}}; }
TimeRange r(int begin, int end) { return {us(begin), us(end)}; }

/// The same, instant by instant.
using Model = std::set<int>;

Model model_of(const TimeRange& range) {
  Model model;
  for (int i = -2; i < kLast + 2; ++i) {
    if (us(i) >= range.begin && us(i) < range.end) model.insert(i);
  }
  return model;
}

Model model_of(const RangeSet& set) {
  Model model;
  for (const TimeRange& range : set) model.merge(model_of(range));
  return model;
}

Model minus(Model from, const Model& what) {
  for (const int i : what) from.erase(i);
  return from;
}

Model common(const Model& a, const Model& b) { return minus(a, minus(a, b)); }

TimeRange any_range() { return r(*inRange(0, kLast), *inRange(0, kLast)); }  // often empty or reversed

RangeSet any_set() {
  RangeSet set;
  const int ranges = *inRange(0, *inRange(1, 30));  // a few are added one by one, many in one pass
  for (int i = 0; i < ranges; ++i) {
    const int begin = *inRange(0, kLast);
    set.add(r(begin, std::min(kLast, begin + *inRange(0, 5))));
  }
  return set;
}

/// Sorted, disjoint, not adjacent, none empty.
bool is_canonical(const RangeSet& set) {
  const auto& ranges = set.ranges();
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].empty()) return false;
    if (i > 0 && ranges[i - 1].end >= ranges[i].begin) return false;
  }
  return true;
}

TEST(RangeSet, JoinsWhatTouches) {
  EXPECT_EQ((RangeSet{r(1, 3), r(3, 5)}), RangeSet{r(1, 5)});
  EXPECT_EQ((RangeSet{r(3, 5), r(1, 3)}), RangeSet{r(1, 5)});
  EXPECT_EQ((RangeSet{r(1, 3), r(5, 7), r(3, 5)}), RangeSet{r(1, 7)});
  EXPECT_EQ((RangeSet{r(1, 2), r(3, 4), r(5, 6), r(0, 9)}), RangeSet{r(0, 9)});
  EXPECT_EQ((RangeSet{r(0, 9), r(3, 4)}), RangeSet{r(0, 9)});
  const RangeSet apart{r(1, 3), r(4, 5)};
  EXPECT_EQ(apart.ranges().size(), 2U);
}

TEST(RangeSet, OfManyJoinsWhatTouchesInAnyOrderAndLeavesOutWhatIsEmpty) {
  EXPECT_EQ(RangeSet::of({r(5, 7), r(1, 3), r(9, 9), r(3, 4), r(6, 8), r(12, 10)}), (RangeSet{r(1, 4), r(5, 8)}));
  EXPECT_TRUE(RangeSet::of({}).empty());
}

TEST(RangeSet, HoldsNoEmptyRange) {
  EXPECT_TRUE((RangeSet{r(3, 3), r(5, 1)}).empty());
  RangeSet set{r(1, 5)};
  set.subtract(r(3, 3));
  set.subtract(r(4, 2));
  EXPECT_EQ(set, RangeSet{r(1, 5)});
  set.subtract(r(1, 5));
  EXPECT_TRUE(set.empty());
  EXPECT_TRUE((RangeSet{r(1, 5)}).intersect(r(2, 2)).empty());
  EXPECT_TRUE((RangeSet{r(1, 5)}).intersect(r(4, 2)).empty());
}

TEST(RangeSet, SplitsAtAHole) {
  RangeSet set{r(0, 9)};
  set.subtract(r(3, 5));
  EXPECT_EQ(set, (RangeSet{r(0, 3), r(5, 9)}));
  set.subtract(r(2, 6));
  EXPECT_EQ(set, (RangeSet{r(0, 2), r(6, 9)}));
}

TEST(RangeSet, ContainsWhatOneOfItsRangesDoes) {
  const RangeSet set{r(1, 3), r(5, 8)};
  EXPECT_TRUE(set.contains(r(5, 8)));
  EXPECT_FALSE(set.contains(r(2, 6)));
  EXPECT_TRUE(set.contains(r(4, 4)));  // empty
  EXPECT_TRUE(set.contains(us(1)));
  EXPECT_FALSE(set.contains(us(3)));
  EXPECT_FALSE(set.touches(r(3, 5)));
  EXPECT_TRUE(set.touches(r(2, 4)));
  EXPECT_FALSE(set.touches(r(2, 2)));
}

TEST(RangeSet, TakesItselfAsTheOther) {
  RangeSet set{r(1, 3), r(5, 8), r(10, 11)};
  set.add(set);
  EXPECT_EQ(set, (RangeSet{r(1, 3), r(5, 8), r(10, 11)}));
  EXPECT_EQ(set.intersect(set), set);
  EXPECT_TRUE(set.minus(set).empty());
  set.subtract(set);
  EXPECT_TRUE(set.empty());
}

TEST(RangeSet, TakesAReferenceToOneOfItsOwnRanges) {
  RangeSet set{r(1, 3), r(5, 8), r(10, 11)};
  set.add(set.ranges()[1]);
  EXPECT_EQ(set.ranges().size(), 3U);
  set.subtract(set.ranges()[1]);
  EXPECT_EQ(set, (RangeSet{r(1, 3), r(10, 11)}));
}

TEST(RangeSet, ReachesToTheExtremesOfTheType) {
  RangeSet all{{Timestamp::min(), Timestamp::max()}};
  all.subtract(r(3, 5));
  EXPECT_EQ(all, (RangeSet{{Timestamp::min(), us(3)}, {us(5), Timestamp::max()}}));
  EXPECT_TRUE(all.contains(Timestamp::min()));
}

RC_GTEST_PROP(RangeSet, OfManyIsWhatAddingEachMakes, ()) {
  std::vector<TimeRange> ranges;
  RangeSet one_by_one;
  for (int i = *inRange(0, 30); i > 0; --i) {
    ranges.push_back(any_range());
    one_by_one.add(ranges.back());
  }
  RC_ASSERT(RangeSet::of(ranges) == one_by_one);
}

RC_GTEST_PROP(RangeSet, IsTheSetOfItsInstantsThroughAnyChange, ()) {
  RangeSet set;
  Model model;
  for (int step = *inRange(0, 40); step > 0; --step) {
    const TimeRange range = any_range();
    const RangeSet other = any_set();
    switch (*inRange(0, 6)) {
      case 0:
        set.add(range);
        model.merge(model_of(range));
        break;
      case 1:
        set.subtract(range);
        model = minus(model, model_of(range));
        break;
      case 2:
        set.add(other);
        model.merge(model_of(other));
        break;
      case 3:
        set.subtract(other);
        model = minus(model, model_of(other));
        break;
      case 4:
        set = set.minus(other);
        model = minus(model, model_of(other));
        break;
      default:  // an operation that would empty it too often: only on a copy
        RC_ASSERT(model_of(set.intersect(other)) == common(model, model_of(other)));
        RC_ASSERT(is_canonical(set.intersect(other)));
        break;
    }
    RC_ASSERT(model_of(set) == model);
    RC_ASSERT(is_canonical(set));
    RC_ASSERT(set.empty() == model.empty());
  }
}

RC_GTEST_PROP(RangeSet, AnswersAsItsInstantsDo, ()) {
  const RangeSet set = any_set();
  const Model model = model_of(set);
  const TimeRange range = any_range();
  const Model asked = model_of(range);
  RC_ASSERT(set.contains(range) == minus(asked, model).empty());
  RC_ASSERT(set.touches(range) == !common(asked, model).empty());
  RC_ASSERT(model_of(set.intersect(range)) == common(model, asked));
  RC_ASSERT(is_canonical(set.intersect(range)));
  for (int i = 0; i < kLast; ++i) RC_ASSERT(set.contains(us(i)) == model.contains(i));
}

RC_GTEST_PROP(RangeSet, IsOneValueHoweverItWasMade, ()) {
  const RangeSet set = any_set();
  RangeSet again;
  for (const int i : model_of(set)) again.add(r(i, i + 1));
  RC_ASSERT(again == set);
}

TEST(TimeRange, IsHalfOpen) {
  EXPECT_TRUE(r(1, 3).contains(us(1)));
  EXPECT_FALSE(r(1, 3).contains(us(3)));
  EXPECT_TRUE(r(3, 3).empty());
  EXPECT_TRUE(r(3, 1).empty());
  EXPECT_FALSE(r(3, 1).contains(us(2)));
  EXPECT_TRUE(r(1, 3).contains(r(1, 3)));
  EXPECT_TRUE(r(1, 3).contains(r(9, 9)));
  EXPECT_FALSE(r(1, 3).contains(r(1, 4)));
}

RC_GTEST_PROP(TimeRange, IntersectsAsItsInstantsDo, ()) {
  const TimeRange a = any_range();
  const TimeRange b = any_range();
  RC_ASSERT(model_of(a.intersect(b)) == common(model_of(a), model_of(b)));
  RC_ASSERT(a.intersect(b).empty() == b.intersect(a).empty());
  RC_ASSERT(a.contains(b) == minus(model_of(b), model_of(a)).empty());
}

}  // namespace
}  // namespace klinekeep
