// `--version --verbose`: what a bug report has to say of the program and the machine.
#pragma once

#include "core/libraries.hpp"
#include "settings.hpp"

namespace klinekeep::cli {

/// klinekeep itself first; then how it was built, the lines that run, and what it finds: certificates, cache, config
/// file, system. Settings that cannot be used are told and no error. Asks nobody and makes nothing.
[[nodiscard]] VersionLines describe_program(const CommonFlags& flags);

/// A line for each, the first as `--version` alone has it; as JSON an object whose keys are the names in lower case.
[[nodiscard]] std::string version_text(const VersionLines& lines, bool json);

}  // namespace klinekeep::cli
