// `klinekeep plan`: what get would fetch, from where, and why.
#pragma once

#include <CLI/CLI.hpp>

#include "candle_request.hpp"
#include "settings.hpp"

namespace klinekeep::cli {

/// Takes the words of get that make the request, and none of those for what becomes of the answer.
CLI::App* add_plan(CLI::App& app, RequestFlags& flags);

/// Reads the cache and asks nobody. Throws the library's errors, OutputError and PipeClosed.
void run_plan(const RequestFlags& flags, const Settings& settings);

}  // namespace klinekeep::cli
