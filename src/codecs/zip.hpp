// Zip archives of one file: what the bulk archive holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "codecs/malformed.hpp"

namespace klinekeep::codecs {

/// The one file of an archive, as its headers declare it; nothing of it is unpacked yet.
struct ZipEntry {
  enum class Method : std::uint8_t { stored, deflated };

  std::string name;  // as it stands there: not empty, no `/`, `\` or control character, not `.` or `..`
  Method method;
  std::uint64_t size;               // unpacked, in bytes
  std::uint32_t crc32;              // of the unpacked bytes
  std::span<const std::byte> data;  // packed; a view of the file's bytes
};

/// The only entry of a zip archive whose bytes are `file`; zip64 and data descriptors are understood.
///
/// Malformed unless every byte is accounted for, so that no two readers could see different things in it: a local
/// header at the start, the data, its descriptor if the flags announce one, a central directory of one entry, the end
/// records, an archive comment. The two headers must agree. Encrypted entries, other methods than stored and deflate,
/// archives of several parts are refused.
[[nodiscard]] Parsed<ZipEntry> only_entry(std::string_view file);

/// The size of the blocks that `extract` hands out; the last one is smaller.
inline constexpr std::size_t kExtractBlock = 128 * 1024;

/// Takes the next bytes of the unpacked file, never none; they are gone when it returns. Its error ends the extraction.
using BlockSink = std::function<Parsed<void>(std::string_view block)>;

/// Told between blocks, of the packed bytes, where those begin that are still needed.
using PackedWatch = std::function<void(const std::byte* unread)>;

/// Unpacks `entry` block by block, in the memory of one block whatever the headers say.
///
/// Malformed where the size, declared or real, exceeds `max_size`; where the stream is corrupt, truncated or followed
/// by other bytes; where size or CRC-32 differ from what the headers say; or with the sink's own error. Whatever the
/// sink has made is to be thrown away then: the CRC-32 is only known at the end.
[[nodiscard]] Parsed<void> extract(const ZipEntry& entry, std::uint64_t max_size, const BlockSink& sink,
                                   const PackedWatch& watch = {});

}  // namespace klinekeep::codecs
