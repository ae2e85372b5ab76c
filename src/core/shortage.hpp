// What errno says has run out, and what its owner can do about it. Pure.
#pragma once

#include <string_view>

namespace klinekeep {

/// Whether descriptors, memory or the kernel's room for sockets have run out. That says nothing of the file or the host
/// that they were needed for.
[[nodiscard]] bool is_shortage(int error);

/// What ran out and how to raise it, for people: "this process ran out of descriptors: raise …"; empty for what is no
/// shortage.
[[nodiscard]] std::string_view remedy_of_shortage(int error);

}  // namespace klinekeep
