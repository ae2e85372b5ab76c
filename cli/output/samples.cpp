#include "output/samples.hpp"

namespace klinekeep::cli {

std::vector<double> Samples::values() const {
  std::vector<double> all = kept_;
  if (count_ > 0 && (count_ - 1) % stride_ != 0) all.push_back(last_);
  return all;
}

// Called for the values numbered 0, stride, 2 * stride … A full store keeps the even ones, and as kMax is even the
// value that comes now is one of them.
void Samples::keep(double value) {
  static_assert(kMax % 2 == 0);
  if (kept_.size() == kMax) {
    for (std::size_t i = 0; i < kMax / 2; ++i) kept_[i] = kept_[2 * i];
    kept_.resize(kMax / 2);
    stride_ *= 2;
  }
  kept_.push_back(value);
}

}  // namespace klinekeep::cli
