// Makes zip archives byte by byte, with zlib as the packer: good ones, and those that a test then damages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace klinekeep::codecs {

struct ZipRecipe {
  std::string name = "BTCUSDT-1m-2020-01-01.csv";
  bool deflate = true;
  int level = 6;
  int strategy = 0;      // zlib's
  std::string packed{};  // instead of what zlib makes of the content, where it is not empty
  unsigned flags = 0;
  bool descriptor_mark = true;  // the optional signature of a data descriptor (flags & 8)
  bool zip64_sizes = false;     // sizes in extra fields, 8-byte descriptor
  bool zip64_end = false;       // zip64 end record and locator
  bool zeros_in_local = true;   // with a descriptor: the local header leaves sum and sizes to it
  std::string comment{};
  std::string extra{};  // more extra fields in both headers
};

/// A zip and where its parts begin.
struct MadeZip {
  std::string bytes;
  std::size_t data = 0;
  std::size_t descriptor = 0;  // or where it would be
  std::size_t central = 0;
  std::size_t zip64_end = 0;  // or where it would be
  std::size_t end = 0;
};

MadeZip make_zip(std::string_view content, const ZipRecipe& recipe = {});

/// Raw deflate, by zlib.
std::string deflate_by_zlib(std::string_view content, int level, int strategy);
/// What zlib unpacks from a raw deflate stream that must end with `packed`; throws std::runtime_error where it does
/// not.
std::string inflate_by_zlib(std::string_view packed);
std::uint32_t crc32_by_zlib(std::string_view bytes);

/// Writes `value` in `size` little-endian bytes over those at `at`.
void patch(std::string& bytes, std::size_t at, std::size_t size, std::uint64_t value);

}  // namespace klinekeep::codecs
