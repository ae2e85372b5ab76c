// How often the cache's bytes are proven.
#pragma once

#include <cstdint>

namespace klinekeep {

/// When cached bytes are compared with their checksums.
enum class Verify : std::uint8_t {
  AUTO,    // when this process first uses them
  ALWAYS,  // at every use
};

}  // namespace klinekeep
