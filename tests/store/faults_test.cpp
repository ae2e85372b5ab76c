// Each operation of all that writes fails in its turn: what was there stays, whole, or what was to come is there,
// whole; the error says what to do; and the next commit succeeds and leaves no temporary.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <optional>

#include "store/fake_files.hpp"
#include "store/journey.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const Interval kMinute = Interval::MINUTE_1;
const TimeRange kBase = range("2024-03-01", "2024-03-04");

/// What the n-th operation does.
enum class Fault : std::uint8_t { no_space, input_output, no_access, interrupted, short_write, short_then_full };

int error_of(Fault fault) {
  switch (fault) {
    case Fault::input_output:
      return EIO;
    case Fault::no_access:
      return EACCES;
    case Fault::interrupted:
      return EINTR;
    default:
      return ENOSPC;
  }
}

/// Lets one operation fail, by its number; of writes alone where the fault is one of writing.
class NthFails {
 public:
  NthFails(Fault fault, int number, FakeFiles& files) : fault_(fault), left_(number), files_(files) {}
  void operator()(const Operation& operation) {
    if (full_) {
      full_ = false;
      throw FileError(operation.what, operation.name, ENOSPC);
    }
    const bool of_writing = fault_ == Fault::short_write || fault_ == Fault::short_then_full;
    if ((of_writing && operation.what != "write") || left_-- != 0) return;
    happened = operation;
    if (!of_writing) throw FileError(operation.what, operation.name, error_of(fault_));
    files_.shorten_next_write();
    full_ = fault_ == Fault::short_then_full;
  }
  std::optional<Operation> happened;

 private:
  Fault fault_;
  int left_;
  bool full_ = false;
  FakeFiles& files_;
};

class Faults : public testing::TestWithParam<Fault> {
 protected:
  /// Runs the step with its n-th operation failing. Returns whether there was an n-th.
  bool try_step(const Step& step, const Disk& before, const Held& old_content, const Held& new_content, int number) {
    const auto disk = before.copy();
    const auto files = std::make_shared<FakeFiles>(FakeFiles::Watcher{}, disk);
    const Store store = store_on(files);
    NthFails fault{GetParam(), number, *files};
    files->watch([&](const Operation& operation) { fault(operation); });
    std::string failure;
    try {
      step.run(store, files, *disk);
    } catch (const CacheError& error) {
      failure = error.what();
    }
    files->watch({});
    if (!fault.happened) return false;
    ++trials;
    SCOPED_TRACE(testing::Message() << fault.happened->what << ' ' << fault.happened->name << " fails: " << failure);
    if (!failure.empty()) {
      EXPECT_THAT(failure, AllOf(HasSubstr("cannot "), HasSubstr("; "), testing::Not(testing::StartsWith("cache"))))
          << "it says what to do";
      EXPECT_NE(GetParam(), Fault::short_write);
    }
    EXPECT_THAT(temporaries(*disk), testing::IsEmpty()) << "it does not tidy up after itself";
    const Held held = look(disk->copy(), step.kind == Step::rots);
    const bool is_old = held.same_as(old_content) || (step.kind == Step::in_parts && held.part_of(old_content));
    EXPECT_TRUE(held.same_as(new_content) || (!failure.empty() && is_old)) << held.rows.size() << " rows";

    // Once the machine is well, the next commit tidies up, and the same again comes to the same.
    const auto next = disk->copy();
    commit(store_on(next), journey_series(), kJourneyMonth, {one_more()});
    EXPECT_THAT(temporaries(*next), testing::IsEmpty());
    EXPECT_TRUE(held.part_of(look(next, step.kind == Step::rots)));
    step.run(store, files, *disk);
    EXPECT_TRUE(look(disk, step.kind == Step::rots).same_as(new_content));
    return true;
  }

  int trials = 0;
};

TEST_P(Faults, LeaveTheOldOrTheNewAndNoTemporary) {
  const std::vector<Step> steps = journey();
  const std::vector<Held> held = held_along(steps);
  const auto disk = new_disk();
  const Store store = store_on(disk);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    SCOPED_TRACE(steps[i].name);
    const auto before = disk->copy();
    for (int number = 0; try_step(steps[i], *before, held[i], held[i + 1], number); ++number) {
      if (HasFailure()) return;
    }
    steps[i].run(store, disk, *disk);
  }
  std::cout << trials << " operations failed\n";
  EXPECT_GT(trials, 10);
}

std::string name_of(const testing::TestParamInfo<Fault>& info) {
  constexpr std::array kNames{"ENOSPC", "EIO", "EACCES", "EINTR", "Short", "ShortThenFull"};
  return kNames.at(static_cast<std::size_t>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Each, Faults,
                         testing::Values(Fault::no_space, Fault::input_output, Fault::no_access, Fault::interrupted,
                                         Fault::short_write, Fault::short_then_full),
                         name_of);

/// A sector that is gone for good: what it held is moved aside whole, told, and never half believed.
TEST(Faults, WhatTheDiskCannotGiveTwiceIsMovedAside) {
  const auto disk = new_disk();
  const auto files = std::make_shared<FakeFiles>(FakeFiles::Watcher{}, disk);
  const Store store = store_on(files);
  const Step first = journey().front();
  first.run(store, files, *disk);
  const std::string bytes = disk->bytes_of(kDiskRoot / "spot/data/BTCUSDT/1h/202403.arrow");
  const Held all = look(disk, false);
  int reads = 0;
  const auto fail = [&](int times) {
    reads = 0;
    files->watch([&reads, times](const Operation& operation) {
      if (operation.what == "read" && operation.size > 1000 && reads++ < times)
        throw FileError("read", operation.name, EIO);
    });
  };
  const TimeRange month = range_of(kJourneyMonth);
  fail(1);
  EXPECT_TRUE(same(read(store, journey_series(), month, kAny, false, Verify::ALWAYS), all.rows));
  EXPECT_GT(reads, 1);
  fail(2);
  Snapshot snapshot = store.snapshot(journey_series(), month);
  const auto damages = snapshot.prove(month, all_columns(), Verify::ALWAYS);
  ASSERT_THAT(damages, testing::SizeIs(1));
  EXPECT_THAT(damages[0].why, HasSubstr("cannot be read"));
  EXPECT_TRUE(disk->holds(bytes));
  files->watch({});
  EXPECT_TRUE(look(disk, false).rows.empty());
}

TEST(FileErrors, SayWhatWhereWhyAndWhatToDo) {
  const FileError full_disk{"write", "/cache/x.arrow", ENOSPC};
  EXPECT_STREQ(full_disk.what(),
               "cannot write /cache/x.arrow: No space left on device; free space on that disk, or prune the cache");
  EXPECT_EQ(full_disk.error(), ENOSPC);
  EXPECT_EQ(full_disk.exit_code(), 9);
  EXPECT_THAT(FileError("create", "/cache", EROFS).what(), HasSubstr("choose another one"));
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
