#pragma once

#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace klinekeep::sources {

/// Starts a thread for `work` and adds it to `threads`, which have room for it. False where threads have run out: those
/// that are there, and the one that asks for more, do all of the work then.
template <class Work>
[[nodiscard]] bool add_thread(std::vector<std::jthread>& threads, Work&& work) {
  try {
    threads.emplace_back(std::forward<Work>(work));
    return true;
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::resource_unavailable_try_again) throw;
    return false;
  }
}

}  // namespace klinekeep::sources
