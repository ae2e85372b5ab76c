// JSON that could not be read for want of memory is not malformed.
#pragma once

#include <simdjson.h>

#include <new>

namespace klinekeep::codecs {

/// Throws std::bad_alloc where memory ran out.
inline void check_memory(simdjson::error_code error) {
  if (error == simdjson::MEMALLOC) throw std::bad_alloc{};
}

}  // namespace klinekeep::codecs
