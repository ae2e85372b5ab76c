// The power goes at each operation of a month's life: whatever of what was not synced survives, the store answers the
// old content or the new one, whole, and what a commit has reported is never lost.

#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "store/journey.hpp"
#include "store/registry.hpp"

namespace klinekeep::store {
namespace {

Held with_one_more(Held held) {
  const Addition more = one_more();
  held.rows.append(more.rows, 0, 1);
  held.present.add(more.range);
  return held;
}

/// Looks at what power cuts leave. Each state once.
class Survivors {
 public:
  /// Fails the test unless each disk that a power cut may leave now holds one of `right`, or in_parts a part of one.
  void judge(const Disk& disk, const std::vector<Held>& right, Step::Kind kind) {
    const bool parts = kind == Step::in_parts;
    ++instants;
    for (const auto& survivor : disk.after_a_power_cut()) {
      ++states;
      const Held& held = held_by(survivor, kind == Step::rots);
      bool is_right = false;
      for (const Held& each : right) is_right = is_right || held.same_as(each) || (parts && held.part_of(each));
      if (is_right) continue;
      std::string names;
      for (const std::string& file : survivor->files()) names += file + ' ';
      ADD_FAILURE() << "a power cut left " << held.rows.size() << " rows in " << names;
    }
    Registry::of_process().drop_idle();  // and the disks with their partitions
  }

  std::size_t instants = 0;
  std::size_t states = 0;
  [[nodiscard]] std::size_t different() const { return seen_.size(); }

 private:
  const Held& held_by(const std::shared_ptr<Disk>& survivor, bool rot) {
    const auto [at, is_new] = seen_.try_emplace(survivor->fingerprint());
    if (!is_new) return at->second;
    at->second = look(survivor, rot);
    // Life goes on there: the next commit succeeds, keeps what it found, and leaves no temporary.
    const Store store = store_on(survivor);
    const Addition more = one_more();
    commit(store, journey_series(), kJourneyMonth, {more});
    const Held after = look(survivor, rot);
    EXPECT_TRUE(at->second.part_of(after) && after.present.contains(more.range));
    EXPECT_EQ(after.rows.size(), at->second.rows.size() + (at->second.present.contains(more.range) ? 0 : 1));
    for (const std::string& stray : temporaries(*survivor)) ADD_FAILURE() << stray << " is left";
    return at->second;
  }

  std::map<std::string, Held> seen_;
};

TEST(PowerCut, LeavesTheOldOrTheNewAndNeverTakesWhatWasReported) {
  const std::vector<Step> steps = journey();
  const std::vector<Held> held = held_along(steps);
  const auto disk = new_disk();
  const Store store = store_on(disk);
  Survivors survivors;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    SCOPED_TRACE(steps[i].name);
    int number = 0;
    disk->watch([&](const Operation& operation) {
      SCOPED_TRACE(testing::Message() << "before operation " << ++number << ", " << operation.what << ' '
                                      << operation.name);
      survivors.judge(*disk, {held[i], held[i + 1]}, steps[i].kind);
    });
    steps[i].run(store, disk, *disk);
    disk->watch({});
    SCOPED_TRACE("after it has returned");
    survivors.judge(*disk, {held[i + 1]}, steps[i].kind == Step::rots ? Step::rots : Step::whole);
    if (HasFailure()) return;
  }
  std::cout << "power cuts: " << survivors.instants << " instants, " << survivors.states << " states of the disk, "
            << survivors.different() << " different\n";
  EXPECT_GT(survivors.instants, 100U);
}

/// A process is killed at an operation of a step, another one goes on, and then the power goes at each of its
/// operations.
class KilledFirst : public testing::Test {
 protected:
  /// What the step does to the disk, each operation by name.
  std::vector<std::string> operations_of(std::size_t step) {
    std::vector<std::string> names;
    const auto disk = disk_before(step);
    disk->watch([&](const Operation& operation) { names.push_back(operation.what); });
    steps_[step].run(store_on(disk), disk, *disk);
    return names;
  }

  void kill_before(std::size_t step, std::size_t operation, bool same_again) {
    const auto disk = disk_before(step);
    std::size_t number = 0;
    disk->watch([&](const Operation& /*operation*/) {
      if (number++ == operation) disk->kill();
    });
    EXPECT_THROW(steps_[step].run(store_on(disk), disk, *disk), Killed);
    ++kills_;
    disk->watch({});
    disk->start_again();
    go_on(disk, step, same_again);
  }

  std::vector<Step> steps_ = journey();
  Survivors survivors_;
  std::size_t kills_ = 0;

 private:
  std::shared_ptr<Disk> disk_before(std::size_t step) {
    auto disk = new_disk();
    const Store store = store_on(disk);
    for (std::size_t before = 0; before < step; ++before) steps_[before].run(store, disk, *disk);
    return disk;
  }

  void next_process(const std::shared_ptr<Disk>& disk, const Step& step, bool same_again) {
    const Store store = store_on(disk);
    if (same_again) {
      step.run(store, disk, *disk);
    } else {
      commit(store, journey_series(), kJourneyMonth, {one_more()});
    }
  }

  void go_on(const std::shared_ptr<Disk>& disk, std::size_t step, bool same_again) {
    const Held& before = held_[step];
    const Held& after = held_[step + 1];
    const Step::Kind kind = steps_[step].kind;
    const auto trial = disk->copy();  // what it comes to without a power cut
    next_process(trial, steps_[step], same_again);
    const Held now = look(trial, kind == Step::rots);
    EXPECT_TRUE(!same_again || now.same_as(after));

    // Its own row may survive without what the killed one had renamed and not synced, nor reported.
    const std::vector<Held> right{before, after, now, with_one_more(before), with_one_more(after)};
    disk->watch([&](const Operation& operation) {
      SCOPED_TRACE(testing::Message() << "before " << operation.what << ' ' << operation.name);
      survivors_.judge(*disk, right, kind);
    });
    next_process(disk, steps_[step], same_again);
    disk->watch({});
    SCOPED_TRACE("after it has returned");
    EXPECT_TRUE(temporaries(*disk).empty());
    // What goes (a prune, a repair's quarantine) may come back whole when its remover died: nothing is lost by it.
    if (same_again && kind == Step::in_parts) {
      survivors_.judge(*disk, {now, before}, kind);
    } else {
      survivors_.judge(*disk, {now}, kind == Step::rots ? kind : Step::whole);
    }
  }

  std::vector<Held> held_ = held_along(steps_);
};

bool changes_names(const std::string& operation) {
  return operation == "rename" || operation == "remove" || operation == "make_folders";
}

/// In full it takes ten seconds, and minutes under sanitizers; in part it takes those after a change of names, and
/// some.
TEST_F(KilledFirst, APowerCutTakesNothingThatTheNextProcessReported) {
  const bool all = kills_wanted() >= kAllKills;
  for (std::size_t step = 0; step < steps_.size(); ++step) {
    const std::vector<std::string> operations = operations_of(step);
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const bool renamed = i > 0 && changes_names(operations[i - 1]);
      if (!all && !renamed && (i + step) % 12 != 0) continue;
      for (const bool same_again : {true, false}) {
        SCOPED_TRACE(testing::Message() << steps_[step].name << ", killed before operation " << i << ", "
                                        << operations[i] << ", then "
                                        << (same_again ? "the same again" : "one more row"));
        kill_before(step, i, same_again);
        if (HasFailure()) return;
      }
    }
  }
  std::cout << "kills: " << kills_ << ", then power cuts: " << survivors_.instants << " instants, " << survivors_.states
            << " states of the disk, " << survivors_.different() << " different\n";
}

TEST(PowerCut, OfAnUnsyncedFileLosesNamesAndBytesApart) {
  const auto disk = new_disk();
  const std::filesystem::path a = kDiskRoot.parent_path() / "a";
  {
    const auto file = disk->create(a);
    const std::string text = "four";
    write_all(*file, std::as_bytes(std::span{text}));
    EXPECT_EQ(disk->after_a_power_cut().size(), 1U + 5U);
    file->sync();
  }
  EXPECT_EQ(disk->after_a_power_cut().size(), 2U);
  disk->sync_folder(a.parent_path());
  EXPECT_EQ(disk->after_a_power_cut().size(), 1U);
  disk->rename(a, kDiskRoot.parent_path() / "b");
  disk->remove(kDiskRoot.parent_path() / "b");
  EXPECT_EQ(disk->after_a_power_cut().size(), 3U);  // a, b, none
}

}  // namespace
}  // namespace klinekeep::store
