// `klinekeep cache`: looking after what is kept.
#pragma once

#include <CLI/CLI.hpp>
#include <stop_token>
#include <string>

#include "cache/path_command.hpp"
#include "cache/prune_command.hpp"
#include "cache/repair_command.hpp"
#include "cache/selection.hpp"
#include "settings.hpp"

namespace klinekeep::cli {

/// The flags of each subcommand.
struct CacheFlags {
  SelectionFlags ls;
  std::string stats_market;
  SelectionFlags validate;
  RepairFlags repair;
  SelectionFlags refresh;
  PruneFlags prune;
  PathFlags path;
};

CLI::App* add_cache(CLI::App& app, CacheFlags& flags);

/// Runs the subcommand of `cache` that was given; the exit code. Throws the library's errors, OutputError and
/// PipeClosed.
[[nodiscard]] int run_cache(const CLI::App& cache, const CacheFlags& flags, const Settings& settings,
                            const std::stop_token& stop);

}  // namespace klinekeep::cli
