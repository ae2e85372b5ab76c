#include "codecs/zip_maker.hpp"

#include <zlib.h>

#include <stdexcept>

namespace klinekeep::codecs {
namespace {

void put(std::string& to, std::size_t size, std::uint64_t value) {
  for (std::size_t i = 0; i < size; ++i) to += static_cast<char>(value >> 8U * i & 0xFFU);
}

Bytef* bytes_of(std::string_view text) { return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data())); }

std::string zip64_extra(std::uint64_t size, std::uint64_t packed_size) {
  std::string extra;
  put(extra, 2, 1);
  put(extra, 2, 16);
  put(extra, 8, size);
  put(extra, 8, packed_size);
  return extra;
}

struct Sums {
  std::uint32_t crc32;
  std::uint64_t packed;
  std::uint64_t size;
};

/// What both kinds of header have in common, from the version needed to the length of the extra field.
void put_common(std::string& to, const ZipRecipe& recipe, const Sums& sums, std::size_t extra_size) {
  put(to, 2, recipe.zip64_sizes ? 45 : 20);
  put(to, 2, recipe.flags);
  put(to, 2, recipe.deflate ? 8 : 0);
  put(to, 4, 0x52CA0000);  // 2021-06-10
  put(to, 4, sums.crc32);
  put(to, 4, recipe.zip64_sizes ? 0xFFFFFFFF : sums.packed);
  put(to, 4, recipe.zip64_sizes ? 0xFFFFFFFF : sums.size);
  put(to, 2, recipe.name.size());
  put(to, 2, extra_size);
}

void put_zip64_end(std::string& to, std::size_t central, std::size_t central_size) {
  const std::size_t at = to.size();
  put(to, 4, 0x06064b50);
  put(to, 8, 44);
  put(to, 2, 45);
  put(to, 2, 45);
  put(to, 8, 0);  // disks
  put(to, 8, 1);
  put(to, 8, 1);
  put(to, 8, central_size);
  put(to, 8, central);
  put(to, 4, 0x07064b50);
  put(to, 4, 0);
  put(to, 8, at);
  put(to, 4, 1);
}

}  // namespace

void patch(std::string& bytes, std::size_t at, std::size_t size, std::uint64_t value) {
  std::string digits;
  put(digits, size, value);
  bytes.replace(at, size, digits);
}

std::uint32_t crc32_by_zlib(std::string_view bytes) {
  return static_cast<std::uint32_t>(::crc32(0, bytes_of(bytes), static_cast<uInt>(bytes.size())));
}

std::string deflate_by_zlib(std::string_view content, int level, int strategy) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, -MAX_WBITS, 8, strategy) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string packed(deflateBound(&stream, content.size()), '\0');
  stream.next_in = bytes_of(content);
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = bytes_of(packed);
  stream.avail_out = static_cast<uInt>(packed.size());
  const int code = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("deflate");
  return packed;
}

std::string inflate_by_zlib(std::string_view packed) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::runtime_error("inflateInit2");
  stream.next_in = bytes_of(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string content;
  int code = Z_OK;
  while (code == Z_OK) {
    std::string block(65536, '\0');
    stream.next_out = bytes_of(block);
    stream.avail_out = static_cast<uInt>(block.size());
    code = inflate(&stream, Z_NO_FLUSH);
    content.append(block, 0, block.size() - stream.avail_out);
  }
  const bool all = stream.avail_in == 0;
  inflateEnd(&stream);
  if (code != Z_STREAM_END || !all) throw std::runtime_error("inflate");
  return content;
}

MadeZip make_zip(std::string_view content, const ZipRecipe& recipe) {
  std::string packed = recipe.packed;
  if (packed.empty())
    packed = recipe.deflate ? deflate_by_zlib(content, recipe.level, recipe.strategy) : std::string{content};
  const Sums sums{.crc32 = crc32_by_zlib(content), .packed = packed.size(), .size = content.size()};
  const bool has_descriptor = (recipe.flags & 8U) != 0;
  const Sums local_sums = has_descriptor && recipe.zeros_in_local ? Sums{} : sums;
  const std::string extra = recipe.extra + (recipe.zip64_sizes ? zip64_extra(sums.size, sums.packed) : "");
  const std::string local_extra =
      recipe.extra + (recipe.zip64_sizes ? zip64_extra(local_sums.size, local_sums.packed) : "");

  MadeZip made;
  std::string& zip = made.bytes;
  put(zip, 4, 0x04034b50);
  put_common(zip, recipe, local_sums, local_extra.size());
  zip += recipe.name + local_extra;
  made.data = zip.size();
  zip += packed;
  made.descriptor = zip.size();
  if (has_descriptor) {
    if (recipe.descriptor_mark) put(zip, 4, 0x08074b50);
    put(zip, 4, sums.crc32);
    put(zip, recipe.zip64_sizes ? 8 : 4, sums.packed);
    put(zip, recipe.zip64_sizes ? 8 : 4, sums.size);
  }
  made.central = zip.size();
  put(zip, 4, 0x02014b50);
  put(zip, 2, 0x0314);
  put_common(zip, recipe, sums, extra.size());
  put(zip, 2, 0);  // comment
  put(zip, 2, 0);  // disk
  put(zip, 2, 0);
  put(zip, 4, 0x81A40000);
  put(zip, 4, 0);  // offset of the local header
  zip += recipe.name + extra;
  made.zip64_end = zip.size();
  const std::size_t central_size = zip.size() - made.central;
  if (recipe.zip64_end) put_zip64_end(zip, made.central, central_size);
  made.end = zip.size();
  put(zip, 4, 0x06054b50);
  put(zip, 4, 0);  // disks
  put(zip, 2, recipe.zip64_end ? 0xFFFF : 1);
  put(zip, 2, recipe.zip64_end ? 0xFFFF : 1);
  put(zip, 4, recipe.zip64_end ? 0xFFFFFFFF : central_size);
  put(zip, 4, recipe.zip64_end ? 0xFFFFFFFF : made.central);
  put(zip, 2, recipe.comment.size());
  zip += recipe.comment;
  return made;
}

}  // namespace klinekeep::codecs
