#include "store/journey.hpp"

#include <gtest/gtest.h>

#include "frame/slice.hpp"
#include "klinekeep/unified_cache_manager.hpp"
#include "store/prune.hpp"
#include "store/scan.hpp"
#include "store/validate.hpp"

namespace klinekeep::store {
namespace {

const Interval kHour = Interval::HOUR_1;

/// Hours of March: [day d, hour h) and on for so many.
TimeRange hours(int day, int hour, int count) {
  const Timestamp begin = range_of(kJourneyMonth).begin + std::chrono::hours{(day - 1) * 24 + hour};
  return {begin, begin + std::chrono::hours{count}};
}

Step commit_of(const char* name, Addition addition, Precedence precedence = Precedence::committed,
               Step::Kind kind = Step::whole) {
  return {name,
          [addition = std::move(addition), precedence](const Store& store, const auto& /*files*/, Disk& /*disk*/) {
            commit(store, journey_series(), kJourneyMonth, {addition}, precedence);
          },
          kind};
}

void prune(const Store& /*store*/, const std::shared_ptr<Files>& files, Disk& /*disk*/) {
  const Directory directory = directory_on(files);
  const auto used = last_used(directory, journey_series(), kJourneyMonth);
  if (!used) return;
  const Series series = journey_series();
  const CacheEntry entry{series.market, series.symbol.text(), series.interval, kJourneyMonth, {}, 0, 0, {}, {}, {},
                         *used};
  EXPECT_TRUE(remove_partition(directory, entry));
}

void set_aside(const Store& store, const std::shared_ptr<Files>& /*files*/, Disk& /*disk*/) {
  static_cast<void>(store.quarantine(journey_series(), kJourneyMonth, "nothing came in its place"));
}

/// A bit that was flipped is a wrong sum; a torn file is something else.
void expect_rot(const std::string& what, bool rot) {
  EXPECT_TRUE(rot && what.starts_with("the sum of column")) << what;
}

}  // namespace

bool Held::part_of(const Held& whole) const {
  Candles wanted;
  for (const TimeRange& range : present) {
    const Candles some = frame::slice(whole.rows, range);
    wanted.append(some, 0, some.size());
  }
  return same(rows, wanted) && present.minus(whole.present).empty();
}

Series journey_series() { return series_of(kHour); }

Directory directory_on(std::shared_ptr<Files> files) {
  return {std::move(files), Layout{kDiskRoot}, [] { return kAsked; }};
}

Store store_on(std::shared_ptr<Files> files) {
  return Store{kDiskRoot, std::move(files), [] { return kAsked; }};
}

std::vector<Step> journey() {
  const TimeRange base = hours(1, 0, 240);  // a tail takes two rows
  std::vector<Step> steps{
      commit_of("first commit", full(Origin::daily, base, kHour)),
      commit_of("tail", full(Origin::rest, hours(11, 0, 1), kHour)),
      commit_of("tail again", full(Origin::rest, hours(11, 1, 1), kHour)),
      commit_of("fold", full(Origin::rest, hours(15, 0, 24), kHour)),
      commit_of("tail after a fold", full(Origin::rest, hours(16, 0, 1), kHour)),
      commit_of("refresh", full(Origin::rest, hours(10, 0, 150), kHour, 2), Precedence::addition),
      commit_of("tail after a refresh", full(Origin::rest, hours(16, 6, 1), kHour, 2)),
      commit_of("nothing new", full(Origin::rest, hours(16, 6, 1), kHour, 2)),
      {"prune", prune, Step::in_parts},
      commit_of("first commit after a prune", full(Origin::daily, base, kHour, 3)),
      commit_of("tail before a quarantine", full(Origin::rest, hours(11, 0, 1), kHour, 3)),
      {"quarantine", set_aside, Step::in_parts},
      commit_of("commit after a quarantine", full(Origin::daily, base, kHour, 4), Precedence::addition),
      {"rot",
       [](const Store& /*store*/, const auto& /*files*/, Disk& disk) {
         disk.rot(Layout{kDiskRoot}.partition({journey_series(), kJourneyMonth, Part::base}));
       },
       Step::rots},
      commit_of("commit finds the rot", full(Origin::daily, hours(1, 0, 120), kHour, 5), Precedence::committed,
                Step::rots),
      commit_of("fold after rot", full(Origin::rest, hours(20, 0, 24), kHour, 5)),
      {"rot again",
       [](const Store& /*store*/, const auto& /*files*/, Disk& disk) {
         disk.rot(Layout{kDiskRoot}.partition({journey_series(), kJourneyMonth, Part::base}));
       },
       Step::rots},
      commit_of("repair of the rot", full(Origin::daily, base, kHour, 6), Precedence::repair, Step::rots),
      {"prune at the end", prune, Step::in_parts},
  };
  return steps;
}

std::shared_ptr<Disk> new_disk() {
  auto disk = std::make_shared<Disk>();
  disk->make_folders(kDiskRoot.parent_path());
  for (auto folder = kDiskRoot.parent_path(); folder != folder.root_path(); folder = folder.parent_path())
    disk->sync_folder(folder.parent_path());
  return disk;
}

Held look(const std::shared_ptr<Disk>& disk, bool rot) {
  const Directory directory = directory_on(disk);
  for (const PartitionKey& key : scan(*disk, directory.layout, {})) {
    for (const std::string& what : validate_partition(directory, key)) expect_rot(what, rot);
  }
  const Store store = store_on(disk);
  const TimeRange month = range_of(kJourneyMonth);
  for (int i = 0; i < 3; ++i) {
    Snapshot snapshot = store.snapshot(journey_series(), month);
    const auto damages = snapshot.prove(month, all_columns(), Verify::ALWAYS);
    for (const Damage& damage : snapshot.damages()) expect_rot(damage.why, rot);
    for (const Damage& damage : damages) expect_rot(damage.why, rot);
    if (!damages.empty()) continue;
    return {candles_of(snapshot.rows(month, kAny, all_columns(), false)), snapshot.known(kAny).present};
  }
  ADD_FAILURE() << "damaged again and again";
  return {};
}

std::vector<Held> held_along(const std::vector<Step>& steps) {
  const auto disk = new_disk();
  const Store store = store_on(disk);
  std::vector<Held> held(1);
  for (const Step& step : steps) {
    step.run(store, disk, *disk);
    held.push_back(look(disk->copy(), step.kind == Step::rots));
  }
  return held;
}

Addition one_more() { return full(Origin::rest, hours(31, 23, 1), kHour, 9); }

std::vector<std::string> temporaries(const Disk& disk) {
  std::vector<std::string> strays;
  for (const std::string& path : disk.files()) {
    if (path.ends_with(".tmp")) strays.push_back(path);
  }
  return strays;
}

}  // namespace klinekeep::store
