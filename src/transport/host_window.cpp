#include "transport/host_window.hpp"

#include <algorithm>

namespace klinekeep::transport {
namespace {

constexpr int kGrowth = 3;     // an answer: four times as many after each round trip
constexpr int kSlowTimes = 3;  // as long as the quickest answer took, and kSlowBeyond more, is slow
constexpr Duration kSlowBeyond = std::chrono::milliseconds{100};

}  // namespace

void HostWindow::answered(int era, Duration until_head) {
  quickest_ = std::min(quickest_.value_or(until_head), until_head);
  if (until_head <= *quickest_ * kSlowTimes + kSlowBeyond) {
    size_ = std::min(size_ + kGrowth, kMost);
  } else if (era == era_) {
    shrink_to(size_ - size_ / 8);
  }
}

void HostWindow::troubled(int era) {
  if (era == era_) shrink_to(size_ / 2);
}

void HostWindow::shrink_to(int size) {
  size_ = std::max(size, std::min(size_, kLeast));
  ++era_;
}

}  // namespace klinekeep::transport
