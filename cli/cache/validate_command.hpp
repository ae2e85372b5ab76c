// `klinekeep cache validate`: is what is there sound?
#pragma once

#include <CLI/CLI.hpp>

#include "cache/selection.hpp"
#include "settings.hpp"

namespace klinekeep::cli {

CLI::App* add_cache_validate(CLI::App& cache, SelectionFlags& flags);

/// The exit code: 0 when all is well, 4 when anything is not.
[[nodiscard]] int run_cache_validate(const SelectionFlags& flags, const Settings& settings);

}  // namespace klinekeep::cli
