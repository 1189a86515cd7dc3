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

#include <limits>

#include "kernels/cpu/attention_tile-inl.h"

#undef VITRINE_HAS_PAIRS
#if HWY_TARGET == HWY_AVX3
#define VITRINE_HAS_PAIRS 1

HWY_BEFORE_NAMESPACE();
#include "kernels/cpu/power_of_two-inl.h"
HWY_AFTER_NAMESPACE();

HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512bf16")
#include "kernels/cpu/bf16_pairs-inl.h"

namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace attention {

/// Two elements of bf16, the first in the low half.
using Pair = uint32_t;

/// Lane i of a, then lane i of b.
HWY_INLINE __m512bh pairs_of(FloatVector a, FloatVector b) { return reinterpret_cast<__m512bh>(pairs(a.raw, b.raw)); }
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

/// exp_row() of scores in powers of two, with the weights rounded to pairs that begin where the scores did. Vectors go
/// two at a time from an even one on.
inline HWY_NOINLINE void exp_row_in_pairs(const ColumnRange& tile, float subtract, float keep, float* scores,
                                          float* row_sum) {
  const __m512 max = _mm512_set1_ps(subtract), lowest = _mm512_set1_ps(-std::numeric_limits<float>::infinity());
  const __m512bh ones = same_pairs(0x3f803f80);
  __m512 sum = _mm512_setzero_ps();
  for (int64_t vector = tile.first_vector / 2 * 2; vector < tile.end_vector; vector += 2) {
    const float* const from = scores + vector * kLanes;
    const __m512 a = vector >= tile.first_vector ? _mm512_loadu_ps(from) : lowest;
    const __m512 b = vector + 1 < tile.end_vector ? _mm512_loadu_ps(from + kLanes) : lowest;
    const __m512bh halves =
        _mm512_cvtne2ps_pbh(power_of_two(_mm512_sub_ps(b, max)), power_of_two(_mm512_sub_ps(a, max)));
    _mm512_storeu_si512(scores + vector * kLanes / 2, reinterpret_cast<__m512i>(halves));
    sum = _mm512_dpbf16_ps(sum, halves, ones);
  }
  _mm512_storeu_ps(row_sum, _mm512_fmadd_ps(_mm512_loadu_ps(row_sum), _mm512_set1_ps(keep), sum));
}

/// A tile of sums in registers: of so many rows, vectors wide.
template <size_t kRows, size_t kVectors>
using SumTile = __m512[kRows][kVectors];

template <size_t kRows, size_t kVectors>
HWY_INLINE void clear_sums(SumTile<kRows, kVectors>& sum) {
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) sum[r][n] = _mm512_setzero_ps();
}

/// sum += left [rows, stride] * right, of one pair.
template <size_t kRows, size_t kVectors>
HWY_INLINE void add_products(const Pair* left, int64_t stride, const __m512bh (&right)[kVectors],
                             SumTile<kRows, kVectors>& sum) {
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) {
    const __m512bh row = same_pairs(left[static_cast<int64_t>(r) * stride]);
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) sum[r][n] = _mm512_dpbf16_ps(sum[r][n], row, right[n]);
  }
}

/// to [rows, stride] = sum, or sum + keep[row] * to.
template <size_t kRows, size_t kVectors>
HWY_INLINE void store_sums(const SumTile<kRows, kVectors>& sum, const float* keep, float* to, int64_t stride) {
  const FloatTag d;
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) {
      float* const place = to + static_cast<int64_t>(r) * stride + n * kLanes;
      FloatVector value{sum[r][n]};
      if (keep) value = hn::MulAdd(hn::LoadU(d, place), hn::Set(d, keep[r]), value);
      hn::StoreU(value, d, place);
    }
}

/// tile_product() with a and b in pairs; strides and depth count these.
template <size_t kRows, size_t kVectors>
HWY_NOINLINE void pair_product(const TileArgs& t) {
  SumTile<kRows, kVectors> sum;
  clear_sums<kRows, kVectors>(sum);
  const auto* HWY_RESTRICT a = reinterpret_cast<const Pair*>(t.a);
  const auto* HWY_RESTRICT b = reinterpret_cast<const Pair*>(t.b);
  for (int64_t k = t.depth; k > 0; --k, ++a, b += t.b_stride) {
    __m512bh right[kVectors];
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) right[n] = load_pairs(b + n * kLanes);
    add_products<kRows, kVectors>(a, t.a_stride, right, sum);
  }
  store_sums<kRows, kVectors>(sum, t.keep, t.c, t.c_stride);
}

template <size_t... kIndex>
constexpr std::array<TileFunction, sizeof...(kIndex)> pair_table(std::index_sequence<kIndex...>) {
  return {&pair_product<kIndex / kTileVectors + 1, kIndex % kTileVectors + 1>...};
}

}  // namespace attention
}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_POP_ATTRIBUTES

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace attention {

/// FloatProducts, in pairs.
struct PairProducts {
  static constexpr int64_t kElements = 2;
  static constexpr float kScale = 1.44269504f;  // so that weights are powers of two
  HWY_INLINE static FloatVector exp_of(FloatVector x) { return FloatVector{power_of_two(x.raw)}; }
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
HWY_AFTER_NAMESPACE();

#else
#define VITRINE_HAS_PAIRS 0
#endif

#endif
