// `klinekeep cache repair`: makes what is damaged right again.
#pragma once

#include <CLI/CLI.hpp>
#include <stop_token>
#include <string>

#include "cache/selection.hpp"
#include "settings.hpp"

namespace klinekeep::cli {

struct RepairFlags {
  SelectionFlags selection;
  std::string date;  // empty: what validate finds
};

CLI::App* add_cache_repair(CLI::App& cache, RepairFlags& flags);

/// The exit code: 0 when all that was damaged is sound again, 4 when anything is not. A partition that cannot be
/// repaired does not keep the others from it.
[[nodiscard]] int run_cache_repair(const RepairFlags& flags, const Settings& settings, const std::stop_token& stop);

}  // namespace klinekeep::cli
