// Quantized products with AVX2: products of bytes are added in pairs as 16 bits, then as 32.
#include "kernels/cpu/quantized_kernels.h"

#if defined(__x86_64__)

#include <hwy/base.h>
#include <immintrin.h>

#include <cstring>
#include <utility>

#include "base/prefetch.h"

HWY_PUSH_ATTRIBUTES("avx2,fma,f16c")

#define VITRINE_UNROLL_ROWS _Pragma("GCC unroll 8")
#define VITRINE_KEEP_LOOP _Pragma("GCC unroll 1")
#include "kernels/cpu/byte_rows-inl.h"
#include "kernels/cpu/quantized_tile-inl.h"

namespace vitrine::kernels::cpu {
namespace {

struct Avx2 {
  struct Bytes {
    __m256i a, b;
  };
  using Ints = Bytes;
  struct Floats {
    __m256 a, b;
  };
  static constexpr bool kDotsSigned = true;
  static constexpr int kPackedTileRows = 8, kDotRows = 8;
  static constexpr int kPairedRows = 2, kPairedRowsOfBytes = 4, kValueRows = 4;

  static __m256i load_half(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Bytes load_bytes(const uint8_t* p) { return {load_half(p), load_half(p + 32)}; }
  static void store_bytes(Bytes v, uint8_t* p) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v.a);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p + 32), v.b);
  }
  template <int kFrom, int kCount, int kTo>
  static __m256i half_bits(__m256i v) {
    constexpr char kMask = static_cast<char>(((1 << kCount) - 1) << kTo);
    if constexpr (kFrom > kTo) v = _mm256_srli_epi16(v, kFrom - kTo);
    if constexpr (kFrom < kTo) v = _mm256_slli_epi16(v, kTo - kFrom);
    return _mm256_and_si256(v, _mm256_set1_epi8(kMask));
  }
  /// Bits [from, from + count) of each byte, moved to `to`.
  template <int kFrom, int kCount, int kTo>
  static Bytes bits(Bytes v) {
    return {half_bits<kFrom, kCount, kTo>(v.a), half_bits<kFrom, kCount, kTo>(v.b)};
  }
  static Bytes combine(Bytes v, Bytes w) { return {_mm256_or_si256(v.a, w.a), _mm256_or_si256(v.b, w.b)}; }

  static Ints zero_ints() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
  static Ints splat_ints(const int32_t* p) { return {_mm256_set1_epi32(*p), _mm256_set1_epi32(*p)}; }
  static __m256i add_pairs(__m256i sums, __m256i products) {
    return _mm256_add_epi32(sums, _mm256_madd_epi16(products, _mm256_set1_epi16(1)));
  }
  /// Codes of up to six bits are unsigned. With eight bits pairs could leave the 16 bits, so magnitude and sign of the
  /// code less 128 go apart: 2 * 128 * 127 stays within.
  template <bool kEightBits>
  static __m256i half_dot(__m256i sums, __m256i codes, __m256i x) {
    if constexpr (!kEightBits) return add_pairs(sums, _mm256_maddubs_epi16(codes, x));
    const __m256i values = _mm256_xor_si256(codes, _mm256_set1_epi8(-128));
    return add_pairs(sums, _mm256_maddubs_epi16(_mm256_abs_epi8(values), _mm256_sign_epi8(x, values)));
  }
  template <bool kEightBits>
  static Ints dot(Ints sums, Bytes codes, const int8_t* x) {
    int32_t four = 0;
    std::memcpy(&four, x, 4);
    const __m256i repeated = _mm256_set1_epi32(four);
    return {half_dot<kEightBits>(sums.a, codes.a, repeated), half_dot<kEightBits>(sums.b, codes.b, repeated)};
  }

  /// 256 a + b.
  static Ints add_256_fold(Ints a, Ints b) {
    return {_mm256_add_epi32(_mm256_slli_epi32(a.a, 8), b.a), _mm256_add_epi32(_mm256_slli_epi32(a.b, 8), b.b)};
  }

  static Floats zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
  static Floats load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
  static void store(Floats v, float* p) {
    _mm256_storeu_ps(p, v.a);
    _mm256_storeu_ps(p + 8, v.b);
  }
  static Floats splat(const float* p) { return {_mm256_set1_ps(*p), _mm256_set1_ps(*p)}; }
  static Floats add(Floats v, Floats w) { return {_mm256_add_ps(v.a, w.a), _mm256_add_ps(v.b, w.b)}; }
  static Floats multiply(Floats v, Floats w) { return {_mm256_mul_ps(v.a, w.a), _mm256_mul_ps(v.b, w.b)}; }
  static Floats multiply_add(Floats v, Floats w, Floats sum) {
    return {_mm256_fmadd_ps(v.a, w.a, sum.a), _mm256_fmadd_ps(v.b, w.b, sum.b)};
  }
  static Floats from_ints(Ints v) { return {_mm256_cvtepi32_ps(v.a), _mm256_cvtepi32_ps(v.b)}; }
  static __m128i load_sixteen(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
  static Floats from_halves(const uint8_t* p) {
    return {_mm256_cvtph_ps(load_sixteen(p)), _mm256_cvtph_ps(load_sixteen(p + 16))};
  }
  static Floats from_unsigned(__m128i v) {
    return from_ints({_mm256_cvtepu8_epi32(v), _mm256_cvtepu8_epi32(_mm_srli_si128(v, 8))});
  }
  static Floats from_bytes(const uint8_t* p) { return from_unsigned(load_sixteen(p)); }
  static Floats from_signed_bytes(const uint8_t* p) {
    const __m128i v = load_sixteen(p);
    return from_ints({_mm256_cvtepi8_epi32(v), _mm256_cvtepi8_epi32(_mm_srli_si128(v, 8))});
  }
  static Floats from_low_halves(const uint8_t* p) {
    return from_unsigned(_mm_and_si128(load_sixteen(p), _mm_set1_epi8(15)));
  }
  static Floats from_high_halves(const uint8_t* p) {
    return from_unsigned(_mm_and_si128(_mm_srli_epi16(load_sixteen(p), 4), _mm_set1_epi8(15)));
  }

  struct Pair {
    Floats even, odd;
  };
  template <bool kIsBf16>
  static Pair load_pair(const uint8_t* p) {
    if constexpr (!kIsBf16) return {from_halves(p), from_halves(p + 32)};
    const Bytes pairs = load_bytes(p);
    const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xffff0000u));
    return {
        {_mm256_castsi256_ps(_mm256_slli_epi32(pairs.a, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(pairs.b, 16))},
        {_mm256_castsi256_ps(_mm256_and_si256(pairs.a, upper)), _mm256_castsi256_ps(_mm256_and_si256(pairs.b, upper))}};
  }

  static uint32_t largest_lane(__m256i v) {
    __m128i most = _mm_max_epu32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    most = _mm_max_epu32(most, _mm_shuffle_epi32(most, 0x4e));
    most = _mm_max_epu32(most, _mm_shuffle_epi32(most, 0xb1));
    return static_cast<uint32_t>(_mm_cvtsi128_si32(most));
  }
  static int32_t sum_lanes(__m256i v) {
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1)));
  }
  /// Taken among bit patterns, so that NaN and infinity reach the scale.
  static float largest_magnitude(const float* x) {
    const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
    __m256i largest = _mm256_setzero_si256();
    for (int i = 0; i < 4; ++i)
      largest = _mm256_max_epu32(largest, _mm256_and_si256(_mm256_castps_si256(_mm256_loadu_ps(x + 8 * i)), magnitude));
    const uint32_t bits = largest_lane(largest);
    float most = 0;
    std::memcpy(&most, &bits, 4);
    return most;
  }
  template <bool kClamps>
  static __m256i rounded(const float* x, float inverse) {
    __m256 values = _mm256_mul_ps(_mm256_loadu_ps(x), _mm256_set1_ps(inverse));
    if constexpr (kClamps) values = _mm256_max_ps(_mm256_min_ps(values, _mm256_set1_ps(127)), _mm256_set1_ps(-127));
    return _mm256_cvtps_epi32(values);
  }
  /// x * inverse to nearest even; with `kClamps` within 127 of either sign, for values that may lie beyond.
  template <bool kClamps>
  static void round_block(const float* x, float inverse, int8_t* bytes, int32_t* half_sums) {
    for (int half = 0; half < 2; ++half) {
      const __m256i low = rounded<kClamps>(x + 16 * half, inverse), high = rounded<kClamps>(x + 16 * half + 8, inverse);
      const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
      const __m128i packed = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes + 16 * half), packed);
      half_sums[half] = sum_lanes(_mm256_add_epi32(low, high));
    }
  }
};

}  // namespace

constinit const QuantizedKernels kQuantizedAvx2 = make_kernels<Avx2>(&interleave_rows);

}  // namespace vitrine::kernels::cpu

HWY_POP_ATTRIBUTES

#endif
