#include "store/store.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "store/catalogue.hpp"
#include "store/commit.hpp"
#include "store/lease.hpp"
#include "store/limits.hpp"
#include "store/lock.hpp"
#include "store/scan.hpp"
#include "store/snapshot.hpp"

namespace klinekeep::store {
namespace {

constexpr std::size_t kManyMonths = 12;          // from so many on, one look at the folder is cheaper
constexpr std::int64_t kMaxFactsBytes = 65'536;  // of series.json

}  // namespace

class Store::Impl {
 public:
  std::shared_ptr<const Directory> directory;

  std::vector<Month> months_of(const Series& series, const TimeRange& range) const {
    std::vector<Month> months = months_in(range);
    if (months.size() < kManyMonths) return months;
    std::set<Month> there;
    for (const std::string& name : directory->files->list(directory->layout.series_folder(series))) {
      if (const auto partition = parse_partition_name(name)) there.insert(partition->month);
    }
    std::erase_if(months, [&](Month month) { return !there.contains(month); });
    return months;
  }
};

Store::Store(const std::filesystem::path& root, std::shared_ptr<Files> files, Clock clock, RecordUse record_use,
             std::shared_ptr<Pace> pace)
    : impl_(std::make_unique<Impl>()) {
  impl_->directory = std::make_shared<Directory>(Directory{std::move(files), Layout{std::filesystem::absolute(root)},
                                                           std::move(clock), record_use, std::move(pace)});
}

Store::~Store() = default;

const std::filesystem::path& Store::root() const { return impl_->directory->layout.root(); }

Snapshot Store::snapshot(const Series& series, const TimeRange& range, Damaged damaged) const {
  Snapshot snapshot;
  snapshot.impl_->directory = impl_->directory;
  snapshot.impl_->series = series;
  TimeRange wide = range;
  if (series.interval == Interval::DAY_3 && !range.empty()) wide.begin -= std::chrono::days{2};
  for (const Month month : impl_->months_of(series, wide)) {
    const Lock lock = damaged == Damaged::left ? Lock::unwanted : Lock::free;
    MonthFiles files = open_month(*impl_->directory, series, month, lock);
    for (Damage& damage : files.damages) snapshot.impl_->damages.push_back(std::move(damage));
    if (!files.newer.empty()) snapshot.impl_->newer_months.push_back(month);
    for (std::string& note : files.newer) snapshot.impl_->notes.push_back(std::move(note));
    if (!files.empty()) snapshot.impl_->months.push_back(std::move(files));
  }
  return snapshot;
}

CommitResult Store::commit(const Series& series, Month month, const std::vector<const Addition*>& additions,
                           Precedence precedence, const Waiting& waiting) const {
  const TimeRange range = range_of(month);
  std::vector<const Addition*> here;
  std::ranges::copy_if(additions, std::back_inserter(here),
                       [&](const Addition* addition) { return !addition->range.intersect(range).empty(); });
  if (here.empty()) return {};
  return commit_month(*impl_->directory, series, month, here, precedence, waiting);
}

std::vector<Upstream> Store::upstreams() const {
  std::vector<Upstream> found = scan_upstreams(*impl_->directory->files, impl_->directory->layout, {});
  std::ranges::sort(found, {},
                    [](const Upstream& upstream) { return std::pair{!upstream.is_binance(), upstream.name()}; });
  return found;
}

SeriesFacts Store::facts(const Series& series) const {
  const auto text = read_text(*impl_->directory->files, impl_->directory->layout.facts(series), kMaxFactsBytes);
  return text ? parse_facts(*text, series).value_or(SeriesFacts{}) : SeriesFacts{};
}

void Store::change_facts(const Series& series, const std::function<SeriesFacts(SeriesFacts)>& change,
                         const Waiting& waiting) const {
  Files& files = *impl_->directory->files;
  const Layout& layout = impl_->directory->layout;
  const auto path = layout.facts(series);
  const auto changed = [&]() -> std::optional<SeriesFacts> {
    const auto text = read_text(files, path, kMaxFactsBytes);
    if (text && is_newer_facts(*text)) return std::nullopt;
    const SeriesFacts before = (text ? parse_facts(*text, series) : std::nullopt).value_or(SeriesFacts{});
    const SeriesFacts after = change(before);
    return after == before ? std::nullopt : std::optional{after};
  };
  if (!changed()) return;  // a symbol that there is not gets no folder
  make_folder(*impl_->directory, layout.series_folder(series));
  const auto held = lock(*impl_->directory, layout.lock(series), kFactsByte, path.string(), waiting);
  const auto after = changed();
  if (!after) return;
  const auto temporary = layout.series_folder(series) / ".series.json.tmp";
  files.remove(temporary);  // whoever made it is dead
  if (*after == SeriesFacts{}) {
    files.remove(path);
    files.sync_folder(layout.series_folder(series));
  } else {
    publish_text(files, path, temporary, to_json(*after, series));
  }
}

void Store::check_writable(const Series& series, Month month, const Waiting& waiting) const {
  constexpr std::uint64_t kNoCommit = 0;  // theirs count from 1
  const Directory& directory = *impl_->directory;
  const auto held = lock_month(directory, series, month, waiting);
  const auto temporary =
      directory.layout.series_folder(series) / temporary_name(month, Part::base, ::getpid(), kNoCommit);
  (void)directory.files->create(temporary);
  directory.files->remove(temporary);
}

Lease Store::lease(const Series& series, const std::vector<Month>& months, const Waiting& waiting) const {
  Lease lease;
  lease.impl_ = Lease::Impl::take(*impl_->directory, series, months, waiting);
  return lease;
}

void Store::touch(const Snapshot& snapshot, const TimeRange& range) const {
  const Timestamp now = impl_->directory->clock();
  for (const MonthFiles& month : snapshot.impl_->months) {
    if (range.intersect(range_of(month.month)).empty()) continue;
    for (const auto& part : month.parts()) record_use(*impl_->directory, *part, now);
  }
}

std::vector<std::string> Store::take_news() const { return store::take_news(*impl_->directory); }

HeldMonth Store::held(const Series& series, Month month) const {
  const MonthFiles files = open_month(*impl_->directory, series, month, Lock::unwanted);
  const bool is_newer = !files.newer.empty();
  const auto all = [](const Answered&) { return true; };
  RangeSet held = answered_slots(*files.coverage, all);
  if (files.stale_tail) held.add(answered_slots(files.stale_tail->footer().coverage, all));
  if (files.damages.empty() && !files.empty()) return {held.ranges(), is_newer};
  const Catalogue catalogue = load_catalogue(*impl_->directory, market_of(series));
  for (const Part part : {Part::base, Part::tail}) {
    const auto entry = catalogue.find(catalogue_path({series, month, part}));
    if (entry == catalogue.end()) continue;
    for (const TimeRange& range : entry->second.covered) held.add(range);
  }
  return {held.ranges(), is_newer};
}

std::optional<PruneResult> Store::keep_within(const PruneLimits& limits, std::int64_t bytes_grown,
                                              const Waiting& waiting) const {
  return store::keep_within(*impl_->directory, limits, bytes_grown, waiting);
}

bool Store::quarantine(const Series& series, Month month, const std::string& why, const Waiting& waiting) const {
  const Directory& directory = *impl_->directory;
  const auto is_there = [&](Part part) {
    return directory.files->stat(directory.layout.partition({series, month, part})).has_value();
  };
  if (!is_there(Part::base) && !is_there(Part::tail)) return false;  // a lock would make its folder's file
  const auto held = lock_month(directory, series, month, waiting);
  bool moved = false;
  for (const Part part : {Part::tail, Part::base}) {
    const PartitionKey key{series, month, part};
    const auto stat = directory.files->stat(directory.layout.partition(key));
    if (!stat) continue;
    const auto damage = move_aside(directory, key, *stat, why, Lock::held);
    if (damage && !damage->kept_because.empty()) throw CacheError(damage->kept_because);
    moved = moved || damage.has_value();
  }
  return moved;
}

std::filesystem::path default_root() {
  if (const char* const home = std::getenv("XDG_CACHE_HOME"); home != nullptr && *home == '/')
    return std::filesystem::path{home} / "klinekeep";
  if (const char* const home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::filesystem::path{home} / ".cache" / "klinekeep";
  throw CacheError("no place for the cache: neither XDG_CACHE_HOME nor HOME is set; name a cache directory");
}

}  // namespace klinekeep::store
