#include "manager/cache_view.hpp"

#include <algorithm>

#include "klinekeep/errors.hpp"

namespace klinekeep::manager {
namespace {

constexpr int kOpenings = 100;  // each but the first: someone has just replaced, or damaged, what was opened

}  // namespace

CacheView::CacheView(const Request& request, const store::Filter& filter, const store::Store* cache)
    : request_(request), filter_(filter), cache_(cache) {}

void CacheView::reopen() {
  if (cache_ == nullptr) return;
  try {
    store::Snapshot before = std::exchange(snapshot_, {});
    // Repair: of the month that it is about nothing damaged is left, and another month is another repair's.
    const auto damaged = request_.refetch == Refetch::damaged ? store::Damaged::left : store::Damaged::set_aside;
    const planner::Wanted& asked = request_.window.wanted();
    snapshot_ = cache_->snapshot(asked.series, asked.slots, damaged);
    snapshot_.keep_removed(std::move(before));
  } catch (const CacheError& error) {
    if (store::ran_out(error)) throw;  // no miss: the cache may hold all that is asked
    note_failure(error.what());
    cache_ = nullptr;
    snapshot_ = {};
  }
  std::ranges::copy(snapshot_.damages(), std::back_inserter(damages_));
  known_ = snapshot_.known(filter_);
}

void CacheView::prove(Verify verify) {
  const Columns columns = request_.columns_to_read();
  for (int opening = 1;; ++opening) {
    std::vector<store::Damage> failed = snapshot_.prove(request_.window.range(), columns.indices(), verify);
    if (failed.empty()) return;
    std::ranges::move(failed, std::back_inserter(damages_));
    known_ = snapshot_.known(filter_);
    if (opening == kOpenings) return;
    reopen();
  }
}

void CacheView::note_failure(const std::string& why) {
  if (failure_.empty()) failure_ = why;
}

}  // namespace klinekeep::manager
