#include "store/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "klinekeep/errors.hpp"
#include "store/fake_files.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const Timestamp kNow = at("2024-06-01T12:00:00");

TEST(Usage, IsReadAsItWasWrittenAndRubbishIsNothing) {
  const Usage usage{.bytes = 12'345, .oldest_use = at("2024-05-01"), .counted_at = kNow};
  EXPECT_EQ(parse_usage(to_json(usage)), usage);
  for (const char* text : {"", "{", "[]", "{}", R"({"format":2,"bytes":1,"oldest_use":1,"counted_at":1})",
                           R"({"format":1,"bytes":"1","oldest_use":1,"counted_at":1})"}) {
    EXPECT_FALSE(parse_usage(text)) << text;
  }
}

std::string problem(const PruneLimits& limits) {
  try {
    check_limits(limits, "cache_");
  } catch (const InvalidRequest& error) {
    return error.what();
  }
  return "accepted";
}

TEST(LimitsThatCannotBe, AreThoseBelowNothingAndAgesThatWouldRoundToIt) {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  for (const std::int64_t bytes : {std::int64_t{-1}, std::int64_t{-1024}, kLeast}) {
    EXPECT_THAT(problem({bytes, std::nullopt}), AllOf(StartsWith("cache_max_size"), HasSubstr("negative")));
    EXPECT_THAT(problem({bytes, 24h}), HasSubstr("negative"));
  }
  for (const Duration age : {Duration{-1us}, Duration{-900ms}, Duration{-1s}, Duration{-24h}, Duration{kLeast}}) {
    EXPECT_THAT(problem({std::nullopt, age}), AllOf(StartsWith("cache_max_age"), HasSubstr("negative")));
    EXPECT_THAT(problem({1'000, age}), HasSubstr("negative"));
  }
  for (const Duration age : {Duration{1us}, Duration{1ms}, Duration{900ms}, Duration{999'999us}}) {
    EXPECT_THAT(problem({std::nullopt, age}), AllOf(StartsWith("cache_max_age"), HasSubstr("to the second")));
  }
}

TEST(LimitsThatCannotBe, AreNotThoseThatSayExactlyWhatTheyMean) {
  for (const PruneLimits& limits :
       {PruneLimits{}, PruneLimits{0, std::nullopt}, PruneLimits{std::nullopt, 0s}, PruneLimits{1, 1s},
        PruneLimits{std::nullopt, 1500ms}, PruneLimits{std::numeric_limits<std::int64_t>::max(), Duration::max()}}) {
    EXPECT_EQ(problem(limits), "accepted");
  }
}

TEST(Usage, SaysWhetherThePartitionsNeedBeLookedAt) {
  const Usage usage{.bytes = 1'000, .oldest_use = kNow - 24h, .counted_at = kNow - 59min};
  EXPECT_TRUE(is_within(usage, {1'000, std::nullopt}, kNow));
  EXPECT_FALSE(is_within(usage, {999, std::nullopt}, kNow));
  EXPECT_TRUE(is_within(usage, {std::nullopt, 24h + 1s}, kNow));
  EXPECT_FALSE(is_within(usage, {std::nullopt, 24h}, kNow));
  EXPECT_FALSE(is_within(usage, {1'000, std::nullopt}, kNow + 1min)) << "counted too long ago";
  EXPECT_FALSE(is_within(usage, {1'000, std::nullopt}, kNow - 2h)) << "counted in the future";
  EXPECT_FALSE(is_within({}, {1'000, std::nullopt}, kNow)) << "never counted";
}

/// A cache of three months, of which the clock and every use is the test's.
class Limits : public testing::Test {
 protected:
  void SetUp() override {
    for (const Month month : {2024y / 1, 2024y / 2, 2024y / 3}) add(month);
    size_ = static_cast<std::int64_t>(std::filesystem::file_size(path(2024y / 1)));
    use(2024y / 1, 3h);
    use(2024y / 2, 5h);
    use(2024y / 3, 4h);
    files_->take();
  }

  CommitResult add(Month month) {
    const TimeRange day{range_of(month).begin, range_of(month).begin + std::chrono::days{1}};
    return commit(store_, series_, month, {full(Origin::rest, day, Interval::HOUR_1)});
  }
  void use(Month month, Duration ago) const {
    const auto when = std::filesystem::file_time_type::clock::from_sys(
        std::chrono::time_point_cast<std::chrono::nanoseconds>(now_ - ago));
    std::filesystem::last_write_time(path(month), when);
    real_files()->set_accessed(path(month), now_ - ago);
  }
  [[nodiscard]] std::filesystem::path path(Month month) const {
    return folder_.path() / "spot/data/BTCUSDT/1h" / partition_name(month, Part::base);
  }
  [[nodiscard]] std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const std::string& name : files_below(folder_.path() / "spot/data")) names.push_back(name.substr(11, 6));
    return names;
  }
  std::vector<std::string> keep(const PruneLimits& limits, std::int64_t grown = 0) {
    const auto result = store_.keep_within(limits, grown);
    looked_ = result.has_value();
    return left();
  }

  TemporaryFolder folder_;
  std::shared_ptr<FakeFiles> files_ = std::make_shared<FakeFiles>();
  Timestamp now_ = kNow;
  Store store_{folder_.path(), files_, [this] { return now_; }};
  Series series_ = series_of(Interval::HOUR_1);
  std::int64_t size_ = 0;
  bool looked_ = false;
};

TEST_F(Limits, WhatFitsStays) { EXPECT_THAT(keep({3 * size_, 5h + 1s}), ElementsAre("202401", "202402", "202403")); }

TEST_F(Limits, TheLeastRecentlyUsedGoesNotTheOldest) {
  EXPECT_THAT(keep({3 * size_ - 1, std::nullopt}), ElementsAre("202401", "202403"));
}

TEST_F(Limits, ATwentiethIsFreedBeyondTheLimitSoAsNotToLookEachTime) {
  EXPECT_THAT(keep({2 * size_, std::nullopt}), ElementsAre("202401")) << "two would fill it to the brim";
  EXPECT_THAT(keep({2 * size_, std::nullopt}, size_), ElementsAre("202401"));
  EXPECT_FALSE(looked_);
}

TEST_F(Limits, WhatWasUsedTooLongAgoGoes) { EXPECT_THAT(keep({std::nullopt, 4h}), ElementsAre("202401")); }

TEST_F(Limits, AnAgeIsTakenToItsFraction) {
  EXPECT_THAT(keep({std::nullopt, 4h + 500ms}), ElementsAre("202401", "202403"));
}

TEST_F(Limits, TheOldestAgeThatCanBeSaidKeepsAll) {
  EXPECT_THAT(keep({std::nullopt, Duration::max()}), ElementsAre("202401", "202402", "202403"));
}

TEST_F(Limits, WhatIsInUseStaysHoweverSmallTheLimit) {
  use(2024y / 2, 59s);
  use(2024y / 3, 60s);
  EXPECT_THAT(keep({0, 0s}), ElementsAre("202402"));
}

TEST_F(Limits, APartitionThatIsBeingWrittenStays) {
  const auto lock = real_files()->open_lock(folder_.path() / "spot/data/BTCUSDT/1h/.lock");
  ASSERT_TRUE(lock->try_lock(commit_byte(2024y / 2)));
  EXPECT_THAT(keep({0, std::nullopt}), ElementsAre("202402"));
}

TEST_F(Limits, ThoseOfAnAnswerStayValidForWhoReadsThem) {
  Snapshot snapshot = store_.snapshot(series_, range("2024-02-01", "2024-02-02"));
  ASSERT_TRUE(snapshot.prove(range_of(2024y / 2), all_columns(), Verify::AUTO).empty());
  EXPECT_THAT(keep({0, std::nullopt}), IsEmpty());
  EXPECT_EQ(candles_of(snapshot.rows(range_of(2024y / 2), kAny, all_columns(), false)).size(), 24U);
}

TEST_F(Limits, AreCheapWhileThereIsNothingToDo) {
  (void)keep({10 * size_, 10h});
  EXPECT_TRUE(looked_);
  files_->take();
  for (int request = 0; request < 5; ++request) (void)keep({10 * size_, 10h}, size_);
  EXPECT_FALSE(looked_);
  const auto done = files_->take();
  EXPECT_TRUE(std::ranges::none_of(done, [](const Operation& each) {
    return each.what == "list" || each.name.ends_with(".arrow");
  })) << "a folder was listed or a partition looked at";
  EXPECT_LT(done.size(), 60U);
  (void)keep({10 * size_, 10h}, 3 * size_);
  EXPECT_TRUE(looked_) << "it has grown over the limit meanwhile";
}

TEST_F(Limits, CountAnewWhenTheyMust) {
  (void)keep({10 * size_, std::nullopt});
  now_ += 1h;
  (void)keep({10 * size_, std::nullopt});
  EXPECT_TRUE(looked_) << "what others wrote";
  put(folder_.path() / "metadata/usage.json", "rubbish");
  (void)keep({10 * size_, std::nullopt});
  EXPECT_TRUE(looked_);
}

TEST_F(Limits, WithoutAnyDoNothing) {
  EXPECT_THAT(keep({}), ElementsAre("202401", "202402", "202403"));
  EXPECT_THAT(files_->take(), IsEmpty());
}

TEST_F(Limits, ACommitTellsByHowMuchTheCacheHasGrown) {
  const TimeRange day = range("2024-04-01", "2024-04-02");
  const auto size_of = [&] {
    std::int64_t bytes = 0;
    for (const std::string& name : files_below(folder_.path() / "spot/data"))
      bytes += static_cast<std::int64_t>(std::filesystem::file_size(folder_.path() / "spot/data" / name));
    return bytes;
  };
  const auto grows = [&](const Addition& addition) {
    const std::int64_t before = size_of();
    const CommitResult result = commit(store_, series_, 2024y / 4, {addition});
    EXPECT_EQ(result.bytes_grown, size_of() - before);
    return result.wrote;
  };
  EXPECT_TRUE(grows(full(Origin::monthly, range("2024-04-01", "2024-04-29"), Interval::HOUR_1)));
  EXPECT_FALSE(grows(full(Origin::monthly, day, Interval::HOUR_1)));
  EXPECT_TRUE(grows(full(Origin::rest, range("2024-04-29T00:00:00", "2024-04-29T02:00:00"), Interval::HOUR_1)))
      << "a tail";
  EXPECT_TRUE(grows(full(Origin::rest, range("2024-04-29T02:00:00", "2024-04-30"), Interval::HOUR_1))) << "folded";
}

}  // namespace
}  // namespace klinekeep::store
