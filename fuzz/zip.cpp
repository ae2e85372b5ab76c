#include "codecs/zip.hpp"

#include <optional>

#include "codecs/zip_maker.hpp"
#include "entry.hpp"

namespace klinekeep::fuzz {
namespace {

constexpr std::uint64_t kMaxSize = 8U << 20U;

std::optional<std::string> inflated_by_zlib(std::string_view packed) {
  try {
    return codecs::inflate_by_zlib(packed);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

std::optional<std::string> content_of(const codecs::ZipEntry& entry) {
  std::string content;
  const auto done = codecs::extract(entry, kMaxSize, [&](std::string_view block) -> codecs::Parsed<void> {
    require(!block.empty() && block.size() <= codecs::kExtractBlock, "a block is neither empty nor longer than one");
    content += block;
    require(content.size() <= entry.size && content.size() <= kMaxSize, "no more comes than is declared and allowed");
    return {};
  });
  if (!done) return std::nullopt;
  return content;
}

std::string_view text_of(std::span<const std::byte> data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

void check_archive(std::string_view input) {
  const auto entry = codecs::only_entry(input);
  if (!entry) return;
  require(!entry->name.empty() && entry->name.find_first_of("/\\\n") == std::string::npos, "the name is one of a file");
  require(entry->data.size() <= input.size(), "the data lie in the file");
  const auto content = content_of(*entry);
  if (!content) return;
  require(content->size() == entry->size && codecs::crc32_by_zlib(*content) == entry->crc32,
          "size and CRC-32 are as declared");
  if (entry->method == codecs::ZipEntry::Method::deflated) {
    require(inflated_by_zlib(text_of(entry->data)) == content, "zlib unpacks the same");
  }
}

/// The input as a deflate stream of its own, with the sizes and sums that make headers no obstacle.
void check_stream(std::string_view input) {
  codecs::ZipEntry entry{.name = "x",
                         .method = codecs::ZipEntry::Method::deflated,
                         .size = kMaxSize,
                         .crc32 = 0,
                         .data = std::as_bytes(std::span{input})};
  static_cast<void>(content_of(entry));
  const auto expected = input.size() < 1000 ? inflated_by_zlib(input) : std::nullopt;
  if (!expected || expected->size() > kMaxSize) return;
  entry.size = expected->size();
  entry.crc32 = codecs::crc32_by_zlib(*expected);
  require(content_of(entry) == expected, "what zlib unpacks is unpacked");
}

}  // namespace

void zip(std::string_view input) {
  check_archive(input);
  check_stream(input);
}

}  // namespace klinekeep::fuzz
