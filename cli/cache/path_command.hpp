// `klinekeep cache path`: where things are.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "settings.hpp"

namespace klinekeep::cli {

struct PathFlags {
  std::string symbol;
  std::string interval;
  std::string month;
  std::string market = "spot";
};

CLI::App* add_cache_path(CLI::App& cache, PathFlags& flags);

/// Whether it is there or not.
void run_cache_path(const PathFlags& flags, const Settings& settings);

}  // namespace klinekeep::cli
