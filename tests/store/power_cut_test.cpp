// The power goes at each operation of a month's life: whatever of what was not synced survives, the store answers the
// old content or the new one, whole, and what a commit has reported is never lost.

#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "store/journey.hpp"

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

/// A process is killed at each operation, another one goes on, and then the power goes at each of its operations.
TEST(PowerCut, AfterAKillTakesNothingThatTheNextProcessReported) {
  const std::vector<Step> steps = journey();
  const std::vector<Held> held = held_along(steps);
  Survivors survivors;
  std::size_t kills = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (const bool same_again : {true, false}) {
      bool killed = true;
      for (int last = 1; killed; ++last) {
        SCOPED_TRACE(testing::Message() << steps[i].name << ", killed at operation " << last << ", then "
                                        << (same_again ? "the same again" : "one more row"));
        const auto disk = new_disk();
        {
          const Store store = store_on(disk);
          for (std::size_t before = 0; before < i; ++before) steps[before].run(store, disk, *disk);
          int number = 0;
          killed = false;
          disk->watch([&](const Operation& /*operation*/) {
            if (++number == last) disk->kill();
          });
          try {
            steps[i].run(store, disk, *disk);
          } catch (const Killed&) {
            killed = true;
            ++kills;
          }
        }
        if (!killed) break;
        disk->start_again();
        disk->watch({});
        const Store next = store_on(disk);
        const auto go_on = [&](const Store& store, const std::shared_ptr<Disk>& on) {
          if (same_again) {
            steps[i].run(store, on, *on);
          } else {
            commit(store, journey_series(), kJourneyMonth, {one_more()});
          }
        };
        const auto watched = [&](const std::vector<Held>& right) {
          disk->watch([&, right](const Operation& operation) {
            SCOPED_TRACE(testing::Message() << "before " << operation.what << ' ' << operation.name);
            survivors.judge(*disk, right, steps[i].kind);
          });
        };
        const Step::Kind after = steps[i].kind == Step::rots ? Step::rots : Step::whole;
        Held now;
        {
          // What it will hold: tried on a disk that keeps all.
          const auto trial = disk->copy();
          const Store store = store_on(trial);
          go_on(store, trial);
          now = look(trial, steps[i].kind == Step::rots);
        }
        EXPECT_TRUE(!same_again || now.same_as(held[i + 1]));
        // Its own row may survive without what the killed one had renamed and not synced, nor reported.
        watched({held[i], held[i + 1], now, with_one_more(held[i]), with_one_more(held[i + 1])});
        go_on(next, disk);
        disk->watch({});
        SCOPED_TRACE("after it has returned");
        // What goes (a prune, a repair's quarantine) may come back whole when its remover died: nothing is lost by it.
        const bool may_come_back = same_again && steps[i].kind == Step::in_parts;
        const std::vector<Held> right = may_come_back ? std::vector{now, held[i]} : std::vector{now};
        survivors.judge(*disk, right, may_come_back ? Step::in_parts : after);
        EXPECT_TRUE(temporaries(*disk).empty());
        if (HasFailure()) return;
      }
    }
  }
  std::cout << "kills: " << kills << ", then power cuts: " << survivors.instants << " instants, " << survivors.states
            << " states of the disk, " << survivors.different() << " different\n";
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
