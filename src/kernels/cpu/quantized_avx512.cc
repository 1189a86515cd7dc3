// Quantized products with AVX-512 and its dot product of bytes (VNNI).
#include "kernels/cpu/quantized_kernels.h"

#if defined(__x86_64__)

#include <hwy/base.h>
#include <immintrin.h>

#include <cstring>
#include <utility>

#include "base/prefetch.h"

#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12 says so of its own undefined registers
#endif

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")

#define VITRINE_UNROLL_ROWS _Pragma("GCC unroll 16")
#define VITRINE_KEEP_LOOP _Pragma("GCC unroll 1")
#include "kernels/cpu/byte_rows-inl.h"
#include "kernels/cpu/quantized_tile-inl.h"

namespace vitrine::kernels::cpu {
namespace {

struct Avx512 {
  using Bytes = __m512i;
  using Ints = __m512i;
  using Floats = __m512;
  static constexpr bool kDotsSigned = false;
  static constexpr int kPackedTileRows = 16, kDotRows = 16;
  static constexpr int kPairedRows = 4, kPairedRowsOfBytes = 16, kValueRows = 16;

  static Bytes load_bytes(const uint8_t* p) { return _mm512_loadu_si512(p); }
  static void store_bytes(Bytes v, uint8_t* p) { _mm512_storeu_si512(p, v); }
  /// Bits [from, from + count) of each byte, moved to `to`.
  template <int kFrom, int kCount, int kTo>
  static Bytes bits(Bytes v) {
    constexpr char kMask = static_cast<char>(((1 << kCount) - 1) << kTo);
    if constexpr (kFrom > kTo) v = _mm512_srli_epi16(v, kFrom - kTo);
    if constexpr (kFrom < kTo) v = _mm512_slli_epi16(v, kTo - kFrom);
    return _mm512_and_si512(v, _mm512_set1_epi8(kMask));
  }
  static Bytes combine(Bytes a, Bytes b) { return _mm512_or_si512(a, b); }

  static Ints zero_ints() { return _mm512_setzero_si512(); }
  static Ints splat_ints(const int32_t* p) { return _mm512_set1_epi32(*p); }
  template <bool>
  static Ints dot(Ints sums, Bytes codes, const int8_t* x) {
    int32_t four = 0;
    std::memcpy(&four, x, 4);
    return _mm512_dpbusd_epi32(sums, codes, _mm512_set1_epi32(four));
  }

  /// 256 a + b.
  static Ints add_256_fold(Ints a, Ints b) { return _mm512_add_epi32(_mm512_slli_epi32(a, 8), b); }

  static Floats zero() { return _mm512_setzero_ps(); }
  static Floats load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(Floats v, float* p) { _mm512_storeu_ps(p, v); }
  static Floats splat(const float* p) { return _mm512_set1_ps(*p); }
  static Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
  static Floats multiply(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
  static Floats multiply_add(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
  static Floats from_ints(Ints v) { return _mm512_cvtepi32_ps(v); }
  static Floats from_halves(const uint8_t* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static __m128i load_sixteen(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
  static Floats from_bytes(const uint8_t* p) { return from_ints(_mm512_cvtepu8_epi32(load_sixteen(p))); }
  static Floats from_signed_bytes(const uint8_t* p) { return from_ints(_mm512_cvtepi8_epi32(load_sixteen(p))); }
  static Floats from_low_halves(const uint8_t* p) {
    return from_ints(_mm512_cvtepu8_epi32(_mm_and_si128(load_sixteen(p), _mm_set1_epi8(15))));
  }
  static Floats from_high_halves(const uint8_t* p) {
    return from_ints(_mm512_srli_epi32(_mm512_cvtepu8_epi32(load_sixteen(p)), 4));
  }

  struct Pair {
    Floats even, odd;
  };
  template <bool kIsBf16>
  static Pair load_pair(const uint8_t* p) {
    if constexpr (!kIsBf16) return {from_halves(p), from_halves(p + 32)};
    const __m512i pairs = load_bytes(p), upper = _mm512_set1_epi32(static_cast<int>(0xffff0000u));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)), _mm512_castsi512_ps(_mm512_and_si512(pairs, upper))};
  }

  /// Taken among bit patterns, so that NaN and infinity reach the scale.
  static float largest_magnitude(const float* x) {
    const __m512 low = _mm512_loadu_ps(x), high = _mm512_loadu_ps(x + 16);
    const __m512i magnitude = _mm512_set1_epi32(0x7fffffff);
    const __m512i largest = _mm512_max_epu32(_mm512_and_si512(_mm512_castps_si512(low), magnitude),
                                             _mm512_and_si512(_mm512_castps_si512(high), magnitude));
    const uint32_t bits = _mm512_reduce_max_epu32(largest);
    float most = 0;
    std::memcpy(&most, &bits, 4);
    return most;
  }
  template <bool kClamps>
  static __m512i rounded(const float* x, float inverse) {
    __m512 values = _mm512_mul_ps(_mm512_loadu_ps(x), _mm512_set1_ps(inverse));
    if constexpr (kClamps) values = _mm512_max_ps(_mm512_min_ps(values, _mm512_set1_ps(127)), _mm512_set1_ps(-127));
    return _mm512_cvtps_epi32(values);
  }
  /// x * inverse to nearest even; with `kClamps` within 127 of either sign, for values that may lie beyond.
  template <bool kClamps>
  static void round_block(const float* x, float inverse, int8_t* bytes, int32_t* half_sums) {
    const __m128i low = _mm512_cvtsepi32_epi8(rounded<kClamps>(x, inverse));
    const __m128i high = _mm512_cvtsepi32_epi8(rounded<kClamps>(x + 16, inverse));
    const __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes), both);
    __m256i sums = _mm256_dpbusd_epi32(_mm256_setzero_si256(), _mm256_set1_epi8(1), both);
    sums = _mm256_add_epi32(sums, _mm256_shuffle_epi32(sums, 0x4e));
    sums = _mm256_add_epi32(sums, _mm256_shuffle_epi32(sums, 0xb1));
    half_sums[0] = _mm256_cvtsi256_si32(sums);
    half_sums[1] = _mm_cvtsi128_si32(_mm256_extracti128_si256(sums, 1));
  }
};

}  // namespace

constinit const QuantizedKernels kQuantizedAvx512 = make_kernels<Avx512>(&interleave_rows);

}  // namespace vitrine::kernels::cpu

HWY_POP_ATTRIBUTES

#endif
