// Products with panels of bf16 by AVX-512's dot product of pairs of them (AVX512_BF16).
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

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c")

#define VITRINE_UNROLL_ROWS _Pragma("GCC unroll 16")
#define VITRINE_KEEP_LOOP _Pragma("GCC unroll 1")
#include "kernels/cpu/quantized_tile-inl.h"

namespace vitrine::kernels::cpu {
namespace {

struct Halves {
  using Floats = __m512;
  static constexpr int kPackedTileRows = 16, kPairedRows = 4, kValueRows = 16;

  static Floats zero() { return _mm512_setzero_ps(); }
  static Floats load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(Floats v, float* p) { _mm512_storeu_ps(p, v); }
};

/// sum = the two products of a pair added to it, each rounded to f32 (Intel SDM, VDPBF16PS), in the order of k.
struct WithHalves {
  using Isa = Halves;
  static constexpr int kWordsOfPair = 1;
  using Weights = __m512bh;
  static Weights load(const uint8_t* p) { return reinterpret_cast<__m512bh>(_mm512_loadu_si512(p)); }
  template <int kRows, int kCount>
  static inline __attribute__((always_inline)) void add(Weights weights, const std::byte* x, __m512 (&sums)[kCount]) {
    VITRINE_UNROLL_ROWS
    for (int row = 0; row < kCount; ++row) {
      int32_t pair = 0;
      std::memcpy(&pair, x + 4 * row, 4);
      sums[row] = _mm512_dpbf16_ps(sums[row], weights, reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair)));
    }
  }
};

/// A row of f32 rounded to bf16, in pairs.
void lay_halves(const float* x, int64_t num_blocks, int64_t rows, std::byte* to) {
  for (int64_t block = 0; block < num_blocks; ++block, x += kBlock) {
    alignas(64) int32_t pairs[kPairs];
    const auto halves = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + 16), _mm512_loadu_ps(x));
    _mm512_store_si512(pairs, reinterpret_cast<__m512i>(halves));
    for (const int32_t& pair : pairs) {
      std::memcpy(to, &pair, 4);
      to += 4 * rows;
    }
  }
}

}  // namespace

constinit const FormatKernels kHalvesAvx512 = value_kernels<WithHalves>(InputForm::kHalves, &lay_halves);

}  // namespace vitrine::kernels::cpu

HWY_POP_ATTRIBUTES

#endif
