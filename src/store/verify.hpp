#pragma once

#include <cstdint>

namespace klinekeep::store {

/// How often the cache's bytes are proven.
enum class Verify : std::uint8_t {
  first_use,  // a batch's column is hashed when this process first uses it
  always,     // at every use
};

}  // namespace klinekeep::store
