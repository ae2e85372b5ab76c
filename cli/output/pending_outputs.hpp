// The names of files to remove if the process has to end early, kept so that a signal handler can read them.
#pragma once

#include <cstddef>
#include <string_view>

namespace klinekeep::cli {

/// Takes a slot for the absolute `path`; from now on `unlink_pending_outputs` removes it. Throws OutputError when all
/// 16 slots are taken or the path has 4,096 bytes or more. Thread-safe.
[[nodiscard]] std::size_t register_pending_output(std::string_view path);

/// Gives the slot back: the path is not touched any more. Thread-safe.
void forget_pending_output(std::size_t slot) noexcept;

}  // namespace klinekeep::cli
