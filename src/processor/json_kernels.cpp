#include "processor/json_kernels.hpp"

#include <simdjson.h>

#include "processor/kernels.hpp"

namespace klinekeep::processor {
namespace {

/// Not every build of simdjson has the fallback.
const simdjson::implementation* chosen() {
  const auto& available = simdjson::get_available_implementations();
  const auto* const portable = active_kernels() == Kernels::portable ? available["fallback"] : nullptr;
  return portable != nullptr ? portable : available.detect_best_supported();
}

}  // namespace

const std::string& use_json_kernels() {
  static const std::string name = [] {
    simdjson::get_active_implementation() = chosen();
    return simdjson::get_active_implementation()->name();
  }();
  return name;
}

}  // namespace klinekeep::processor
