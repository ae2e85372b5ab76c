#include "archive/zip_reader.hpp"

#include <zlib.h>

#include "archive/zip_format.hpp"

namespace replica {
namespace {

std::uint32_t read_number(std::string_view bytes, std::size_t offset, unsigned width) {
  std::uint32_t value = 0;
  for (unsigned i = width; i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes.at(offset + i));
  return value;
}

std::optional<std::string> inflate_raw(std::string_view compressed, std::size_t size) {
  std::string content(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.total_out != size) return std::nullopt;
  return content;
}

}  // namespace

std::optional<Instant> read_zip_time(std::string_view bytes) {
  if (bytes.size() < kLocalHeaderSize || read_number(bytes, 0, 4) != kLocalSignature) return std::nullopt;
  return from_dos_time(
      {static_cast<std::uint16_t>(read_number(bytes, 10, 2)), static_cast<std::uint16_t>(read_number(bytes, 12, 2))});
}

std::optional<ZipEntry> read_zip(std::string_view bytes) {
  const auto modified = read_zip_time(bytes);
  if (!modified) return std::nullopt;
  const std::size_t packed = read_number(bytes, 18, 4);
  const std::size_t size = read_number(bytes, 22, 4);
  const std::size_t name_size = read_number(bytes, 26, 2);
  const std::size_t start = kLocalHeaderSize + name_size + read_number(bytes, 28, 2);
  if (start + packed > bytes.size()) return std::nullopt;
  auto content = inflate_raw(bytes.substr(start, packed), size);
  if (!content) return std::nullopt;
  return ZipEntry{std::string{bytes.substr(kLocalHeaderSize, name_size)}, std::move(*content), *modified};
}

}  // namespace replica
