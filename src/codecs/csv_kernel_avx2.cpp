#include "codecs/csv_kernel_avx2.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "codecs/csv_row_swar.hpp"

// Functions, not this file, are compiled for AVX2: else the linker might choose what they share with other files.
#define KLINEKEEP_AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define KLINEKEEP_AVX2_INLINE [[gnu::always_inline]] KLINEKEEP_AVX2 inline

namespace klinekeep::codecs {
namespace {

// Bytes whose separators are looked for at once. It grows while all goes well, so that little is done in vain where
// rows are not plain.
constexpr std::size_t kFirstChunk = 1024;
constexpr std::size_t kLastChunk = 16 * 1024;

constexpr std::size_t kFields = 12;
constexpr std::size_t kGroup = 4;  // rows that are read together: as many as a register has doubles

/// Positions in a chunk: the end of the row before its first, then every separator; up to 8 more are written than
/// there are.
using Positions = std::array<std::int32_t, 1 + kLastChunk + 8>;

struct Found {
  std::size_t separators = 0;
  std::size_t lines = 0;
};

KLINEKEEP_AVX2_INLINE __m256i load(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }

KLINEKEEP_AVX2_INLINE std::uint64_t bits(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32U;
}

KLINEKEEP_AVX2 Found find_separators(const char* chunk, std::size_t size, std::int32_t* to) {
  const __m256i comma = _mm256_set1_epi8(',');
  const __m256i line_feed = _mm256_set1_epi8('\n');
  const std::int32_t* const begin = to;
  Found found;
  for (std::size_t base = 0; base < size; base += 64) {
    const __m256i low = load(chunk + base);
    const __m256i high = load(chunk + base + 32);
    const __m256i low_ends = _mm256_cmpeq_epi8(low, line_feed);
    const __m256i high_ends = _mm256_cmpeq_epi8(high, line_feed);
    std::uint64_t ends = bits(low_ends, high_ends);
    std::uint64_t all = bits(_mm256_or_si256(low_ends, _mm256_cmpeq_epi8(low, comma)),
                             _mm256_or_si256(high_ends, _mm256_cmpeq_epi8(high, comma)));
    if (size - base < 64) {
      const std::uint64_t within = (std::uint64_t{1} << (size - base)) - 1;
      ends &= within;
      all &= within;
    }
    found.lines += static_cast<std::size_t>(_mm_popcnt_u64(ends));
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
  found.separators = static_cast<std::size_t>(to - begin);
  return found;
}

/// Whether each line has 12 fields, of which the last is 0.
bool are_rows(const char* chunk, const std::int32_t* separators, const Found& found) {
  const std::size_t rows = found.separators / kFields;
  bool all = found.lines == rows;
  for (std::size_t row = 0; all && row < rows; ++row) {
    all = std::memcmp(chunk + separators[row * kFields + kFields - 1] - 2, ",0\n", 3) == 0;
  }
  return all;
}

/// How 16 characters that end with a number become two integers of 32 bits: the weights of characters, then of pairs,
/// then of fours; and what the first of the two is worth.
struct Weights {
  alignas(32) std::array<std::int8_t, 32> characters;
  alignas(32) std::array<std::int16_t, 16> pairs;
  alignas(32) std::array<std::int16_t, 16> fours;
  std::int64_t first;
};

template <class T, std::size_t N>
constexpr std::array<T, 2 * N> twice(const std::array<T, N>& half) {
  std::array<T, 2 * N> both{};
  for (std::size_t i = 0; i < 2 * N; ++i) both[i] = half[i % N];
  return both;
}

constexpr std::array<std::int16_t, 8> kHundreds{100, 1, 100, 1, 100, 1, 100, 1};

constexpr Weights kInteger{
    .characters = twice(std::array<std::int8_t, 16>{10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1}),
    .pairs = twice(kHundreds),
    .fours = twice(std::array<std::int16_t, 8>{10'000, 1, 10'000, 1, 10'000, 1, 10'000, 1}),
    .first = 100'000'000};

/// 16 digits without the last three.
constexpr Weights kThousands{
    .characters = twice(std::array<std::int8_t, 16>{10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 1, 0, 0, 0}),
    .pairs = twice(std::array<std::int16_t, 8>{100, 1, 100, 1, 100, 1, 1, 0}),
    .fours = twice(std::array<std::int16_t, 8>{10'000, 1, 10, 1, 10'000, 1, 10, 1}),
    .first = 100'000};

/// 7 digits, a point, 8 digits.
constexpr Weights kDecimal{
    .characters = twice(std::array<std::int8_t, 16>{10, 1, 10, 1, 10, 1, 1, 0, 10, 1, 10, 1, 10, 1, 10, 1}),
    .pairs = twice(std::array<std::int16_t, 8>{100, 1, 10, 1, 100, 1, 100, 1}),
    .fours = twice(std::array<std::int16_t, 8>{1'000, 1, 10'000, 1, 1'000, 1, 10'000, 1}),
    .first = 100'000'000};

constexpr std::size_t kPoint = 7;  // where the point stands in them

/// How times are written in a file, and so how long fields may be: the least, and how much more.
struct Shape {
  alignas(32) std::array<std::int32_t, 24> shortest;
  const Weights* time;
  int first_digit;  // bits of those of the 32 characters that must not be 0
};

constexpr std::array<std::int32_t, 24> shortest(std::int32_t time) {
  return twice(std::array<std::int32_t, 12>{time, 10, 10, 10, 10, 10, time, 10, 1, 10, 10, 1});
}
constexpr Shape kMilliseconds{.shortest = shortest(13), .time = &kInteger, .first_digit = 0x00080008};
constexpr Shape kMicroseconds{.shortest = shortest(16), .time = &kThousands, .first_digit = 0x00010001};
alignas(32) constexpr std::array<std::int32_t, 24> kLonger =
    twice(std::array<std::int32_t, 12>{0, 6, 6, 6, 6, 6, 0, 6, 15, 6, 6, 0});

/// 16 zeros, then 16 times 0xFF: from n on, what keeps the last n of 16 characters.
alignas(64) constexpr std::array<std::uint8_t, 32> kKeep = [] {
  std::array<std::uint8_t, 32> keep{};
  std::fill(keep.begin() + 16, keep.end(), std::uint8_t{0xFF});
  return keep;
}();

/// Whether the fields of four rows have lengths that `shape` allows. `separators` is where the first field ends.
KLINEKEEP_AVX2_INLINE bool have_lengths(const std::int32_t* separators, const Shape& shape) {
  __m256i wrong = _mm256_setzero_si256();
  for (std::size_t i = 0; i < kGroup * kFields; i += 8) {
    const __m256i length = _mm256_sub_epi32(load(separators + i), load(separators + i - 1));
    const __m256i least = _mm256_add_epi32(load(&shape.shortest[i % 24]), _mm256_set1_epi32(1));
    const __m256i longer = load(&kLonger[i % 24]);
    const __m256i more = _mm256_sub_epi32(length, least);
    wrong = _mm256_or_si256(wrong, _mm256_xor_si256(_mm256_max_epu32(more, longer), longer));
  }
  return _mm256_testz_si256(wrong, wrong) != 0;
}

/// One field of four rows, each as the values of 16 characters, 0 where the field is shorter.
struct Column {
  __m256i even;  // of rows 0 and 2
  __m256i odd;   // of rows 1 and 3
};

KLINEKEEP_AVX2_INLINE __m256i two_fields(const char* chunk, const std::int32_t* low, const std::int32_t* high) {
  const auto text = [&](const std::int32_t* end) { return reinterpret_cast<const __m128i*>(chunk + *end - 16); };
  const auto keep = [&](const std::int32_t* end) {
    return reinterpret_cast<const __m128i*>(kKeep.data() + (end[0] - end[-1] - 1));
  };
  const __m256i characters = _mm256_loadu2_m128i(text(high), text(low));
  const __m256i kept = _mm256_loadu2_m128i(keep(high), keep(low));
  return _mm256_and_si256(_mm256_sub_epi8(characters, _mm256_set1_epi8('0')), kept);
}

KLINEKEEP_AVX2_INLINE Column column_of(const char* chunk, const std::int32_t* separators, std::size_t field) {
  const std::int32_t* const at = separators + field;
  return {two_fields(chunk, at, at + 2 * kFields), two_fields(chunk, at + kFields, at + 3 * kFields)};
}

/// The integers that four fields spell, a point left out.
KLINEKEEP_AVX2_INLINE __m256i integers(const Column& column, const Weights& weights) {
  const __m256i characters = load(weights.characters.data());
  const __m256i pairs = load(weights.pairs.data());
  const __m256i even = _mm256_madd_epi16(_mm256_maddubs_epi16(column.even, characters), pairs);
  const __m256i odd = _mm256_madd_epi16(_mm256_maddubs_epi16(column.odd, characters), pairs);
  const __m256i halves = _mm256_madd_epi16(_mm256_packus_epi32(even, odd), load(weights.fours.data()));
  return _mm256_add_epi64(_mm256_mul_epu32(halves, _mm256_set1_epi64x(weights.first)), _mm256_srli_epi64(halves, 32));
}

/// Of integers below 2^52.
KLINEKEEP_AVX2_INLINE __m256d doubles(__m256i integers) {
  const __m256d two_52 = _mm256_set1_pd(0x1p52);
  return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(integers, _mm256_castpd_si256(two_52))), two_52);
}

KLINEKEEP_AVX2_INLINE __m256i greatest(__m256i so_far, const Column& column) {
  return _mm256_max_epu8(so_far, _mm256_max_epu8(column.even, column.odd));
}

KLINEKEEP_AVX2_INLINE void store(std::int64_t* to, __m256i values) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), values);
}

bool are_whole_milliseconds(const char* chunk, const std::int32_t* separators) {
  bool all = true;
  for (std::size_t row = 0; row < kGroup; ++row)
    all = all && std::memcmp(chunk + separators[row * kFields] - 3, "000", 3) == 0;
  return all;
}

/// Writes the four rows whose first field ends at separators[0] as rows `index` and following of `to`, of which
/// are_rows is true. False where they are not as the spot archive writes them, and what was written means nothing.
KLINEKEEP_AVX2_INLINE bool take_group(const char* chunk, const std::int32_t* separators, const ColumnsFrom& to,
                                      std::size_t index) {
  const bool microseconds = separators[0] - separators[-1] == 1 + 16;
  const Shape& shape = microseconds ? kMicroseconds : kMilliseconds;
  if (!have_lengths(separators, shape)) return false;
  if (microseconds && !are_whole_milliseconds(chunk, separators)) return false;

  const Column open_time = column_of(chunk, separators, 0);
  const Column close_time = column_of(chunk, separators, 6);
  const Column trades = column_of(chunk, separators, 8);
  store(to.open_time + index, integers(open_time, *shape.time));
  store(to.close_time + index, integers(close_time, *shape.time));
  store(to.trades + index, integers(trades, kInteger));
  const __m256i greatest_digit = greatest(greatest(greatest(_mm256_set1_epi8(9), open_time), close_time), trades);
  const __m256i least_of_times = _mm256_min_epu8(_mm256_min_epu8(open_time.even, open_time.odd),
                                                 _mm256_min_epu8(close_time.even, close_time.odd));

  constexpr std::array<std::size_t, 8> kDecimals{1, 2, 3, 4, 5, 7, 9, 10};
  // A point is 0xFE here, and nothing else in its place is as small and has as many bits.
  constexpr std::array<std::uint8_t, 32> kGreatest = [] {
    std::array<std::uint8_t, 32> characters{};
    characters.fill(9);
    characters[kPoint] = characters[kPoint + 16] = '.' - '0' + 256;
    return characters;
  }();
  __m256i greatest_character = load(kGreatest.data());
  __m256i all_bits = greatest_character;
  for (std::size_t i = 0; i < kDecimals.size(); ++i) {
    const Column column = column_of(chunk, separators, kDecimals[i]);
    greatest_character = greatest(greatest_character, column);
    all_bits = _mm256_and_si256(all_bits, _mm256_and_si256(column.even, column.odd));
    const __m256d mantissas = doubles(integers(column, kDecimal));
    _mm256_storeu_pd(to.decimals[i] + index, _mm256_div_pd(mantissas, _mm256_set1_pd(1e8)));
  }

  const __m256i point = _mm256_set1_epi64x(std::int64_t{0xFE} << 56U);
  const __m256i wrong = _mm256_or_si256(_mm256_xor_si256(greatest_digit, _mm256_set1_epi8(9)),
                                        _mm256_xor_si256(greatest_character, load(kGreatest.data())));
  const int points = _mm256_movemask_epi8(_mm256_cmpeq_epi8(all_bits, point));
  const int zeros = _mm256_movemask_epi8(_mm256_cmpeq_epi8(least_of_times, _mm256_setzero_si256()));
  constexpr int kPoints = 1 << kPoint | 1 << (kPoint + 16);
  return _mm256_testz_si256(wrong, wrong) != 0 && (points & kPoints) == kPoints && (zeros & shape.first_digit) == 0;
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
    const std::int32_t* const first = separators + row * kFields;
    const char* const end = chunk + first[kGroup * kFields - 1] + 1;
    if (take_group(chunk, first, columns, row)) {
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

bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

RowsTaken take_by_avx2(std::string_view lines, Candles& to) {
  const char* const end = lines.data() + lines.size();
  OneByOne in{lines.data()};
  Positions positions;
  positions[0] = -1;
  std::int32_t* const separators = positions.data() + 1;
  RowsTaken taken;
  // The first row has nothing in front that could be read, and is the one that is not plain where the last call ended
  // in front of such a one.
  taken.rows = in.take(std::min(end, in.at + 1), to);
  for (std::size_t size = kFirstChunk; in.plain && in.at < end; size = std::min(2 * size, kLastChunk)) {
    size = std::min(size, static_cast<std::size_t>(end - in.at));
    const Found found = find_separators(in.at, size, separators);
    const std::size_t groups = found.separators / (kGroup * kFields);
    taken.rows += groups > 0 && are_rows(in.at, separators, found) ? take_groups(in, separators, groups, to)
                                                                   : in.take(in.at + size, to);
  }
  taken.bytes = static_cast<std::size_t>(in.at - lines.data());
  return taken;
}

}  // namespace klinekeep::codecs

#else

namespace klinekeep::codecs {

bool has_avx2() { return false; }
RowsTaken take_by_avx2(std::string_view, Candles&) { return {}; }

}  // namespace klinekeep::codecs

#endif
