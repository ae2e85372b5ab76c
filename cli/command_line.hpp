// The words of the command line, and what is said of those that cannot be.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace klinekeep::cli {

/// One sentence on words that `app` has refused with `error`. What is unknown is named before what is missing because
/// of it: whoever writes --strat has not forgotten --start.
[[nodiscard]] std::string usage_message(const CLI::App& app, const CLI::ParseError& error);

}  // namespace klinekeep::cli
