#include "sources/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <vector>

#include "sources/threads.hpp"

namespace klinekeep::sources {

void run_parallel(std::size_t count, int width, std::stop_token stop,
                  const std::function<void(std::size_t, std::stop_token)>& job) {
  std::stop_source ours;
  const std::stop_callback forward{stop, [&] { ours.request_stop(); }};
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr first_error;

  const auto work = [&] {
    for (std::size_t i = next++; i < count && !ours.stop_requested(); i = next++) {
      try {
        job(i, ours.get_token());
      } catch (...) {
        const std::scoped_lock lock{mutex};
        if (!first_error) first_error = std::current_exception();
        ours.request_stop();
      }
    }
  };

  const std::size_t threads = std::min(count, static_cast<std::size_t>(std::max(width, 1)));
  {
    std::vector<std::jthread> others;
    others.reserve(threads);
    while (others.size() + 1 < threads && add_thread(others, work)) {
    }
    work();
  }
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace klinekeep::sources
