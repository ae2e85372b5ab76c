// A cache on a real overlayfs, as in a container's image: what is only read must not be copied.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

const TimeRange kDays = range("2024-03-01", "2024-03-03");

/// A cache below an overlay, last used long ago.
class Overlay : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"lower", "upper", "work", "merged"}) std::filesystem::create_directory(path(name));
    commit(Store{path("lower")}, series_, kMarch, {full(Origin::rest, kDays, Interval::HOUR_1)});
    real_files()->set_accessed(path("lower") / kPartition, system_now() - 48h);
    const std::string options = "lowerdir=" + path("lower").string() + ",upperdir=" + path("upper").string() +
                                ",workdir=" + path("work").string();
    if (::mount("overlay", path("merged").c_str(), "overlay", 0, options.c_str()) != 0)
      GTEST_SKIP() << "an overlay cannot be mounted here: " << std::strerror(errno);
    is_mounted_ = true;
  }
  void TearDown() override {
    if (is_mounted_) ::umount2(path("merged").c_str(), MNT_DETACH);
  }

  [[nodiscard]] std::filesystem::path path(const char* name) const { return folder_.path() / name; }
  void read_with(const Store& store) {
    const auto [snapshot, damages] = proven(store, series_, kDays);
    EXPECT_THAT(damages, IsEmpty());
    EXPECT_EQ(candles_of(snapshot.rows(kDays, kAny, all_columns(), false)).size(), 48U);
    store.touch(snapshot, kDays);
  }

  static constexpr const char* kPartition = "spot/data/BTCUSDT/1h/202403.arrow";
  TemporaryFolder folder_;  // in memory: an overlay cannot be laid over another
  Series series_ = series_of(Interval::HOUR_1);
  bool is_mounted_ = false;
};

TEST_F(Overlay, AReadCopiesNothingUp) {
  read_with(Store{path("merged")});
  EXPECT_THAT(files_below(path("upper")), IsEmpty());
}

TEST_F(Overlay, WhoKeepsALimitRecordsItsUse) {
  const Store limited{path("merged"), real_files(), system_now, RecordUse::everywhere};
  read_with(limited);
  EXPECT_THAT(files_below(path("upper")), Contains(kPartition));
  EXPECT_LT(system_now() - 1h, Timestamp{std::chrono::duration_cast<Duration>(std::chrono::nanoseconds{
                                   real_files()->stat(path("merged") / kPartition)->accessed_ns})});
  read_with(limited);  // the copy, which is another file
}

TEST_F(Overlay, APruneSaysThatItCannotKnow) {
  EXPECT_THAT(UnifiedCacheManager{path("merged")}.prune({1 << 30, {}}).notes,
              testing::ElementsAre(HasSubstr("overlayfs")));
  EXPECT_THAT(UnifiedCacheManager{path("lower")}.prune({1 << 30, {}}).notes, IsEmpty());
}

}  // namespace
}  // namespace klinekeep::store
