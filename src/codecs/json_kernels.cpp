#include "codecs/json_kernels.hpp"

#include <simdjson.h>

namespace klinekeep::codecs {

std::string json_kernels() { return simdjson::get_active_implementation()->name(); }

}  // namespace klinekeep::codecs
