// What Arrow could not do, told as what it is.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <new>
#include <stdexcept>
#include <utility>

#include "klinekeep/errors.hpp"

namespace klinekeep::frame {

/// Throws std::bad_alloc where memory ran out, which says nothing of what was read or asked.
inline void check_memory(const arrow::Status& status) {
  if (status.IsOutOfMemory()) throw std::bad_alloc{};
}

/// As check_memory; CacheError where a stream could not be read on from the cache; std::runtime_error for all else that
/// is not fine.
inline void check(const arrow::Status& status) {
  check_memory(status);
  if (status.IsIOError()) throw CacheError("the cache could not be read to the end: " + status.message());
  if (!status.ok()) throw std::runtime_error("Arrow: " + status.ToString());
}

/// The value, or as check.
template <class T>
[[nodiscard]] T value_of(arrow::Result<T> result) {
  check(result.status());
  return std::move(result).ValueUnsafe();
}

}  // namespace klinekeep::frame
