// `klinekeep get`: candles on stdout or into a file.
#pragma once

#include <CLI/CLI.hpp>
#include <stop_token>
#include <string>

#include "candle_request.hpp"
#include "settings.hpp"

namespace klinekeep::cli {

/// As given on the command line; empty where it was not.
struct GetFlags {
  RequestFlags request;
  std::string format;
  std::string output;
  std::string time = "ms";
  std::string report;
};

/// Adds the subcommand; returns it, so that the caller can tell whether it was given.
CLI::App* add_get(CLI::App& app, GetFlags& flags);

/// Throws the library's errors, OutputError and PipeClosed. Nothing is written to stdout or `-o` before all of the
/// answer is fetched and proven; then it flows, and is never in memory as a whole.
void run_get(const GetFlags& flags, const Settings& settings, const std::stop_token& stop);

}  // namespace klinekeep::cli
