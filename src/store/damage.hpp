#pragma once

#include <filesystem>
#include <string>

#include "core/series.hpp"
#include "store/month.hpp"

namespace klinekeep::store {

/// A partition that could not be believed: it was damaged, and has been moved to the quarantine, unless `kept_because`
/// says why not. Or nothing is known against it, but it was replaced before it was proven.
struct Damage {
  Series series;
  Month month;
  std::filesystem::path path;
  std::filesystem::path quarantined_to;
  std::string why;
  std::string kept_because;
  bool is_replaced = false;
};

}  // namespace klinekeep::store
