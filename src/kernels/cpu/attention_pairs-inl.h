// Attention's products in pairs of bf16 (AVX512_BF16), in f32 what lies between them. Compiled for AVX-512 alone;
// whoever calls these has seen that the processor has them.
//
// Queries, keys, values and weights are rounded to bf16 (to nearest even), sums are f32. Elements of a head, and keys
// of a block, go two at a time from an even one on; what a query does not see counts as zero. So a row's bits depend on
// its query and the keys that it sees alone, as they do in f32.
#if defined(VITRINE_KERNELS_CPU_ATTENTION_PAIRS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_ATTENTION_PAIRS_INL_H_
#undef VITRINE_KERNELS_CPU_ATTENTION_PAIRS_INL_H_
#else
#define VITRINE_KERNELS_CPU_ATTENTION_PAIRS_INL_H_
#endif

#include "kernels/cpu/attention_tile-inl.h"

#undef VITRINE_HAS_PAIRS
#if HWY_TARGET == HWY_AVX3
#define VITRINE_HAS_PAIRS 1

HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512bf16")
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace attention {

/// Two elements of bf16, the first in the low half.
using Pair = uint32_t;

/// Lane i of a, then lane i of b.
HWY_INLINE __m512bh pairs_of(FloatVector a, FloatVector b) {
  alignas(64) static constexpr auto kOrder = [] {
    std::array<uint16_t, 32> order{};
    for (uint16_t i = 0; i < 16; ++i) order[2 * i] = i, order[2 * i + 1] = static_cast<uint16_t>(16 + i);
    return order;
  }();
  const auto halves = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(b.raw, a.raw));
  return reinterpret_cast<__m512bh>(_mm512_permutexvar_epi16(_mm512_load_si512(kOrder.data()), halves));
}

HWY_INLINE __m512bh load_pairs(const Pair* from) { return reinterpret_cast<__m512bh>(_mm512_loadu_si512(from)); }
HWY_INLINE __m512bh same_pairs(Pair pair) {
  return reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int32_t>(pair)));
}

/// Turns rows [count, stride] of floats, a whole number of vectors wide, into pairs of the elements of each two rows:
/// [count / 2 rounded up, stride], in the same memory.
inline HWY_NOINLINE void pair_rows(float* rows, int64_t count, int64_t stride) {
  const FloatTag d;
  for (int64_t row = 0; row < count; row += 2) {
    const float* const from = rows + row * stride;
    float* const to = rows + row / 2 * stride;
    for (int64_t i = 0; i < stride; i += kLanes) {
      const FloatVector second = row + 1 < count ? hn::LoadU(d, from + stride + i) : hn::Zero(d);
      _mm512_storeu_si512(to + i, reinterpret_cast<__m512i>(pairs_of(hn::LoadU(d, from + i), second)));
    }
  }
}

/// Rounds a row of floats, a whole number of vectors, to pairs of neighbours, in the same memory.
inline HWY_NOINLINE void pair_elements(float* row, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes) {
    const __m256bh halves = _mm512_cvtneps_pbh(_mm512_loadu_ps(row + i));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(row + i / 2), reinterpret_cast<__m256i>(halves));
  }
}

/// exp_row(), with the weights rounded to pairs that begin where the scores did.
inline HWY_NOINLINE void exp_row_in_pairs(const ColumnRange& tile, float subtract, float keep, float* scores,
                                          float* row_sum) {
  const FloatTag d;
  const FloatVector max = hn::Set(d, subtract);
  FloatVector sum = hn::Zero(d);
  for (int64_t c = tile.first_vector * kLanes; c < tile.end_vector * kLanes; c += kLanes) {
    const FloatVector p = exp_of(hn::Sub(hn::LoadU(d, scores + c), max));
    const auto halves = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(p.raw));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(scores + c / 2), halves);
    const __m512i rounded = _mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16);
    sum = hn::Add(sum, FloatVector{_mm512_castsi512_ps(rounded)});
  }
  hn::StoreU(hn::MulAdd(hn::LoadU(d, row_sum), hn::Set(d, keep), sum), d, row_sum);
}

/// tile_product() with a and b in pairs; strides and depth count these.
template <size_t kRows, size_t kVectors>
HWY_NOINLINE void pair_product(const TileArgs& t) {
  const FloatTag d;
  __m512 sum[kRows][kVectors];
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) sum[r][n] = _mm512_setzero_ps();
  const auto* HWY_RESTRICT a = reinterpret_cast<const Pair*>(t.a);
  const auto* HWY_RESTRICT b = reinterpret_cast<const Pair*>(t.b);
  for (int64_t k = t.depth; k > 0; --k, ++a, b += t.b_stride) {
    __m512bh right[kVectors];
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) right[n] = load_pairs(b + n * kLanes);
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      const __m512bh left = same_pairs(a[static_cast<int64_t>(r) * t.a_stride]);
#pragma GCC unroll 8
      for (size_t n = 0; n < kVectors; ++n) sum[r][n] = _mm512_dpbf16_ps(sum[r][n], left, right[n]);
    }
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) {
      float* const to = t.c + static_cast<int64_t>(r) * t.c_stride + n * kLanes;
      FloatVector value{sum[r][n]};
      if (t.keep) value = hn::MulAdd(hn::LoadU(d, to), hn::Set(d, t.keep[r]), value);
      hn::StoreU(value, d, to);
    }
}

template <size_t... kIndex>
constexpr std::array<TileFunction, sizeof...(kIndex)> pair_table(std::index_sequence<kIndex...>) {
  return {&pair_product<kIndex / kTileVectors + 1, kIndex % kTileVectors + 1>...};
}

/// FloatProducts, in pairs.
struct PairProducts {
  static constexpr int64_t kElements = 2;
  static void round_query(float* row, int64_t padded_width) { pair_elements(row, padded_width); }
  static void round_keys(float* columns, int64_t width) { pair_rows(columns, width, kKeyBlock); }
  static void round_values(float* rows, int64_t keys, int64_t padded_width) { pair_rows(rows, keys, padded_width); }
  static void exp_row(const ColumnRange& tile, float subtract, float keep, float* scores, float* row_sum) {
    exp_row_in_pairs(tile, subtract, keep, scores, row_sum);
  }
  static void product(TileArgs t, int64_t rows, int64_t vectors) {
    static constexpr auto kTable = pair_table(std::make_index_sequence<kTileRows * kTileVectors>());
    vectors_product(kTable, t, rows, vectors);
  }
};

}  // namespace attention
}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_POP_ATTRIBUTES

#else
#define VITRINE_HAS_PAIRS 0
#endif

#endif
