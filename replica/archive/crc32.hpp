#pragma once

#include <cstdint>
#include <string_view>

namespace replica {

/// The CRC-32 of zip files, of what came before and `text`.
std::uint32_t update_crc32(std::uint32_t crc, std::string_view text);

}  // namespace replica
