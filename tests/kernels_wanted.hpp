// Which kernels a test program is to be run with: it is run twice, see klinekeep_test_portable_kernels.
#pragma once

#include <cstdlib>
#include <string_view>

#include "processor/kernels.hpp"

namespace klinekeep {

inline bool portable_kernels_wanted() {
  const char* const word = std::getenv("KLINEKEEP_KERNELS");
  return word != nullptr && std::string_view{word} == "portable";
}

inline processor::Kernels kernels_wanted() {
  return processor::kernels_for(portable_kernels_wanted() ? processor::Choice::portable : processor::Choice::fastest);
}

}  // namespace klinekeep
