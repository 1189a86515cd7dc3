// A few rows' products with keys and values where they lie in pages, in pairs of bf16: see attention_pairs-inl.h.
#if defined(VITRINE_KERNELS_CPU_PAGED_PAIRS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_PAGED_PAIRS_INL_H_
#undef VITRINE_KERNELS_CPU_PAGED_PAIRS_INL_H_
#else
#define VITRINE_KERNELS_CPU_PAGED_PAIRS_INL_H_
#endif

#include "kernels/cpu/paged_source-inl.h"

#if VITRINE_HAS_PAIRS

HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512bf16")
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace attention {

/// scores_in_place(): the chains of pair_product.
template <DType kType, size_t kRows, size_t kVectors>
HWY_NOINLINE void pair_scores_in_place(const Chunk& chunk, const KeyPlaces& places, int64_t first, int64_t tokens,
                                       float* scores) {
  asm volatile("");  // see prefetch_rows
  constexpr bool kIsQuantized = kType == DType::kQ8_0;
  SumTile<kRows, kVectors> sum;
  clear_sums<kRows, kVectors>(sum);
  FloatVector scale[kVectors];
#pragma GCC unroll 8
  for (size_t n = 0; n < kVectors; ++n) scale[n] = hn::Zero(FloatTag());
  const auto* HWY_RESTRICT q = reinterpret_cast<const Pair*>(chunk.q);
  const int64_t step = kIsQuantized ? tokens : tokens * kElementBytes<kType>;  // bytes from element to element
  for (int64_t i = 0; i < chunk.width; i += 2, ++q) {
    const int64_t block = i / kQuantBlock * (kQuantScaleBytes + kQuantBlock) * tokens;
    const int64_t at = kIsQuantized ? block + (kQuantScaleBytes + i % kQuantBlock) * tokens : i * step;
    __m512bh right[kVectors];
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) {
      const std::byte* const keys = places.keys[first + n] + at;
      if constexpr (kIsQuantized) {
        if (i % kQuantBlock == 0) scale[n] = load_16_bit<hwy::float16_t>(places.scales[first + n] + block);
        right[n] = pairs_of(hn::Mul(load_codes(keys), scale[n]), hn::Mul(load_codes(keys + step), scale[n]));
      } else {
        right[n] = pairs_of(load_elements<kType>(keys), load_elements<kType>(keys + step));
      }
      prefetch_ahead(places.ahead[first + n] + at, places.asks_second_level);
      prefetch_ahead(places.ahead[first + n] + at + step, places.asks_second_level);
    }
    add_products<kRows, kVectors>(q, chunk.padded_width, right, sum);
  }
  store_sums<kRows, kVectors>(sum, nullptr, scores + first * kLanes, kKeyBlock);
}

/// Adds two keys' weighted values; of one that nobody sees (`sees`: the first in bit 0, the second in bit 1) zeros.
template <DType kType, size_t kRows, size_t kVectors, bool kSeesBoth>
HWY_INLINE void add_two_values(const std::byte* row, int64_t row_bytes, const ValueArgs& args, int64_t pair, int sees,
                               SumTile<kRows, kVectors>& sum) {
  const auto* const weights = reinterpret_cast<const Pair*>(args.weights);
  __m512bh right[kVectors];
#pragma GCC unroll 8
  for (size_t n = 0; n < kVectors; ++n) {
    const int64_t at = args.first + static_cast<int64_t>(n) * kLanes;
    FloatVector a = load_value<kType>(row, at), b = load_value<kType>(row + row_bytes, at);
    if constexpr (!kSeesBoth) {
      a = FloatVector{_mm512_maskz_mov_ps(static_cast<__mmask16>(sees & 1 ? 0xffff : 0), a.raw)};
      b = FloatVector{_mm512_maskz_mov_ps(static_cast<__mmask16>(sees & 2 ? 0xffff : 0), b.raw)};
    }
    right[n] = pairs_of(a, b);
  }
  add_products<kRows, kVectors>(weights + pair, kKeyBlock, right, sum);
}

/// values_in_place(): the chains of pair_product.
template <DType kType, size_t kRows, size_t kVectors>
HWY_NOINLINE void pair_values_in_place(const PagedHead& v, const ValueArgs& args) {
  asm volatile("");  // see prefetch_rows
  SumTile<kRows, kVectors> sum;
  clear_sums<kRows, kVectors>(sum);
  const int64_t row_bytes = v.head_bytes, ahead_bytes = args.first == 0 ? 2 * row_bytes : 0;
  for (int64_t j = args.begin / 2 * 2; j < args.end;) {
    const int64_t token = args.block + j;
    const int64_t until = HWY_MIN(args.end, j + v.page_tokens - (token & (v.page_tokens - 1)));
    const std::byte* row = v.row(token);
    const std::byte* ahead = token + kKeyBlock < args.all_keys ? v.row(token + kKeyBlock) : row;
    for (; j < until; j += 2, row += 2 * row_bytes, ahead += 2 * row_bytes) {
      for (int64_t i = 0; i < ahead_bytes; i += 64) prefetch_ahead(ahead + i, args.asks_second_level);
      if (j >= args.begin && j + 1 < args.end)
        add_two_values<kType, kRows, kVectors, true>(row, row_bytes, args, j / 2, 3, sum);
      else
        add_two_values<kType, kRows, kVectors, false>(row, row_bytes, args, j / 2,
                                                      (j >= args.begin) + 2 * (j + 1 < args.end), sum);
    }
  }
  store_sums<kRows, kVectors>(sum, args.keep, args.sums, args.stride);
}

template <DType kType>
struct InPlace<kType, PairProducts> {
  template <size_t kVectors, size_t... kRow>
  static constexpr std::array<ScoresFunction, kTileRows> scores(std::index_sequence<kRow...>) {
    return {&pair_scores_in_place<kType, kRow + 1, kVectors>...};
  }
  template <size_t kVectors, size_t... kRow>
  static constexpr std::array<ValuesFunction, kTileRows> values(std::index_sequence<kRow...>) {
    return {&pair_values_in_place<kType, kRow + 1, kVectors>...};
  }
};

}  // namespace attention
}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_POP_ATTRIBUTES

#endif

#endif
