// Eight threads at one cache, through whole requests: the answers are right, and each object is fetched once as long as
// nothing is pruned.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <thread>

#include "klinekeep/data_source_manager.hpp"
#include "klinekeep/unified_cache_manager.hpp"
#include "manager/desk.hpp"

namespace klinekeep::manager {
namespace {

using planner::Granularity;

const Interval kHour = Interval::HOUR_1;
constexpr int kCrowd = 8;
constexpr std::uint64_t kSeed = 20261123;

class CrowdOfRequests : public testing::Test {
 protected:
  CrowdOfRequests() {
    desk_.archive->put(Granularity::monthly, "2024-02");
    desk_.archive->put(Granularity::monthly, "2024-03");
    desk_.archive->put_days("2024-02-01", "2024-04-01");
    desk_.rest_has(candles_in(range("2024-02-01", "2024-04-01"), kHour));
  }

  /// Calls act(number, random) in eight threads; what one throws fails the test.
  template <class Act>
  void together(const Act& act) {
    std::vector<std::jthread> threads;
    for (int number = 0; number < kCrowd; ++number) {
      threads.emplace_back([&act, number] {
        std::mt19937_64 random{kSeed + static_cast<unsigned>(number)};
        try {
          act(number, random);
        } catch (const std::exception& error) {
          ADD_FAILURE() << "thread " << number << ": " << error.what();
        }
      });
    }
  }
  static TimeRange some_range(std::mt19937_64& random) {
    const Timestamp begin = at("2024-02-01") + std::chrono::hours{random() % 1000};
    return {begin, begin + std::chrono::hours{1 + random() % 400}};
  }
  void expect_right(const TimeRange& asked, DataSource source = DataSource::AUTO) {
    EXPECT_TRUE(same(desk_.get(asked, source).rows, candles_in(asked, kHour))) << text_of(asked);
  }

  Desk desk_{kHour, "2026-01-01"};
};

TEST_F(CrowdOfRequests, FetchesEachObjectOnceWhileOthersReadListAndValidate) {
  const UnifiedCacheManager cache{desk_.root()};
  const DataSourceManager manager{{.cache_dir = desk_.root(), .clock = [this] { return desk_.now; }}};
  together([&](int number, std::mt19937_64& random) {
    for (int i = 0; i < 12; ++i) {
      const TimeRange asked = some_range(random);
      expect_right(asked);
      if (number % 4 == 0) {
        EXPECT_THAT(cache.validate(), testing::IsEmpty());
      }
      if (number % 4 == 1) (void)cache.list();
      if (number % 4 == 2) (void)cache.prune({.max_bytes = std::int64_t{1} << 40, .max_age = {}});
      if (number % 4 == 3) {
        const auto got = manager.get_data(Symbol{"BTCUSDT"}, kHour, asked.begin, asked.end - std::chrono::hours{1},
                                          {.enforce_source = DataSource::CACHE});
        EXPECT_EQ(got.report.rows, (asked.end - asked.begin) / std::chrono::hours{1});
      }
    }
  });
  std::map<std::string, int> times;
  for (const std::string& each : desk_.asked()) ++times[each];
  for (const auto& [what, count] : times) EXPECT_EQ(count, 1) << what;
}

TEST_F(CrowdOfRequests, IsAnsweredRightWhileTheCacheIsPrunedAndMovedAside) {
  const UnifiedCacheManager cache{desk_.root()};
  together([&](int number, std::mt19937_64& random) {
    for (int i = 0; i < 12; ++i) {
      if (number == 0) {
        (void)cache.prune({.max_bytes = 0, .max_age = {}});
      } else if (number == 1) {
        (void)desk_.cache->quarantine(desk_.series, store::month_of(some_range(random).begin), "a trial");
      } else {
        expect_right(some_range(random));
      }
    }
  });
  EXPECT_THAT(cache.validate(), testing::IsEmpty());
}

}  // namespace
}  // namespace klinekeep::manager
