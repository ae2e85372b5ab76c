// Eight processes, or eight threads of one store, at the same partitions: they read, commit, fold, refresh, validate,
// prune and repair, by a pinned seed each.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <random>
#include <thread>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr int kCrowd = 8;
constexpr std::uint64_t kSeed = 20261123;
const Interval kHour = Interval::HOUR_1;
constexpr std::array<Month, 2> kMonths{2024y / 3, 2024y / 5};
constexpr int kHours = 31 * 24;

/// Whether something may go: a prune, a repair.
enum class Loss : std::uint8_t { none, some };

/// One of the crowd. Everybody knows the truth, a value for each hour, so that every answer can be judged.
class Member {
 public:
  Member(const Store& store, const UnifiedCacheManager& cache, int number, Loss loss)
      : store_(store), cache_(cache), number_(number), loss_(loss), random_(kSeed + static_cast<unsigned>(number)) {}

  /// Works; returns how many answers were wrong.
  int work(int actions) {
    for (int i = 0; i < actions; ++i) {
      const Month month = kMonths.at(static_cast<std::size_t>(below(2)));
      switch (below(loss_ == Loss::some ? 10 : 8)) {
        case 0:
        case 1:
          read_month(month);
          break;
        case 2:
        case 3:
          commit_hours(month, next_stripe_++ * kCrowd + number_, 1, Precedence::committed);
          break;
        case 4:
        case 5:
          append(month);
          break;
        case 6:
          commit_hours(month, below(kHours - 24), 24, Precedence::addition);
          break;
        case 7:
          check(cache_.validate().empty(), "something does not validate");
          static_cast<void>(cache_.list());
          break;
        case 8:
          static_cast<void>(cache_.prune({.max_bytes = 0, .max_age = {}}));
          break;
        default:
          static_cast<void>(store_.quarantine(series_, month, "a trial"));
          commit_hours(month, 0, 240, Precedence::addition);
      }
    }
    return wrong_;
  }

  /// What this one has committed.
  const std::array<RangeSet, 2>& committed() const { return committed_; }

  static Candles truth(const RangeSet& ranges) {
    Candles candles;
    for (const TimeRange& range : ranges) {
      for (Timestamp open = range.begin; open < range.end; open += 1h)
        push(candles, open, kHour, 1 + static_cast<double>(open.time_since_epoch() / 1h % 89));
    }
    return candles;
  }

 private:
  int below(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }
  void check(bool right, const char* what) {
    if (right) return;
    ++wrong_;
    std::cerr << "member " << number_ << ": " << what << '\n';
  }

  RangeSet read_month(Month month) {
    const TimeRange whole = range_of(month);
    const auto [snapshot, damages] = proven(store_, series_, whole);
    check(snapshot.damages().empty(), "something is damaged");
    check(damages.empty(), "something has rotted");
    const RangeSet present = snapshot.known(kAny).present;
    check(same(candles_of(snapshot.rows(whole, kAny, all_columns(), false)), truth(present)), "an answer is wrong");
    if (loss_ == Loss::none)
      check(committed_.at(month == kMonths[0] ? 0 : 1).minus(present).empty(), "what was committed is not there");
    store_.touch(snapshot, whole);
    return present;
  }

  void append(Month month) {
    const RangeSet present = read_month(month);
    const Timestamp end = present.empty() ? range_of(month).begin : present.ranges().back().end;
    if (end >= range_of(month).end) return;
    commit_hours(month, static_cast<int>((end - range_of(month).begin) / 1h), 1, Precedence::committed);
  }

  void commit_hours(Month month, int begin, int count, Precedence precedence) {
    const Timestamp first = range_of(month).begin + std::chrono::hours{begin % kHours};
    const TimeRange range{first, std::min(first + std::chrono::hours{count}, range_of(month).end)};
    Lease lease;  // half of the time: those who commit without one exclude each other too
    if (below(2) == 0) lease = store_.lease(series_, {month}, {});
    const CommitResult result =
        commit(store_, series_, month, {answer(Origin::rest, range, truth(RangeSet{range}))}, precedence);
    check(result.conflicts.empty(), "a candle has changed");
    committed_.at(month == kMonths[0] ? 0 : 1).add(range);
  }

  const Store& store_;
  const UnifiedCacheManager& cache_;
  int number_;
  Loss loss_;
  std::mt19937_64 random_;
  int next_stripe_ = 0;
  int wrong_ = 0;
  std::array<RangeSet, 2> committed_;
  Series series_ = series_of(kHour);
};

class Crowd : public testing::TestWithParam<Loss> {
 protected:
  void begin() const {
    const TimeRange first{range_of(kMonths[0]).begin, range_of(kMonths[0]).begin + 240h};
    commit(store_, series_of(kHour), kMonths[0], {answer(Origin::daily, first, Member::truth(RangeSet{first}))});
  }
  void expect_sound() const {
    for (const CacheFinding& finding : cache_.validate()) ADD_FAILURE() << finding.what;
    for (const std::string& name : files_below(folder_.path())) EXPECT_FALSE(name.ends_with(".tmp")) << name;
  }

  TemporaryFolder folder_;
  Store store_{folder_.path()};
  UnifiedCacheManager cache_{folder_.path()};
};

TEST_P(Crowd, OfProcessesGetsRightAnswersAndLosesNothing) {
  constexpr int kActions = 60;
  begin();
  std::vector<pid_t> children;
  for (int number = 0; number < kCrowd; ++number) {
    const pid_t pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      int wrong = 99;
      try {
        const Store store{folder_.path()};
        const UnifiedCacheManager cache{folder_.path()};
        wrong = Member{store, cache, number, GetParam()}.work(kActions);
      } catch (const std::exception& error) {
        std::cerr << "member " << number << ": " << error.what() << '\n';
      }
      ::_exit(wrong);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }
  expect_sound();
}

TEST_P(Crowd, OfThreadsOfOneStoreGetsRightAnswersAndLosesNothing) {
  constexpr int kActions = 40;
  begin();
  std::vector<Member> members;
  members.reserve(kCrowd);
  for (int number = 0; number < kCrowd; ++number) members.emplace_back(store_, cache_, number, GetParam());
  std::array<int, kCrowd> wrong{};
  {
    std::vector<std::jthread> threads;
    for (int number = 0; number < kCrowd; ++number) {
      threads.emplace_back([&, number] {
        const auto at = static_cast<std::size_t>(number);
        wrong.at(at) = 99;
        try {
          wrong.at(at) = members[at].work(kActions);
        } catch (const std::exception& error) {
          std::cerr << "member " << number << ": " << error.what() << '\n';
        }
      });
    }
  }
  EXPECT_THAT(wrong, testing::Each(0));
  expect_sound();
  if (GetParam() == Loss::some) return;
  for (std::size_t month = 0; month < kMonths.size(); ++month) {
    const TimeRange whole = range_of(kMonths.at(month));
    const RangeSet present = known(store_, series_of(kHour), whole).present;
    for (const Member& member : members) EXPECT_TRUE(member.committed().at(month).minus(present).empty());
    EXPECT_TRUE(same(read(store_, series_of(kHour), whole), Member::truth(present)));
  }
}

INSTANTIATE_TEST_SUITE_P(With, Crowd, testing::Values(Loss::none, Loss::some), [](const auto& loss) {
  return std::string{loss.param == Loss::none ? "ReadersAndWriters" : "PrunersAndRepairersToo"};
});

}  // namespace
}  // namespace klinekeep::store
