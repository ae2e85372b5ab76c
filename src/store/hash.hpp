// XXH3-128, the cache's sum.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace klinekeep::store {

/// As 32 lower-case hex digits, high half first.
[[nodiscard]] std::string xxh3(std::span<const std::byte> bytes);

/// The same over bytes that come in pieces.
class Xxh3 {
 public:
  Xxh3();
  ~Xxh3();
  Xxh3(const Xxh3&) = delete;
  Xxh3& operator=(const Xxh3&) = delete;
  void add(std::span<const std::byte> bytes);
  [[nodiscard]] std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace klinekeep::store
