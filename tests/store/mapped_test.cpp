// What is mapped is looked at through the kernel, as its file may be cut meanwhile: also by a kernel that forbids the
// usual way.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "store/refused_calls.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

const TimeRange kDays = range("2024-03-10", "2024-03-12");

/// A month that is proven and mapped, and has gone from its path, so that only what is mapped tells of it. As
/// containers and emulators do, a thread is refused calls.
class MappedTest : public testing::Test {
 protected:
  MappedTest() {
    commit(store_, series_, kMarch, {full(Origin::daily, kDays, Interval::HOUR_1)});
    snapshot_ = store_.snapshot(series_, kDays);
    EXPECT_THAT(snapshot_.prove(kDays, all_columns(), Verify::AUTO), IsEmpty());
    std::filesystem::rename(folder_.path() / "spot/data/BTCUSDT/1h/202403.arrow", elsewhere_);
  }

  TemporaryFolder folder_;
  std::filesystem::path elsewhere_ = folder_.path() / "elsewhere";
  Store store_{folder_.path()};
  Series series_ = series_of(Interval::HOUR_1);
  Snapshot snapshot_;
};

class ForbiddenCopy : public MappedTest, public testing::WithParamInterface<std::uint32_t> {};

TEST_P(ForbiddenCopy, WhatIsMappedIsLookedAtAnotherWay) {
  std::optional<std::string> sound = "not looked at";
  std::optional<std::string> cut;
  std::jthread{[&] {
    ASSERT_TRUE(refuse_call(SYS_process_vm_readv, GetParam()));
    sound = snapshot_.changed(kMarch);
    std::filesystem::resize_file(elsewhere_, 4096);
    cut = snapshot_.changed(kMarch);
  }}.join();
  EXPECT_EQ(sound, std::nullopt);
  EXPECT_THAT(cut, Optional(HasSubstr("it was cut")));
}

INSTANTIATE_TEST_SUITE_P(By, ForbiddenCopy, testing::Values(EPERM, ENOSYS));

TEST_F(MappedTest, WithoutADescriptorToLookWithItIsAnErrorAndNoDamage) {
  std::jthread{[&] {
    ASSERT_TRUE(refuse_call(SYS_process_vm_readv, EPERM));
    ASSERT_TRUE(refuse_call(SYS_pipe2, EMFILE));
    EXPECT_THROW((void)snapshot_.changed(kMarch), FileError);
  }}.join();
}

}  // namespace
}  // namespace klinekeep::store
