// `klinekeep symbols`: what can be had, and since when.
#pragma once

#include <CLI/CLI.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "settings.hpp"

namespace klinekeep::cli {

struct SymbolsFlags {
  std::string market = "spot";
  std::vector<std::string> patterns;  // * and ?; none: all
  bool since = false;
};

CLI::App* add_symbols(CLI::App& app, SymbolsFlags& flags);

/// Throws the library's errors, OutputError and PipeClosed.
void run_symbols(const SymbolsFlags& flags, const Settings& settings, std::stop_token stop);

}  // namespace klinekeep::cli
