// How many requests a host is to have under way at once. Pure.
#pragma once

#include <optional>

#include "klinekeep/time.hpp"

namespace klinekeep::transport {

/// Begins with a few, grows with each good answer, and shrinks where the host is in trouble or slower than it was: what
/// waits in line at the host, or on the line to it, is served no sooner for being asked sooner.
class HostWindow {
 public:
  static constexpr int kFirst = 16;
  static constexpr int kMost = 64;
  static constexpr int kLeast = 4;

  explicit HostWindow(int first = kFirst) : size_(first) {}

  [[nodiscard]] int size() const { return size_; }
  /// To be remembered by each request as it begins: what began before the last change for the worse says no more of it.
  [[nodiscard]] int era() const { return era_; }

  /// A good answer, the head of which took `until_head`.
  void answered(int era, Duration until_head);
  /// No answer, or one that the host is overloaded.
  void troubled(int era);

 private:
  void shrink_to(int size);

  int size_;
  int era_ = 0;
  std::optional<Duration> quickest_ = {};
};

}  // namespace klinekeep::transport
