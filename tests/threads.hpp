// The threads of a test program: how many there are, and what to do where none can be had.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

namespace klinekeep {

/// Sanitizers give threads stacks of their own making, and take address space for themselves.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadsCanRunOut = false;
#else
inline constexpr bool kThreadsCanRunOut = true;
#endif

/// The main one, and that of a sanitizer.
#if defined(__SANITIZE_THREAD__)
inline constexpr int kThreadsOfNobody = 2;
#else
inline constexpr int kThreadsOfNobody = 1;
#endif

inline int threads_of_process() {
  std::ifstream status{"/proc/self/status"};
  std::string word;
  while (status >> word) {
    if (word == "Threads:" && status >> word) return std::stoi(word);
  }
  return -1;
}

/// Never ends where they stay.
inline void wait_until_threads_are_no_more_than(int count) {
  while (threads_of_process() > count) std::this_thread::yield();
}

/// For the child of a death test: leaves room for a few stacks of threads at most.
inline void leave_room_for_few_threads() {
  rlim_t pages = 0;
  std::ifstream{"/proc/self/statm"} >> pages;
  const rlim_t taken = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + (rlim_t{4} << 20);
  const rlimit limit{taken, taken};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) ::_exit(2);
}

}  // namespace klinekeep
