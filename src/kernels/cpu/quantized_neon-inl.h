// Quantized products with NEON. Included by one file for processors with a dot product of bytes (FEAT_DotProd, Armv8.2)
// and by one for those without, inside a region that enables its instructions; whoever does has included <arm_neon.h>
// and what quantized_tile-inl.h asks for.
#pragma once

#define VITRINE_UNROLL_ROWS _Pragma("GCC unroll 8")
#define VITRINE_KEEP_LOOP _Pragma("GCC unroll 1")
#include "kernels/cpu/quantized_tile-inl.h"

#define VITRINE_NEON_INLINE static inline __attribute__((always_inline))

namespace vitrine::kernels::cpu {
namespace {

/// Four vectors hold what one holds with AVX-512.
template <class Vector>
struct Quad {
  Vector a, b, c, d;
};

/// The four of function(vector of each argument).
template <class Function, class... Quads>
inline __attribute__((always_inline)) auto each(Function function, const Quads&... quads) {
  return Quad<decltype(function(quads.a...))>{function(quads.a...), function(quads.b...), function(quads.c...),
                                              function(quads.d...)};
}

template <class Vector>
inline __attribute__((always_inline)) Quad<Vector> four_of(Vector v) {
  return {v, v, v, v};
}

/// Dot::add<is 8 bits>(sums, codes, x): sums + the products of each four bytes.
template <class Dot>
struct Neon {
  using Bytes = Quad<uint8x16_t>;
  using Ints = Quad<int32x4_t>;
  using Floats = Quad<float32x4_t>;
  static constexpr bool kDotsSigned = true;
  static constexpr int kPackedTileRows = 8, kDotRows = 4;
  static constexpr int kPairedRows = 1, kPairedRowsOfBytes = 1, kValueRows = 4;

  VITRINE_NEON_INLINE Bytes load_bytes(const uint8_t* p) {
    return {vld1q_u8(p), vld1q_u8(p + 16), vld1q_u8(p + 32), vld1q_u8(p + 48)};
  }
  VITRINE_NEON_INLINE void store_bytes(const Bytes& v, uint8_t* p) {
    vst1q_u8(p, v.a);
    vst1q_u8(p + 16, v.b);
    vst1q_u8(p + 32, v.c);
    vst1q_u8(p + 48, v.d);
  }
  template <int kFrom, int kCount, int kTo>
  VITRINE_NEON_INLINE uint8x16_t quarter_bits(uint8x16_t v) {
    if constexpr (kFrom > kTo) v = vshrq_n_u8(v, kFrom - kTo);
    if constexpr (kFrom < kTo) v = vshlq_n_u8(v, kTo - kFrom);
    return vandq_u8(v, vdupq_n_u8(((1 << kCount) - 1) << kTo));
  }
  /// Bits [from, from + count) of each byte, moved to `to`.
  template <int kFrom, int kCount, int kTo>
  VITRINE_NEON_INLINE Bytes bits(const Bytes& v) {
    return each(quarter_bits<kFrom, kCount, kTo>, v);
  }
  VITRINE_NEON_INLINE Bytes combine(const Bytes& v, const Bytes& w) { return each(vorrq_u8, v, w); }

  VITRINE_NEON_INLINE Ints zero_ints() { return four_of(vdupq_n_s32(0)); }
  VITRINE_NEON_INLINE Ints splat_ints(const int32_t* p) { return four_of(vld1q_dup_s32(p)); }
  /// Codes of up to six bits are positive as signed bytes, too; those of eight are taken less 128.
  template <bool kEightBits>
  VITRINE_NEON_INLINE int32x4_t quarter_dot(int32x4_t sums, uint8x16_t codes, int8x16_t x) {
    if constexpr (kEightBits) codes = veorq_u8(codes, vdupq_n_u8(128));
    return Dot::template add<kEightBits>(sums, vreinterpretq_s8_u8(codes), x);
  }
  template <bool kEightBits>
  VITRINE_NEON_INLINE Ints dot(const Ints& sums, const Bytes& codes, const int8_t* x) {
    int32_t four = 0;
    std::memcpy(&four, x, 4);
    const int8x16_t repeated = vreinterpretq_s8_s32(vdupq_n_s32(four));
    return {quarter_dot<kEightBits>(sums.a, codes.a, repeated), quarter_dot<kEightBits>(sums.b, codes.b, repeated),
            quarter_dot<kEightBits>(sums.c, codes.c, repeated), quarter_dot<kEightBits>(sums.d, codes.d, repeated)};
  }

  /// 256 a + b.
  VITRINE_NEON_INLINE int32x4_t quarter_fold(int32x4_t a, int32x4_t b) { return vaddq_s32(vshlq_n_s32(a, 8), b); }
  VITRINE_NEON_INLINE Ints add_256_fold(const Ints& a, const Ints& b) { return each(quarter_fold, a, b); }

  VITRINE_NEON_INLINE Floats zero() { return four_of(vdupq_n_f32(0)); }
  VITRINE_NEON_INLINE Floats load(const float* p) {
    return {vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)};
  }
  VITRINE_NEON_INLINE void store(const Floats& v, float* p) {
    vst1q_f32(p, v.a);
    vst1q_f32(p + 4, v.b);
    vst1q_f32(p + 8, v.c);
    vst1q_f32(p + 12, v.d);
  }
  VITRINE_NEON_INLINE Floats splat(const float* p) { return four_of(vld1q_dup_f32(p)); }
  VITRINE_NEON_INLINE Floats add(const Floats& v, const Floats& w) { return each(vaddq_f32, v, w); }
  VITRINE_NEON_INLINE Floats multiply(const Floats& v, const Floats& w) { return each(vmulq_f32, v, w); }
  VITRINE_NEON_INLINE Floats multiply_add(const Floats& v, const Floats& w, const Floats& sum) {
    return each(vfmaq_f32, sum, v, w);
  }
  VITRINE_NEON_INLINE Floats from_ints(const Ints& v) { return each(vcvtq_f32_s32, v); }
  VITRINE_NEON_INLINE float32x4_t quarter_of_halves(const uint8_t* p) {
    return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p)));
  }
  VITRINE_NEON_INLINE Floats from_halves(const uint8_t* p) {
    return {quarter_of_halves(p), quarter_of_halves(p + 8), quarter_of_halves(p + 16), quarter_of_halves(p + 24)};
  }
  VITRINE_NEON_INLINE Floats from_unsigned(uint8x16_t v) {
    const uint16x8_t low = vmovl_u8(vget_low_u8(v)), high = vmovl_u8(vget_high_u8(v));
    return {vcvtq_f32_u32(vmovl_u16(vget_low_u16(low))), vcvtq_f32_u32(vmovl_u16(vget_high_u16(low))),
            vcvtq_f32_u32(vmovl_u16(vget_low_u16(high))), vcvtq_f32_u32(vmovl_u16(vget_high_u16(high)))};
  }
  VITRINE_NEON_INLINE Floats from_bytes(const uint8_t* p) { return from_unsigned(vld1q_u8(p)); }
  VITRINE_NEON_INLINE Floats from_signed_bytes(const uint8_t* p) {
    const int8x16_t v = vreinterpretq_s8_u8(vld1q_u8(p));
    const int16x8_t low = vmovl_s8(vget_low_s8(v)), high = vmovl_s8(vget_high_s8(v));
    return {vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))), vcvtq_f32_s32(vmovl_s16(vget_high_s16(low))),
            vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))), vcvtq_f32_s32(vmovl_s16(vget_high_s16(high)))};
  }
  VITRINE_NEON_INLINE Floats from_low_halves(const uint8_t* p) {
    return from_unsigned(vandq_u8(vld1q_u8(p), vdupq_n_u8(15)));
  }
  VITRINE_NEON_INLINE Floats from_high_halves(const uint8_t* p) { return from_unsigned(vshrq_n_u8(vld1q_u8(p), 4)); }

  struct Pair {
    Floats even, odd;
  };
  VITRINE_NEON_INLINE float32x4_t even_of_pairs(uint8x16_t pairs) {
    return vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_u8(pairs), 16));
  }
  VITRINE_NEON_INLINE float32x4_t odd_of_pairs(uint8x16_t pairs) {
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_u8(pairs), vdupq_n_u32(0xffff0000u)));
  }
  template <bool kIsBf16>
  VITRINE_NEON_INLINE Pair load_pair(const uint8_t* p) {
    if constexpr (!kIsBf16) return {from_halves(p), from_halves(p + 32)};
    const Bytes pairs = load_bytes(p);
    return {each(even_of_pairs, pairs), each(odd_of_pairs, pairs)};
  }

  /// Taken among bit patterns, so that NaN and infinity reach the scale.
  static float largest_magnitude(const float* x) {
    uint32x4_t largest = vdupq_n_u32(0);
    for (int i = 0; i < kBlock; i += 4)
      largest = vmaxq_u32(largest, vandq_u32(vreinterpretq_u32_f32(vld1q_f32(x + i)), vdupq_n_u32(0x7fffffff)));
    const uint32_t bits = vmaxvq_u32(largest);
    float most = 0;
    std::memcpy(&most, &bits, 4);
    return most;
  }
  /// Undefined values turn into -128, as on other processors.
  template <bool kClamps>
  VITRINE_NEON_INLINE int32x4_t rounded(const float* x, float inverse) {
    float32x4_t values = vmulq_n_f32(vld1q_f32(x), inverse);
    if constexpr (kClamps) values = vmaxnmq_f32(vminnmq_f32(values, vdupq_n_f32(127)), vdupq_n_f32(-127));
    return vbslq_s32(vceqq_f32(values, values), vcvtnq_s32_f32(values), vdupq_n_s32(-128));
  }
  /// x * inverse to nearest even; with `kClamps` within 127 of either sign, for values that may lie beyond.
  template <bool kClamps>
  static void round_block(const float* x, float inverse, int8_t* bytes, int32_t* half_sums) {
    for (int half = 0; half < 2; ++half, x += 16) {
      const int32x4_t a = rounded<kClamps>(x, inverse), b = rounded<kClamps>(x + 4, inverse);
      const int32x4_t c = rounded<kClamps>(x + 8, inverse), d = rounded<kClamps>(x + 12, inverse);
      const int16x8_t low = vcombine_s16(vqmovn_s32(a), vqmovn_s32(b)),
                      high = vcombine_s16(vqmovn_s32(c), vqmovn_s32(d));
      vst1q_s8(bytes + 16 * half, vcombine_s8(vqmovn_s16(low), vqmovn_s16(high)));
      half_sums[half] = vaddvq_s32(vaddq_s32(vaddq_s32(a, b), vaddq_s32(c, d)));
    }
  }
};

}  // namespace
}  // namespace vitrine::kernels::cpu

#undef VITRINE_NEON_INLINE
