// Which kernels simdjson has chosen: it does for itself, by the processor and by SIMDJSON_FORCE_IMPLEMENTATION.
#pragma once

#include <string>

namespace klinekeep::codecs {

/// By simdjson's names: icelake, haswell, westmere, arm64, fallback (which is for every processor).
[[nodiscard]] std::string json_kernels();

}  // namespace klinekeep::codecs
