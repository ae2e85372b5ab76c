// `klinekeep cache prune` and `klinekeep cache reindex`: keeping the directory in order.
#pragma once

#include <CLI/CLI.hpp>
#include <stop_token>
#include <string>

#include "settings.hpp"

namespace klinekeep::cli {

struct PruneFlags {
  std::string max_size;
  std::string max_age;
};

CLI::App* add_cache_prune(CLI::App& cache, PruneFlags& flags);
void run_cache_prune(const PruneFlags& flags, const Settings& settings);

CLI::App* add_cache_reindex(CLI::App& cache);
void run_cache_reindex(const Settings& settings, const std::stop_token& stop);

}  // namespace klinekeep::cli
