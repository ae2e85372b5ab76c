// libFuzzer's way into the entry that KLINEKEEP_FUZZ_ENTRY names.
#include <cstddef>
#include <cstdint>

#include "entry.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  klinekeep::fuzz::KLINEKEEP_FUZZ_ENTRY({reinterpret_cast<const char*>(data), size});
  return 0;
}
