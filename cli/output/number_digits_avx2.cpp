#include "output/number_digits_avx2.hpp"

#ifdef __x86_64__

#include <immintrin.h>

#include <array>

namespace klinekeep::cli {
namespace {

#define KLINEKEEP_AVX2 __attribute__((target("avx2,fma")))
#define KLINEKEEP_AVX2_INLINE __attribute__((target("avx2,fma"), always_inline)) inline

constexpr std::size_t kGroup = 4;

/// The first and the last eight digits of four numbers, as integers.
struct Halves {
  __m128i first;
  __m128i last;
};

/// Four digits a 16-bit lane become two of two digits: the upper two in `upper`, the lower two in `lower`.
struct Twos {
  __m256i upper;
  __m256i lower;
};

/// Of eight numbers below 1e8, the upper four digits of each and then the lower four: 16 bits each.
KLINEKEEP_AVX2_INLINE __m256i fours_of(__m256i numbers) {
  const __m256i magic = _mm256_set1_epi64x(3'518'437'209);  // 2^45 / 10,000
  const __m256i even = _mm256_srli_epi64(_mm256_mul_epu32(numbers, magic), 45);
  const __m256i odd = _mm256_srli_epi64(_mm256_mul_epu32(_mm256_srli_epi64(numbers, 32), magic), 45);
  const __m256i upper = _mm256_or_si256(even, _mm256_slli_epi64(odd, 32));
  // What is above 16 bits is shifted out.
  const __m256i lower = _mm256_sub_epi16(numbers, _mm256_mullo_epi16(upper, _mm256_set1_epi16(10'000)));
  return _mm256_or_si256(upper, _mm256_slli_epi32(lower, 16));
}

KLINEKEEP_AVX2_INLINE Twos twos_of(__m256i fours) {
  const __m256i upper = _mm256_srli_epi16(_mm256_mulhi_epu16(fours, _mm256_set1_epi16(5243)), 3);  // 2^19 / 100
  return {upper, _mm256_sub_epi16(fours, _mm256_mullo_epi16(upper, _mm256_set1_epi16(100)))};
}

/// Two digits a 16-bit lane become a byte each, the first one in the lower.
KLINEKEEP_AVX2_INLINE __m256i ones_of(__m256i twos) {
  const __m256i tens = _mm256_mulhi_epu16(twos, _mm256_set1_epi16(6554));  // 2^16 / 10
  // tens + 256 * (twos - 10 * tens)
  return _mm256_sub_epi16(_mm256_slli_epi16(twos, 8), _mm256_mullo_epi16(tens, _mm256_set1_epi16(2559)));
}

KLINEKEEP_AVX2_INLINE void store(NumberDigits* to, __m128i digits) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), digits);
}

KLINEKEEP_AVX2_INLINE void store_digits(const Halves& halves, NumberDigits* to) {
  const __m256i numbers =
      _mm256_set_m128i(_mm_unpackhi_epi32(halves.first, halves.last), _mm_unpacklo_epi32(halves.first, halves.last));
  const Twos twos = twos_of(fours_of(numbers));
  const __m256i even = ones_of(_mm256_unpacklo_epi16(twos.upper, twos.lower));
  const __m256i odd = ones_of(_mm256_unpackhi_epi16(twos.upper, twos.lower));
  store(to, _mm256_castsi256_si128(even));
  store(to + 1, _mm256_castsi256_si128(odd));
  store(to + 2, _mm256_extracti128_si256(even, 1));
  store(to + 3, _mm256_extracti128_si256(odd, 1));
}

KLINEKEEP_AVX2_INLINE void mark_unknown(unsigned known, NumberDigits* to) {
  for (unsigned i = 0; i < kGroup; ++i) {
    if ((known >> i & 1U) == 0) to[i].first = NumberDigits::kUnknown;
  }
}

/// The arithmetic of digits_of(double).
KLINEKEEP_AVX2_INLINE void split_four(const double* values, NumberDigits* to) {
  const __m256d hundred_million = _mm256_set1_pd(1e8);
  const __m256d to_integer = _mm256_set1_pd(4'503'599'627'370'496.0);  // 2^52: has no room for a fraction
  const __m256d value = _mm256_loadu_pd(values);
  const __m256d scaled = _mm256_sub_pd(_mm256_add_pd(_mm256_mul_pd(value, hundred_million), to_integer), to_integer);
  const __m256d exact = _mm256_cmp_pd(_mm256_div_pd(scaled, hundred_million), value, _CMP_EQ_OQ);
  const __m256d small = _mm256_cmp_pd(value, _mm256_set1_pd(kDecimalEnd), _CMP_LT_OQ);
  const __m256d known = _mm256_andnot_pd(value, _mm256_and_pd(exact, small));  // the sign bit counts
  const __m256d whole = _mm256_floor_pd(value);
  const __m256d decimals = _mm256_fnmadd_pd(whole, hundred_million, scaled);
  store_digits({_mm256_cvttpd_epi32(whole), _mm256_cvttpd_epi32(decimals)}, to);
  const auto mask = static_cast<unsigned>(_mm256_movemask_pd(known));
  if (mask != 0xF) mark_unknown(mask, to);
}

KLINEKEEP_AVX2_INLINE void split_four(const std::int64_t* values, NumberDigits* to) {
  alignas(16) std::array<std::int32_t, kGroup> first{};
  alignas(16) std::array<std::int32_t, kGroup> last{};
  unsigned known = 0;
  for (unsigned i = 0; i < kGroup; ++i) {
    const auto number = static_cast<std::uint64_t>(values[i]);
    first[i] = static_cast<std::int32_t>(number / kHundredMillion);
    last[i] = static_cast<std::int32_t>(number % kHundredMillion);
    known |= (number < kHundredMillion * kHundredMillion ? 1U : 0U) << i;
  }
  store_digits({_mm_load_si128(reinterpret_cast<const __m128i*>(first.data())),
                _mm_load_si128(reinterpret_cast<const __m128i*>(last.data()))},
               to);
  if (known != 0xF) mark_unknown(known, to);
}

template <class Value>
KLINEKEEP_AVX2 std::size_t split_groups(const Value* values, std::size_t count, NumberDigits* to) {
  std::size_t done = 0;
  for (; done + kGroup <= count; done += kGroup) split_four(values + done, to + done);
  return done;
}

}  // namespace

std::size_t split_by_avx2(const double* values, std::size_t count, NumberDigits* to) {
  return split_groups(values, count, to);
}
std::size_t split_by_avx2(const std::int64_t* values, std::size_t count, NumberDigits* to) {
  return split_groups(values, count, to);
}

}  // namespace klinekeep::cli

#else

namespace klinekeep::cli {

std::size_t split_by_avx2(const double*, std::size_t, NumberDigits*) { return 0; }
std::size_t split_by_avx2(const std::int64_t*, std::size_t, NumberDigits*) { return 0; }

}  // namespace klinekeep::cli

#endif
