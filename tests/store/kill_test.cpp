// Writers are killed, by SIGKILL, while they commit, fold, refresh, repair, prune and learn: half of them at a file
// operation of a random number, half after a random budget of work. What they reported is there, and nothing is amiss.
// KLINEKEEP_KILLS says how many; `make check` has 1,000.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>
#include <random>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/fake_files.hpp"
#include "store/names.hpp"
#include "store/prune.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr std::uint64_t kSeed = 20261123;
const Interval kHour = Interval::HOUR_1;
constexpr int kHours = 31 * 24;
// A month for each writer alone, and one for both.
constexpr std::array<Month, 3> kMonths{2024y / 1, 2024y / 3, 2024y / 5};
constexpr int kShared = 2;

enum class Kind : std::int32_t { commit, refresh, quarantine, prune, learn };

/// What a writer is about to do, or has done: what it tells its driver.
struct Word {
  Kind kind;
  std::int32_t month;
  std::int32_t begin;  // hours of the month
  std::int32_t end;
  std::int32_t value;
  std::int32_t done;
};

/// The value of each hour's candle; 0: none.
using Hours = std::array<int, kHours>;

TimeRange range_of_hours(int month, int begin, int end) {
  const Timestamp first = range_of(kMonths.at(static_cast<std::size_t>(month))).begin;
  return {first + std::chrono::hours{begin}, first + std::chrono::hours{end}};
}

void enact(Hours& hours, const Word& word) {
  for (int hour = word.begin; hour < word.end; ++hour) {
    int& value = hours.at(static_cast<std::size_t>(hour));
    if (word.kind == Kind::quarantine || word.kind == Kind::prune) value = 0;
    if (word.kind == Kind::refresh || (word.kind == Kind::commit && value == 0)) value = word.value;
  }
}

Candles candles_of_hours(int month, const Hours& hours) {
  Candles candles;
  for (int hour = 0; hour < kHours; ++hour) {
    const int value = hours.at(static_cast<std::size_t>(hour));
    if (value != 0) push(candles, range_of_hours(month, hour, hour).begin, kHour, value);
  }
  return candles;
}

SeriesFacts facts_of_value(int value) {
  SeriesFacts facts;
  const Timestamp first = at("2017-01-01") + std::chrono::hours{value};
  facts.before_first = NoCandles{.range = {at("2016-01-01"), first}, .asked_at = kAsked};
  return facts;
}

/// Works until it is killed.
class Writer {
 public:
  Writer(std::filesystem::path root, std::shared_ptr<Files> files, int number, std::uint64_t seed, int pipe)
      : root_(std::move(root)),
        store_(root_, files),
        files_(std::move(files)),
        number_(number),
        random_(seed),
        pipe_(pipe) {}

  [[noreturn]] void work() {
    for (;;) {
      const int value = 1 + below(99);
      switch (below(10)) {
        case 0:
        case 1:
        case 2: {  // a week where there may be something, or nothing: mostly a fold
          const int begin = below(kHours - 168);
          write(Kind::commit, number_, begin, begin + 24 + below(144), value,
                below(2) == 0 ? Origin::daily : Origin::rest);
          break;
        }
        case 3:
        case 4:
        case 5: {  // the month up to an hour, then hours one by one: tails
          const int end = kHours - 24 + below(12);
          write(Kind::commit, number_, 0, end, value, Origin::daily);
          for (int hour = end; hour < end + 4; ++hour)
            write(Kind::commit, number_, hour, hour + 1, value, Origin::rest);
          break;
        }
        case 6: {
          const int begin = below(kHours - 48);
          write(Kind::refresh, number_, begin, begin + 48, value, Origin::rest);
          break;
        }
        case 7: {  // both writers, each its own hours
          const int hour = 2 * below(kHours / 2) + number_;
          write(Kind::commit, kShared, hour, hour + 1, value, Origin::rest);
          break;
        }
        case 8:
          tell({Kind::quarantine, number_, 0, kHours, 0, 0},
               [&](Word& /*word*/) { static_cast<void>(store_.quarantine(series_, month(number_), "a trial")); });
          write(Kind::commit, number_, 0, 24 + below(kHours - 24), value, Origin::daily);
          break;
        default:
          if (number_ == 0) {
            tell({Kind::learn, 0, 0, 0, value, 0}, [&](Word&) {
              store_.change_facts(series_, [&](const SeriesFacts&) { return facts_of_value(value); });
            });
          } else {
            tell({Kind::prune, number_, 0, kHours, 0, 0}, [&](Word& word) { prune(word); });
          }
      }
    }
  }

 private:
  int below(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }
  static Month month(int index) { return kMonths.at(static_cast<std::size_t>(index)); }

  void write(Kind kind, int month_index, int begin, int end, int value, Origin origin) {
    const Addition addition = full(origin, range_of_hours(month_index, begin, end), kHour, value);
    const auto lease = store_.lease(series_, {month(month_index)}, {});
    tell({kind, month_index, begin, end, value, 0}, [&](Word& /*word*/) {
      commit(store_, series_, month(month_index), {addition},
             kind == Kind::refresh ? Precedence::addition : Precedence::committed);
    });
  }

  void prune(Word& word) const {
    const Directory directory{files_, Layout{root_}, system_now};
    const auto used = last_used(directory, series_, month(number_));
    word.end = 0;
    if (!used) return;
    const CacheEntry entry{series_.market, series_.symbol.text(), kHour, month(number_), {}, 0, 0, {}, {}, {}, *used};
    if (remove_partition(directory, entry)) word.end = kHours;
  }

  template <class Work>
  void tell(Word word, const Work& work) {
    say(word);
    work(word);
    word.done = 1;
    say(word);
  }
  void say(const Word& word) const {
    if (::write(pipe_, &word, sizeof word) != static_cast<ssize_t>(sizeof word)) ::_exit(3);
  }

  std::filesystem::path root_;
  Store store_;
  std::shared_ptr<Files> files_;
  int number_;
  std::mt19937_64 random_;
  int pipe_;
  Series series_ = series_of(kHour);
};

/// A writer as a process, and what it has told.
struct Child {
  pid_t pid = -1;
  int pipe = -1;
  std::vector<Word> in_flight;  // begun, and not reported as done: one at most
};

class Kill : public testing::Test {
 protected:
  Child start(int number, std::uint64_t seed, int die_at) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(ends[0]);
      int operations = 0;
      const auto files = std::make_shared<FakeFiles>([&](const Operation& /*operation*/) {
        if (++operations == die_at) ::kill(::getpid(), SIGKILL);
      });
      Writer{folder_.path(), files, number, seed, ends[1]}.work();
    }
    ::close(ends[1]);
    return {pid, ends[0], {}};
  }

  /// Waits for its end, and hears what it has told.
  void bury(Child& child) {
    Word word{};
    while (::read(child.pipe, &word, sizeof word) == static_cast<ssize_t>(sizeof word)) {
      ++words_;
      child.in_flight.clear();
      if (word.done == 0) {
        child.in_flight.push_back(word);
      } else if (word.kind == Kind::learn) {
        facts_ = facts_of_value(word.value);
      } else {
        enact(hours_.at(static_cast<std::size_t>(word.month)), word);
      }
    }
    ::close(child.pipe);
    int status = 0;
    ASSERT_EQ(::waitpid(child.pid, &status, 0), child.pid);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "it ended by itself: " << status;
  }

  /// What is there is what was reported, with or without what was under way; from now on it is what is known.
  void expect_month(int month, const std::vector<Word>& in_flight) {
    Hours& hours = hours_.at(static_cast<std::size_t>(month));
    std::vector<Hours> right{hours};
    for (const Word& word : in_flight) {
      if (word.month != month || word.kind == Kind::learn) continue;
      const std::vector<Hours> without = right;
      for (Hours each : without) {
        enact(each, word);
        right.push_back(each);
      }
    }
    const Candles there = read(store_, series_, range_of(kMonths.at(static_cast<std::size_t>(month))));
    for (const Hours& each : right) {
      if (!same(there, candles_of_hours(month, each))) continue;
      hours = each;
      return;
    }
    // Of what goes in two files, one may have gone.
    bool goes = false;
    Hours found{};
    for (const std::int64_t ms : there.open_time) {
      const auto hour = static_cast<std::size_t>((from_ms(ms) - range_of_hours(month, 0, 0).begin) / 1h);
      found.at(hour) = hours.at(hour);
    }
    for (const Word& word : in_flight)
      goes = goes || (word.month == month && (word.kind == Kind::quarantine || word.kind == Kind::prune));
    EXPECT_TRUE(goes && same(there, candles_of_hours(month, found))) << "month " << month << ": " << there.size();
    hours = found;
  }

  static std::unique_ptr<LockFile> lock_at(const std::filesystem::path& path) {
    std::filesystem::create_directories(path.parent_path());
    return real_files()->open_lock(path);
  }

  void expect_sound(const std::vector<Word>& in_flight) {
    for (int month = 0; month < 3; ++month) expect_month(month, in_flight);
    for (const CacheFinding& finding : UnifiedCacheManager{folder_.path()}.validate()) ADD_FAILURE() << finding.what;
    SeriesFacts facts = store_.facts(series_);
    for (const Word& word : in_flight) {
      if (word.kind == Kind::learn && facts == facts_of_value(word.value)) facts_ = facts;
    }
    EXPECT_EQ(facts, facts_);
    const auto lock = lock_at(layout_.lock(series_));
    const auto leases = lock_at(layout_.lease_lock(market_of(series_)));
    for (const Month month : kMonths) {
      EXPECT_TRUE(lock->try_lock(commit_byte(month))) << "a lock remains";
      EXPECT_TRUE(leases->try_lock(fetch_byte(series_, month))) << "a lease remains";
    }
    EXPECT_TRUE(lock->try_lock(kFactsByte));
  }

  TemporaryFolder folder_;
  Store store_{folder_.path()};
  Series series_ = series_of(kHour);
  Layout layout_{folder_.path()};
  std::array<Hours, 3> hours_{};
  SeriesFacts facts_;
  std::size_t words_ = 0;
};

TEST_F(Kill, LosesNothingThatWasReported) {
  const int kills = kills_wanted();
  std::mt19937_64 random{kSeed};
  volatile std::uint64_t work = 0;
  for (int done = 0; done < kills; done += 2) {
    SCOPED_TRACE(testing::Message() << "kills " << done << " and " << done + 1);
    const int never = -1;
    Child counted = start(0, random(), 1 + static_cast<int>(random() % 400));
    Child surprised = start(1, random(), never);
    for (std::uint64_t budget = random() % 4'000'000; budget > 0; --budget) work = work + budget;
    ASSERT_EQ(::kill(surprised.pid, SIGKILL), 0);
    bury(surprised);
    bury(counted);
    std::vector<Word> in_flight = counted.in_flight;
    in_flight.insert(in_flight.end(), surprised.in_flight.begin(), surprised.in_flight.end());
    expect_sound(in_flight);
    ASSERT_FALSE(HasFailure());
    std::filesystem::remove_all(folder_.path() / "spot/quarantine");
  }
  // The next commit to a month removes what its dead writers left.
  for (int month = 0; month < 3; ++month) {
    commit(store_, series_, kMonths.at(static_cast<std::size_t>(month)),
           {full(Origin::rest, range_of_hours(month, 0, kHours), kHour)});
  }
  store_.change_facts(series_, [](const SeriesFacts&) { return facts_of_value(1000); });
  for (const std::string& name : files_below(folder_.path())) EXPECT_FALSE(name.ends_with(".tmp")) << name;
  std::cout << kills << " kills, seed " << kSeed << ", " << words_ << " reports\n";
}

}  // namespace
}  // namespace klinekeep::store
