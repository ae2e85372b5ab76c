#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace klinekeep::sources {

/// For the child of a death test: leaves room for a few stacks of threads at most.
inline void leave_room_for_few_threads() {
  rlim_t pages = 0;
  std::ifstream{"/proc/self/statm"} >> pages;
  const rlim_t taken = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + (rlim_t{4} << 20);
  const rlimit limit{taken, taken};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) ::_exit(2);
}

/// Sanitizers take address space for themselves.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadsCanRunOut = false;
#else
inline constexpr bool kThreadsCanRunOut = true;
#endif

}  // namespace klinekeep::sources
