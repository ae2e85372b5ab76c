// Four rows of CSV at once, by AVX2. For csv_kernel_avx2.cpp only.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "codecs/plain_row.hpp"

// Functions, not files, are compiled for AVX2: else the linker might choose what they share with other files.
#define KLINEKEEP_AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define KLINEKEEP_AVX2_INLINE [[gnu::always_inline]] KLINEKEEP_AVX2 inline

namespace klinekeep::codecs::avx2 {

inline constexpr std::size_t kGroup = 4;  // rows: as many as a register has doubles

KLINEKEEP_AVX2_INLINE __m256i load(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }

template <class T, std::size_t N>
constexpr std::array<T, 2 * N> twice(const std::array<T, N>& half) {
  std::array<T, 2 * N> both{};
  for (std::size_t i = 0; i < 2 * N; ++i) both[i] = half[i % N];
  return both;
}

/// How 16 characters that end with a number become two integers of 32 bits: the weights of characters, then of pairs,
/// then of fours; and what the first of the two is worth.
struct Weights {
  alignas(32) std::array<std::int8_t, 32> characters;
  alignas(32) std::array<std::int16_t, 16> pairs;
  alignas(32) std::array<std::int16_t, 16> fours;
  std::int64_t first;
};

inline constexpr Weights kInteger{
    .characters = twice(std::array<std::int8_t, 16>{10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1}),
    .pairs = twice(std::array<std::int16_t, 8>{100, 1, 100, 1, 100, 1, 100, 1}),
    .fours = twice(std::array<std::int16_t, 8>{10'000, 1, 10'000, 1, 10'000, 1, 10'000, 1}),
    .first = 100'000'000};

/// 16 digits without the last three.
inline constexpr Weights kThousands{
    .characters = twice(std::array<std::int8_t, 16>{10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 1, 0, 0, 0}),
    .pairs = twice(std::array<std::int16_t, 8>{100, 1, 100, 1, 100, 1, 1, 0}),
    .fours = twice(std::array<std::int16_t, 8>{10'000, 1, 10, 1, 10'000, 1, 10, 1}),
    .first = 100'000};

/// 7 digits, the point, 8 digits.
inline constexpr Weights kEightDecimals{
    .characters = twice(std::array<std::int8_t, 16>{10, 1, 10, 1, 10, 1, 1, 0, 10, 1, 10, 1, 10, 1, 10, 1}),
    .pairs = twice(std::array<std::int16_t, 8>{100, 1, 10, 1, 100, 1, 100, 1}),
    .fours = twice(std::array<std::int16_t, 8>{1'000, 1, 10'000, 1, 1'000, 1, 10'000, 1}),
    .first = 100'000'000};

inline constexpr int kPoint = 7;  // where it stands there
inline constexpr std::uint8_t kPointLessZero = 0xFE;

/// How long the fields of two rows may be: at least so long, and so much longer.
struct Lengths {
  alignas(32) std::array<std::int32_t, 2 * kFieldCount> least;
  alignas(32) std::array<std::int32_t, 2 * kFieldCount> more;
};

constexpr Lengths lengths(std::int32_t time, std::int32_t decimal) {
  const std::int32_t more = 16 - decimal;
  return {twice(std::array<std::int32_t, 12>{time, decimal, decimal, decimal, decimal, decimal, time, decimal, 1,
                                             decimal, decimal, 1}),
          twice(std::array<std::int32_t, 12>{0, more, more, more, more, more, 0, more, 15, more, more, 0})};
}

/// The unit of a file's times.
struct Unit {
  Lengths eight_decimals;
  Lengths any_decimals;
  Weights time;
  int first_digits;  // of two times, as bits of their 32 characters: not to be 0
};

inline constexpr Unit kMilliseconds{lengths(13, 10), lengths(13, 1), kInteger, 0x00080008};
inline constexpr Unit kMicroseconds{lengths(16, 10), lengths(16, 1), kThousands, 0x00010001};

/// From n on: what keeps the last n of 16 characters.
alignas(64) inline constexpr std::array<std::uint8_t, 32> kKeep = [] {
  std::array<std::uint8_t, 32> keep{};
  std::fill(keep.begin() + 16, keep.end(), std::uint8_t{0xFF});
  return keep;
}();

/// One field of four rows, each as 16 characters less '0', 0 in front of the field.
struct Column {
  __m256i even;  // of rows 0 and 2
  __m256i odd;   // of rows 1 and 3
};

KLINEKEEP_AVX2_INLINE __m256i greatest(__m256i so_far, const Column& column) {
  return _mm256_max_epu8(so_far, _mm256_max_epu8(column.even, column.odd));
}

/// The integers that four fields spell.
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

/// Four rows of a chunk whose separators are known: each has 12 fields, and is behind another row.
class Group {
 public:
  /// The group's first field ends at separators[0]; the row before it, at separators[-1].
  Group(const char* chunk, const std::int32_t* separators) : chunk_(chunk), separators_(separators) {}

  /// Writes the rows as rows `index` and following of `to`. False where they are not all plain, and what was written
  /// means nothing. The last field must be known to end with 0.
  KLINEKEEP_AVX2_INLINE bool take(const ColumnsFrom& to, std::size_t index) {
    const Unit& unit = separators_[0] - separators_[-1] == 1 + 16 ? kMicroseconds : kMilliseconds;
    if (!(measure(unit.eight_decimals) && take_eight_decimals(to, index)) &&
        !(measure(unit.any_decimals) && take_any_decimals(to, index))) {
      return false;
    }
    return take_integers(unit, to, index);
  }

 private:
  static constexpr std::array<std::size_t, 8> kDecimals{1, 2, 3, 4,
                                                        5, 7, 9, 10};  // fields, in the order of the columns

  /// Finds the lengths of the fields; false where one is not as `allowed`.
  KLINEKEEP_AVX2_INLINE bool measure(const Lengths& allowed) {
    __m256i wrong = _mm256_setzero_si256();
    for (std::size_t i = 0; i < lengths_.size(); i += 8) {
      const __m256i length =
          _mm256_sub_epi32(_mm256_sub_epi32(load(separators_ + i), load(separators_ + i - 1)), _mm256_set1_epi32(1));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(lengths_.data() + i), length);
      const __m256i most = load(&allowed.more[i % allowed.more.size()]);
      const __m256i more = _mm256_sub_epi32(length, load(&allowed.least[i % allowed.least.size()]));
      wrong = _mm256_or_si256(wrong, _mm256_xor_si256(_mm256_max_epu32(more, most), most));
    }
    return _mm256_testz_si256(wrong, wrong) != 0;
  }

  KLINEKEEP_AVX2_INLINE bool take_integers(const Unit& unit, const ColumnsFrom& to, std::size_t index) const {
    const Column open_time = column(0);
    const Column close_time = column(6);
    const Column trades = column(8);
    const auto store = [](std::int64_t* values, __m256i to_store)
                           KLINEKEEP_AVX2 { _mm256_storeu_si256(reinterpret_cast<__m256i*>(values), to_store); };
    store(to.open_time + index, integers(open_time, unit.time));
    store(to.close_time + index, integers(close_time, unit.time));
    store(to.trades + index, integers(trades, kInteger));
    const __m256i nine = _mm256_set1_epi8(9);
    const __m256i digits = greatest(greatest(greatest(nine, open_time), close_time), trades);
    const __m256i least_of_times = _mm256_min_epu8(_mm256_min_epu8(open_time.even, open_time.odd),
                                                   _mm256_min_epu8(close_time.even, close_time.odd));
    const int zeros = _mm256_movemask_epi8(_mm256_cmpeq_epi8(least_of_times, _mm256_setzero_si256()));
    return (zeros & unit.first_digits) == 0 && are_equal(digits, nine) &&
           (&unit == &kMilliseconds || are_whole_milliseconds());
  }

  KLINEKEEP_AVX2_INLINE bool take_eight_decimals(const ColumnsFrom& to, std::size_t index) const {
    constexpr std::array<std::uint8_t, 16> kGreatest{9, 9, 9, 9, 9, 9, 9, kPointLessZero, 9, 9, 9, 9, 9, 9, 9, 9};
    alignas(32) constexpr std::array<std::uint8_t, 32> kBoth = twice(kGreatest);
    // Where the greatest character is that of a point, and all have all its bits, all are points.
    __m256i most = load(kBoth.data());
    __m256i bits = most;
    for (std::size_t i = 0; i < kDecimals.size(); ++i) {
      const Column decimals = column(kDecimals[i]);
      most = greatest(most, decimals);
      bits = _mm256_and_si256(bits, _mm256_and_si256(decimals.even, decimals.odd));
      const __m256d mantissas = doubles(integers(decimals, kEightDecimals));
      _mm256_storeu_pd(to.decimals[i] + index, _mm256_div_pd(mantissas, _mm256_set1_pd(1e8)));
    }
    constexpr int kPoints = 1 << kPoint | 1 << (16 + kPoint);
    const __m256i point = _mm256_set1_epi8(static_cast<char>(kPointLessZero));
    const int points = _mm256_movemask_epi8(_mm256_cmpeq_epi8(bits, point));
    return are_equal(most, load(kBoth.data())) && (points & kPoints) == kPoints;
  }

  /// Any number of decimals, or no point, in 16 characters.
  KLINEKEEP_AVX2 bool take_any_decimals(const ColumnsFrom& to, std::size_t index) const {
    const __m256i nine = _mm256_set1_epi8(9);
    const __m256i exact = _mm256_set1_epi64x((std::int64_t{1} << 52U) - 1);
    __m256i digits = nine;
    __m256i too_large = _mm256_setzero_si256();
    bool at_an_end = false;
    for (std::size_t i = 0; i < kDecimals.size(); ++i) {
      const std::size_t field = kDecimals[i];
      const Pointless even = without_points(field, field + 2 * kFieldCount);
      const Pointless odd = without_points(field + kFieldCount, field + 3 * kFieldCount);
      const Column decimals{even.digits, odd.digits};
      digits = greatest(digits, decimals);
      at_an_end = at_an_end || even.at_an_end || odd.at_an_end;
      const __m256i mantissas = integers(decimals, kInteger);
      too_large = _mm256_or_si256(too_large, _mm256_cmpgt_epi64(mantissas, exact));
      const __m256d powers = _mm256_set_pd(odd.high_power, even.high_power, odd.low_power, even.low_power);
      _mm256_storeu_pd(to.decimals[i] + index, _mm256_div_pd(doubles(mantissas), powers));
    }
    return !at_an_end && are_equal(digits, nine) && _mm256_testz_si256(too_large, too_large) != 0;
  }

  /// Two fields without their points, and what their digits are to be divided by.
  struct Pointless {
    __m256i digits;
    double low_power;
    double high_power;
    bool at_an_end;  // a point is the first or the last character of its field
  };

  KLINEKEEP_AVX2_INLINE Pointless without_points(std::size_t low, std::size_t high) const {
    const __m256i characters = _mm256_loadu2_m128i(text(high), text(low));
    const __m256i shifted = _mm256_loadu2_m128i(before(text(high)), before(text(low)));
    const __m256i kept = _mm256_loadu2_m128i(keep(lengths_[high]), keep(lengths_[low]));
    const __m256i points = _mm256_and_si256(_mm256_cmpeq_epi8(characters, _mm256_set1_epi8('.')), kept);
    const auto all = static_cast<unsigned>(_mm256_movemask_epi8(points));
    const Point in_low{all & 0xFFFFU, lengths_[low]};
    const Point in_high{all >> 16U, lengths_[high]};
    const __m256i behind = _mm256_loadu2_m128i(keep(in_high.decimals()), keep(in_low.decimals()));
    const __m256i joined = _mm256_blendv_epi8(shifted, characters, behind);
    const __m256i digits = _mm256_loadu2_m128i(keep(in_high.digits()), keep(in_low.digits()));
    return {_mm256_and_si256(_mm256_sub_epi8(joined, _mm256_set1_epi8('0')), digits), in_low.power(), in_high.power(),
            in_low.at_an_end() || in_high.at_an_end()};
  }

  /// The last point of a field of `length`, of whose 16 characters `bits` has the points.
  struct Point {
    unsigned bits;
    std::int32_t length;

    /// How many characters are behind it; 16 where there is none.
    [[nodiscard]] std::int32_t decimals() const { return std::countl_zero(bits) - 16; }
    [[nodiscard]] std::int32_t digits() const { return length - (bits != 0 ? 1 : 0); }
    [[nodiscard]] bool at_an_end() const { return (bits & (0x8000U | 0x10000U >> static_cast<unsigned>(length))) != 0; }
    [[nodiscard]] double power() const {
      static constexpr std::array<double, 17> kPowers{1e0, 1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7, 1e8,
                                                      1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e0};
      return kPowers[static_cast<std::size_t>(decimals())];
    }
  };

  KLINEKEEP_AVX2_INLINE Column column(std::size_t field) const {
    return {two_fields(field, field + 2 * kFieldCount), two_fields(field + kFieldCount, field + 3 * kFieldCount)};
  }
  KLINEKEEP_AVX2_INLINE __m256i two_fields(std::size_t low, std::size_t high) const {
    const __m256i characters = _mm256_loadu2_m128i(text(high), text(low));
    const __m256i kept = _mm256_loadu2_m128i(keep(lengths_[high]), keep(lengths_[low]));
    return _mm256_and_si256(_mm256_sub_epi8(characters, _mm256_set1_epi8('0')), kept);
  }

  /// The last 16 characters of a field and in front of it.
  [[nodiscard]] const __m128i* text(std::size_t field) const {
    return reinterpret_cast<const __m128i*>(chunk_ + separators_[field] - 16);
  }
  static const __m128i* before(const __m128i* characters) {
    return reinterpret_cast<const __m128i*>(reinterpret_cast<const char*>(characters) - 1);
  }
  static const __m128i* keep(std::int32_t last) { return reinterpret_cast<const __m128i*>(kKeep.data() + last); }

  KLINEKEEP_AVX2_INLINE static bool are_equal(__m256i a, __m256i b) {
    const __m256i different = _mm256_xor_si256(a, b);
    return _mm256_testz_si256(different, different) != 0;
  }

  [[nodiscard]] bool are_whole_milliseconds() const {
    bool all = true;
    for (std::size_t row = 0; row < kGroup; ++row) {
      all = all && std::memcmp(chunk_ + separators_[row * kFieldCount] - 3, "000", 3) == 0;
    }
    return all;
  }

  const char* chunk_;
  const std::int32_t* separators_;
  std::array<std::int32_t, kGroup * kFieldCount> lengths_;
};

}  // namespace klinekeep::codecs::avx2
