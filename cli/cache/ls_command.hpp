// `klinekeep cache ls` and `klinekeep cache stats`: what is there.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cache/selection.hpp"
#include "settings.hpp"

namespace klinekeep::cli {

CLI::App* add_cache_ls(CLI::App& cache, SelectionFlags& flags);
void run_cache_ls(const SelectionFlags& flags, const Settings& settings);

CLI::App* add_cache_stats(CLI::App& cache, std::string& market);
void run_cache_stats(const std::string& market, const Settings& settings);

}  // namespace klinekeep::cli
