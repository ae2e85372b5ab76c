// Running independent jobs side by side.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace klinekeep::sources {

/// Calls job(0) … job(count - 1), each once, up to `width` at a time (fewer where threads run out), and returns when
/// all have ended. After a stop, or when a job has thrown, no further job begins, and the running ones see their token
/// stopped; the first exception is thrown on.
void run_parallel(std::size_t count, int width, std::stop_token stop,
                  const std::function<void(std::size_t, std::stop_token)>& job);

}  // namespace klinekeep::sources
