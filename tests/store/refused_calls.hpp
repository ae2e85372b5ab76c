// System calls that a kernel refuses, or lacks: what containers and emulators do.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace klinekeep {

/// From now on this thread's `call`, and that of what it starts, answers `error`, for good; where `second_argument` is
/// given, only with that. False where that cannot be had. For a child or a thread of a test.
inline bool refuse_call(std::uint32_t call, std::uint32_t error, std::optional<std::uint32_t> second_argument = {}) {
  const std::uint8_t rest = second_argument ? 3 : 1;
  std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, rest)};
  if (second_argument) {
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, *second_argument, 0, 1));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace klinekeep
