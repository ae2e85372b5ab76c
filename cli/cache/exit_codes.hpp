// Exit codes of cache commands that have looked at all they were asked to; docs/errors.md has all codes.
#pragma once

namespace klinekeep::cli {

inline constexpr int kUnsound = 4;
inline constexpr int kCacheUnusable = 9;

}  // namespace klinekeep::cli
