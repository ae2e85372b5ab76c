#pragma once

#include <filesystem>
#include <string>

#include "core/series.hpp"
#include "store/month.hpp"

namespace klinekeep::store {

/// A partition that turned out to be damaged. It has been moved to the quarantine, unless `kept_because` says why not.
struct Damage {
  Series series;
  Month month;
  std::filesystem::path path;
  std::filesystem::path quarantined_to;
  std::string why;
  std::string kept_because;
};

}  // namespace klinekeep::store
