#pragma once

#include <cstdint>
#include <string>

#include "core/time.hpp"

namespace replica {

inline constexpr std::uint32_t kLocalSignature = 0x04034b50;
inline constexpr std::uint32_t kCentralSignature = 0x02014b50;
inline constexpr std::uint32_t kEndSignature = 0x06054b50;
inline constexpr std::size_t kLocalHeaderSize = 30;

/// A moment in the two little words of MS-DOS: two-second steps, no time zone (taken as UTC).
struct DosTime {
  std::uint16_t time;
  std::uint16_t date;
};
DosTime to_dos_time(Instant t);
Instant from_dos_time(DosTime dos);

inline void append_u16(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value & 0xffU);
  out += static_cast<char>(value >> 8U & 0xffU);
}

inline void append_u32(std::string& out, std::uint32_t value) {
  append_u16(out, value & 0xffffU);
  append_u16(out, value >> 16U);
}

}  // namespace replica
