// `klinekeep get`: candles on stdout or into a file.
#pragma once

#include <CLI/CLI.hpp>
#include <stop_token>
#include <string>

#include "settings.hpp"

namespace klinekeep::cli {

/// As given on the command line; empty where it was not.
struct GetFlags {
  std::string symbol;
  std::string interval;
  std::string market = "spot";
  std::string start;
  std::string end;
  std::string source = "auto";
  std::string columns;
  std::string format;
  std::string output;
  std::string time = "ms";
  std::string report;
  std::string fill = "none";
  std::string off_grid = "drop";
  bool partial = false;
  bool no_cache = false;
  bool include_open = false;
  bool accept_unverified = false;
};

/// Adds the subcommand; returns it, so that the caller can tell whether it was given.
CLI::App* add_get(CLI::App& app, GetFlags& flags);

/// Throws the library's errors, OutputError and PipeClosed. Nothing is written to stdout or `-o` unless all of it can
/// be.
void run_get(const GetFlags& flags, const Settings& settings, std::stop_token stop);

}  // namespace klinekeep::cli
