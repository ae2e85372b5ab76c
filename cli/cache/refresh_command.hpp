// `klinekeep cache refresh`: asks again for what may be better now.
#pragma once

#include <CLI/CLI.hpp>
#include <stop_token>

#include "cache/selection.hpp"
#include "settings.hpp"

namespace klinekeep::cli {

CLI::App* add_cache_refresh(CLI::App& cache, SelectionFlags& flags);

/// The exit code: 0, or that of what failed. A series that fails does not keep the others from it.
[[nodiscard]] int run_cache_refresh(const SelectionFlags& flags, const Settings& settings, const std::stop_token& stop);

}  // namespace klinekeep::cli
