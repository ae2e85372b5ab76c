#include "faults/file_faults.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "archive/crc32.hpp"
#include "archive/zip_format.hpp"
#include "archive/zip_writer.hpp"
#include "core/hash.hpp"

namespace replica {
namespace {

/// Flips bits within the deflated bytes, at places that follow from the name.
void flip_bits(std::string& zip, const std::string& stem, std::int64_t bits) {
  const std::size_t start = kLocalHeaderSize + stem.size() + 4;
  const std::size_t directory = 46 + 22 + stem.size() + 4;
  if (zip.size() <= start + directory) return;
  const std::uint64_t room = (zip.size() - start - directory) * 8;
  for (std::int64_t i = 0; i < bits; ++i) {
    const std::uint64_t place = mix(hash_text(stem), static_cast<std::uint64_t>(i)) % room;
    char& byte = zip[start + place / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (place % 8)));
  }
}

/// Zeros without end: one deflated megabyte repeated, which inflates a thousandfold. Declared: its true size as far as
/// 32 bits go. Inflated: 3 MB, so that only who watches the output notices.
std::string make_bomb(const std::string& stem, std::string_view mode, std::int64_t bytes) {
  constexpr std::size_t kMegabyte = std::size_t{1} << 20U;
  constexpr std::uint32_t kHarmless = 3'000'000;
  const std::string zeros(kMegabyte, '\0');
  std::string deflated;
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::array<Bytef, 16'384> buffer{};
  const auto deflate_megabyte = [&](int flush) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zeros.data()));
    stream.avail_in = flush == Z_FINISH ? 0 : static_cast<uInt>(zeros.size());
    stream.next_out = buffer.data();
    stream.avail_out = static_cast<uInt>(buffer.size());
    deflate(&stream, flush);
    return std::string{reinterpret_cast<const char*>(buffer.data()), buffer.size() - stream.avail_out};
  };
  const std::string megabyte = deflate_megabyte(Z_FULL_FLUSH);
  for (std::int64_t done = 0; done < bytes; done += static_cast<std::int64_t>(kMegabyte)) deflated += megabyte;
  deflated += deflate_megabyte(Z_FINISH);
  deflateEnd(&stream);
  const auto declared = static_cast<std::uint32_t>(std::min<std::int64_t>(bytes, 0xfffffffe));
  const std::uint32_t crc = update_crc32(0, zeros);
  return wrap_deflated(stem + ".csv", make_instant(2024, 1, 1), deflated, crc,
                       mode == "declared" ? declared : kHarmless);
}

}  // namespace

bool changes_lines(std::span<const Fault> faults) {
  return std::ranges::any_of(faults, [](const Fault& fault) {
    return !fault.is("corrupt_zip") && !fault.is("bomb") && !fault.is("other_content");
  });
}

std::string change_zip(std::string zip, const std::string& stem, std::span<const Fault> faults) {
  if (const Fault* bomb = find_fault(faults, "bomb")) {
    zip = make_bomb(stem, bomb->argument("mode", std::string{"inflated"}),
                    bomb->argument("bytes", std::int64_t{10'000'000'000}));
  }
  if (const Fault* corrupt = find_fault(faults, "corrupt_zip")) {
    flip_bits(zip, stem, corrupt->argument("flip", std::int64_t{1}));
  }
  return zip;
}

}  // namespace replica
