// Each operation of a commit fails in its turn: what was there stays, whole, and the next commit succeeds.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/fake_files.hpp"
#include "store/names.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Month kMarch = 2024y / 3;
const Interval kMinute = Interval::MINUTE_1;

struct Case {
  const char* name;
  std::vector<Addition> before;  // one commit each
  Addition addition;
  Precedence precedence = Precedence::committed;
};

const TimeRange kBase = range("2024-03-01", "2024-03-04");
const TimeRange kEnd = range("2024-03-04T00:00:00", "2024-03-04T00:10:00");
const TimeRange kMore = range("2024-03-04T00:10:00", "2024-03-04T00:20:00");

std::vector<Case> cases() {
  return {
      {"first", {}, full(Origin::rest, kBase, kMinute)},
      {"tail", {full(Origin::daily, kBase, kMinute)}, full(Origin::rest, kEnd, kMinute)},
      {"tail again",
       {full(Origin::daily, kBase, kMinute), full(Origin::rest, kEnd, kMinute)},
       full(Origin::rest, kMore, kMinute)},
      {"fold",
       {full(Origin::daily, kBase, kMinute), full(Origin::rest, kEnd, kMinute)},
       full(Origin::rest, range("2024-03-10", "2024-03-11"), kMinute)},
      {"refresh",
       {full(Origin::daily, kBase, kMinute), full(Origin::rest, kEnd, kMinute)},
       full(Origin::rest, range("2024-03-03", "2024-03-05"), kMinute, 2),
       Precedence::addition},
  };
}

class Faults : public testing::TestWithParam<int> {};

TEST_P(Faults, LeaveWhatWasThere) {
  const TimeRange month = range_of(kMarch);
  const Series series = series_of(kMinute);
  for (const Case& test : cases()) {
    SCOPED_TRACE(test.name);
    int failing = 0;
    for (bool failed = true; failed; ++failing) {
      SCOPED_TRACE(failing);
      const TemporaryFolder folder;
      const auto files = std::make_shared<FakeFiles>();
      const Store store{folder.path(), files};
      for (const Addition& addition : test.before) commit(store, series, kMarch, {addition});
      const Candles before = read(store, series, month);

      int operations = 0;
      failed = false;
      files->watch([&](const Operation& operation) {
        if (operations++ != failing) return;
        failed = true;
        throw FileError(operation.what, operation.name, GetParam());
      });
      bool thrown = false;
      try {
        commit(store, series, kMarch, {test.addition}, test.precedence);
      } catch (const CacheError&) {
        thrown = true;
      }
      EXPECT_TRUE(thrown || !failed || GetParam() == EIO);  // what cannot be read is damaged, and moved aside
      files->watch({});
      if (thrown) {
        const Candles after = read(store, series, month);
        const Candles wanted = [&] {
          const TemporaryFolder other;
          const Store clean{other.path(), std::make_shared<FakeFiles>()};
          for (const Addition& addition : test.before) commit(clean, series, kMarch, {addition});
          commit(clean, series, kMarch, {test.addition}, test.precedence);
          return read(clean, series, month);
        }();
        EXPECT_TRUE(same(after, before) || same(after, wanted));
        commit(store, series, kMarch, {test.addition}, test.precedence);
        EXPECT_TRUE(same(read(store, series, month), wanted));
        for (const std::string& name : files_below(folder.path()))
          EXPECT_TRUE(parse_partition_name(std::filesystem::path{name}.filename().string())) << name;
      }
      for (const CacheFinding& finding : UnifiedCacheManager{folder.path()}.validate()) ADD_FAILURE() << finding.what;
    }
    EXPECT_GT(failing, 5);
  }
}

INSTANTIATE_TEST_SUITE_P(Errno, Faults, testing::Values(ENOSPC, EACCES, EIO));

TEST(FileErrors, SayWhatWhereWhyAndWhatToDo) {
  const FileError full_disk{"write", "/cache/x.arrow", ENOSPC};
  EXPECT_STREQ(full_disk.what(),
               "cache: cannot write /cache/x.arrow: No space left on device; free space on that disk, or `klinekeep "
               "cache prune`");
  EXPECT_EQ(full_disk.error(), ENOSPC);
  EXPECT_EQ(full_disk.exit_code(), 9);
  EXPECT_THAT(FileError("create", "/cache", EROFS).what(), HasSubstr("--cache-dir"));
}

TEST(Faults, ADirectoryThatCannotBeMadeGivesAnEmptyLeaseAndNoCommit) {
  const TemporaryFolder folder;
  put(folder.path() / "file", "");
  const Store store{folder.path() / "file"};
  const Series series = series_of(kMinute);
  EXPECT_FALSE(store.lease(series, {kMarch}, {}).waited());
  EXPECT_THROW(commit(store, series, kMarch, {full(Origin::rest, kBase, kMinute)}), CacheError);
  EXPECT_TRUE(read(store, series, kBase).empty());
}

}  // namespace
}  // namespace klinekeep::store
