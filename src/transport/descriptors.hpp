// What this process has, and lacks, for a transfer.
#pragma once

#include <cstddef>
#include <optional>

namespace klinekeep::transport {

/// How many descriptors the process may have open, as it is now.
[[nodiscard]] std::size_t descriptor_limit();

/// The errno of what has run out at this moment, by trying: the few descriptors, the memory and the thread that
/// libcurl, TLS and the resolver may need, which do not say why they failed. None where all can be had.
[[nodiscard]] std::optional<int> shortage_now();

}  // namespace klinekeep::transport
