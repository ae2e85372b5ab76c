#include "codecs/csv_kernel_avx2.hpp"

#ifdef __x86_64__

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "codecs/csv_group_avx2.hpp"
#include "codecs/csv_row_swar.hpp"

namespace klinekeep::codecs {
namespace {

using avx2::Group;
using avx2::kGroup;
using avx2::load;

// Bytes whose separators are looked for at once. It grows while all goes well, so that little is done in vain where
// rows are not plain.
constexpr std::size_t kFirstChunk = 1024;
constexpr std::size_t kLastChunk = 255 * 64;  // more times 64 lines would not be counted rightly
static_assert(kLastChunk / kFieldCount <= kRowsAhead && kLastChunk / kShortestRow < kRowsAhead);

/// Positions in a chunk: the end of the row before its first, then every separator; up to 8 more are written than
/// there are.
using Positions = std::array<std::int32_t, 1 + kLastChunk + 8>;

struct Found {
  std::size_t separators = 0;
  std::size_t lines = 0;
};

KLINEKEEP_AVX2_INLINE std::size_t sum(__m256i bytes) {
  const __m256i sums = _mm256_sad_epu8(bytes, _mm256_setzero_si256());
  const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  return static_cast<std::size_t>(_mm_cvtsi128_si64(two) + _mm_extract_epi64(two, 1));
}

KLINEKEEP_AVX2_INLINE std::uint64_t bits(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32U;
}

/// `size` is a multiple of 64, and kLastChunk at most.
KLINEKEEP_AVX2 Found find_separators(const char* chunk, std::size_t size, std::int32_t* to) {
  const __m256i comma = _mm256_set1_epi8(',');
  const __m256i line_feed = _mm256_set1_epi8('\n');
  const std::int32_t* const begin = to;
  __m256i low_lines = _mm256_setzero_si256();
  __m256i high_lines = _mm256_setzero_si256();
  for (std::size_t base = 0; base < size; base += 64) {
    const __m256i low = load(chunk + base);
    const __m256i high = load(chunk + base + 32);
    const __m256i low_ends = _mm256_cmpeq_epi8(low, line_feed);
    const __m256i high_ends = _mm256_cmpeq_epi8(high, line_feed);
    low_lines = _mm256_sub_epi8(low_lines, low_ends);
    high_lines = _mm256_sub_epi8(high_lines, high_ends);
    std::uint64_t all = bits(_mm256_or_si256(low_ends, _mm256_cmpeq_epi8(low, comma)),
                             _mm256_or_si256(high_ends, _mm256_cmpeq_epi8(high, comma)));
    std::int32_t* const next = to + _mm_popcnt_u64(all);
    do {  // a branch for each would be guessed wrong too often
      for (int i = 0; i < 8; ++i) {
        to[i] = static_cast<std::int32_t>(base + _tzcnt_u64(all));
        all = _blsr_u64(all);
      }
      to += 8;
    } while (to < next);
    to = next;
  }
  return {.separators = static_cast<std::size_t>(to - begin), .lines = sum(low_lines) + sum(high_lines)};
}

/// Whether each line has 12 fields, of which the last ends with 0.
bool are_rows(const char* chunk, const std::int32_t* separators, const Found& found) {
  const std::size_t rows = found.separators / kFieldCount;
  bool all = found.lines == rows;
  for (std::size_t row = 0; all && row < rows; ++row) {
    all = std::memcmp(chunk + separators[row * kFieldCount + kFieldCount - 1] - 1, "0\n", 2) == 0;
  }
  return all;
}

/// Reads plain rows one after the other until one ends at `end` or behind it.
struct OneByOne {
  const char* at;
  bool plain = true;

  std::size_t take(const char* end, Candles& to) {
    RowsAhead rows{to, static_cast<std::size_t>(end - at) / kShortestRow + 1};
    const std::size_t count = take(end, rows.columns(), 0);
    rows.keep(count);
    return count;
  }
  /// Rows `index` and following. Returns the index of the next one.
  std::size_t take(const char* end, const ColumnsFrom& to, std::size_t index) {
    while (plain && at < end) {
      const char* const next = plain_row(at, to, index);
      plain = next != nullptr;
      if (!plain) break;
      at = next;
      ++index;
    }
    return index;
  }
};

/// Reads rows of `chunk`, to whose start `in.at` points, in groups, those that are not alike one by one. Returns how
/// many.
KLINEKEEP_AVX2 std::size_t take_groups(OneByOne& in, const std::int32_t* separators, std::size_t groups, Candles& to) {
  const char* const chunk = in.at;
  RowsAhead rows{to, groups * kGroup};
  const ColumnsFrom columns = rows.columns();
  std::size_t row = 0;
  while (in.plain && row < groups * kGroup) {
    const std::int32_t* const first = separators + row * kFieldCount;
    const char* const end = chunk + first[kGroup * kFieldCount - 1] + 1;
    if (Group{chunk, first}.take(columns, row)) {
      in.at = end;
      row += kGroup;
    } else {
      row = in.take(end, columns, row);
    }
  }
  rows.keep(row);
  return row;
}

}  // namespace

RowsTaken take_by_avx2(std::string_view lines, Candles& to) {
  const char* const begin = lines.data();
  const char* const end = begin + lines.size();
  OneByOne in{begin};
  Positions positions;
  positions[0] = -1;
  std::int32_t* const separators = positions.data() + 1;
  RowsTaken taken;
  // The first row has nothing in front that could be read, and is the one that is not plain where the last call ended
  // in front of such a one.
  taken.rows = in.take(std::min(end, in.at + 1), to);
  for (std::size_t size = kFirstChunk; in.plain && in.at < end; size = std::min(2 * size, kLastChunk)) {
    size = std::min(size, static_cast<std::size_t>(end - in.at) / 64 * 64);
    const Found found = find_separators(in.at, size, separators);
    const std::size_t groups = found.separators / (kGroup * kFieldCount);
    taken.rows += groups > 0 && are_rows(in.at, separators, found) ? take_groups(in, separators, groups, to)
                                                                   : in.take(size > 0 ? in.at + size : end, to);
  }
  taken.bytes = static_cast<std::size_t>(in.at - begin);
  return taken;
}

}  // namespace klinekeep::codecs

#else

namespace klinekeep::codecs {

RowsTaken take_by_avx2(std::string_view, Candles&) { return {}; }

}  // namespace klinekeep::codecs

#endif
