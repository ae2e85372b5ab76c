// The shape of a long series in constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace klinekeep::cli {

/// Every n-th of the values added, evenly, and always the first and the last; n doubles whenever kMax would be
/// exceeded. So up to kMax values are all kept, and of more at least half as many.
class Samples {
 public:
  static constexpr std::size_t kMax = 256;

  void add(double value) {
    if (count_++ % stride_ == 0) keep(value);
    last_ = value;
  }

  /// In the order in which they were added; the last of all is at the end.
  [[nodiscard]] std::vector<double> values() const;

 private:
  void keep(double value);

  std::vector<double> kept_;
  std::uint64_t stride_ = 1;
  std::uint64_t count_ = 0;
  double last_ = 0;
};

}  // namespace klinekeep::cli
