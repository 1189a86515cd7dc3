#include "kernels/cpu/gemm_kernels.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm_kernels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/gemm_epilogue-inl.h"
#include "kernels/cpu/gemm_pack-inl.h"
#include "kernels/cpu/select.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu::HWY_NAMESPACE {

// Tiles fill the registers: rows * vectors sums, one row of b, one broadcast. k_block keeps a strip of b in the
// first-level cache (AVX-512 needs so few loads for each product that the second level will do).
#if HWY_TARGET == HWY_AVX3
constexpr int kTileRows = 14, kTileVectors = 2;
constexpr int64_t kBlock = 768;
#elif HWY_TARGET == HWY_AVX2
constexpr int kTileRows = 6, kTileVectors = 2;
constexpr int64_t kBlock = 384;
#elif HWY_TARGET == HWY_SCALAR
constexpr int kTileRows = 4, kTileVectors = 2;
constexpr int64_t kBlock = 384;
#else
constexpr int kTileRows = 6, kTileVectors = 4;
constexpr int64_t kBlock = 384;
#endif

/// Elements of a packed b that are half as wide.
struct F16 {
  uint16_t bits;
};
struct BF16 {
  uint16_t bits;
};

#if HWY_TARGET == HWY_SCALAR
// Highway's fallback has one lane; every x86-64 processor has four.
using Sums = Quad;
HWY_INLINE Sums zero() { return Sums{}; }
HWY_INLINE Sums load(const float* p) { return load_quad(p); }
HWY_INLINE Sums load(const F16* p) {
  return Sums{f32_from_f16(p[0].bits), f32_from_f16(p[1].bits), f32_from_f16(p[2].bits), f32_from_f16(p[3].bits)};
}
HWY_INLINE Sums load(const BF16* p) {
  return Sums{f32_from_bf16(p[0].bits), f32_from_bf16(p[1].bits), f32_from_bf16(p[2].bits), f32_from_bf16(p[3].bits)};
}
HWY_INLINE void store(Sums v, float* p) { store_quad(v, p); }
HWY_INLINE Sums multiply_add(float a, Sums b, Sums c) { return Sums{a, a, a, a} * b + c; }
HWY_INLINE Sums sum(Sums a, Sums b) { return a + b; }
constexpr int kLanes = 4;
#else
using FullTag = hn::ScalableTag<float>;
using Sums = hn::Vec<FullTag>;
HWY_INLINE Sums zero() { return hn::Zero(FullTag()); }
HWY_INLINE Sums load(const float* p) { return hn::LoadU(FullTag(), p); }
template <typename Element>
HWY_INLINE Sums load_16_bit(const void* p) {
  return hn::PromoteTo(FullTag(), hn::LoadU(hn::Rebind<Element, FullTag>(), static_cast<const Element*>(p)));
}
HWY_INLINE Sums load(const F16* p) { return load_16_bit<hwy::float16_t>(p); }
HWY_INLINE Sums load(const BF16* p) { return load_16_bit<hwy::bfloat16_t>(p); }
HWY_INLINE void store(Sums v, float* p) { hn::StoreU(v, FullTag(), p); }
HWY_INLINE Sums multiply_add(float a, Sums b, Sums c) { return hn::MulAdd(hn::Set(FullTag(), a), b, c); }
HWY_INLINE Sums sum(Sums a, Sums b) { return hn::Add(a, b); }
constexpr int kLanes = HWY_LANES(float);
#endif
constexpr int kTileColumns = kTileVectors * kLanes;

/// The values of a for one k after the other; rows are contiguous.
template <int kRows>
struct RowsTogether {
  const float* HWY_RESTRICT a;
  int64_t k_stride;
  HWY_INLINE float operator[](int row) const { return a[row]; }
  HWY_INLINE void advance() { a += k_stride; }
};

/// The same where k is contiguous: a pointer for every four rows, so that x86 has registers for all addresses.
template <int kRows>
struct RowsApart {
  static constexpr int kGroups = (kRows + 3) / 4;
  const float* group[kGroups];
  int64_t stride, stride2, stride3;
  HWY_INLINE RowsApart(const float* a, int64_t row_stride)
      : stride(row_stride), stride2(2 * row_stride), stride3(3 * row_stride) {
    for (int i = 0; i < kGroups; ++i) group[i] = a + 4 * i * row_stride;
  }
  HWY_INLINE float operator[](int row) const {
    const float* const p = group[row / 4];
    return row % 4 == 0 ? p[0] : row % 4 == 1 ? p[stride] : row % 4 == 2 ? p[stride2] : p[stride3];
  }
  HWY_INLINE void advance() {
#pragma GCC unroll 4
    for (int i = 0; i < kGroups; ++i) ++group[i];
  }
};

/// The sums of a tile while k goes by.
template <typename Element, int kRows, template <int> class LeftValues>
struct TileSums {
  static constexpr int64_t kUnrolled = 4;
  Sums sums[kRows][kTileVectors];
  LeftValues<kRows> left;
  const Element* HWY_RESTRICT b;

  HWY_INLINE void step() {
    Sums b_row[kTileVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kTileVectors; ++v) b_row[v] = load(b + v * kLanes);
#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
      for (int v = 0; v < kTileVectors; ++v) sums[row][v] = multiply_add(left[row], b_row[v], sums[row][v]);
    }
    left.advance();
    b += kTileColumns;
  }
  HWY_INLINE void steps() {
#pragma GCC unroll 4
    for (int64_t i = 0; i < kUnrolled; ++i) step();
  }
};

constexpr int64_t kLineFloats = 16, kLineBytes = 64;

/// Fetches are spread over the steps: a burst of them would hold up the loads of the product.
template <typename Element, int kRows, template <int> class LeftValues>
void micro_kernel(const PanelProduct& p) {
  TileSums<Element, kRows, LeftValues> tile{.left = {p.a, p.a_stride}, .b = reinterpret_cast<const Element*>(p.b)};
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int v = 0; v < kTileVectors; ++v) tile.sums[row][v] = zero();
  }
  int64_t k_count = p.k_count;
  const std::byte* next = p.next_panel;
  const std::byte* const next_end = next + p.next_panel_bytes;
  for (RowsAhead ahead : p.rows_ahead) {
    if (ahead.data == nullptr) break;
    for (int row = 0; row < kRows && k_count >= tile.kUnrolled; ++row, k_count -= tile.kUnrolled) {
      for (int64_t i = 0; i < kTileColumns; i += kLineFloats) __builtin_prefetch(ahead.data + i);
      ahead.data += ahead.row_stride;
      tile.steps();
    }
  }
  for (; k_count >= tile.kUnrolled && next < next_end; k_count -= tile.kUnrolled, next += 2 * kLineBytes) {
    __builtin_prefetch(next, 0, 2);
    __builtin_prefetch(next + kLineBytes, 0, 2);
    tile.steps();
  }
  for (; k_count >= tile.kUnrolled; k_count -= tile.kUnrolled) tile.steps();
  for (; k_count > 0; --k_count) tile.step();
  float* HWY_RESTRICT c = p.c;
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row, c += p.c_row_stride) {
#pragma GCC unroll 4
    for (int v = 0; v < kTileVectors; ++v) {
      float* target = c + v * kLanes;
      store(p.adds ? sum(load(target), tile.sums[row][v]) : tile.sums[row][v], target);
    }
  }
}

template <typename Element, template <int> class LeftValues, size_t... kIndex>
const MicroKernel* micro_kernel_table(std::index_sequence<kIndex...>) {
  static constexpr MicroKernel kTable[] = {nullptr,
                                           &micro_kernel<Element, static_cast<int>(kIndex) + 1, LeftValues>...};
  return kTable;
}

void finish(const TileOutput& output, float* tile) { finish_tile<kTileColumns>(output, tile); }

template <typename Element>
void fill_micro_kernels(GemmKernels& kernels, PanelElement element) {
  constexpr auto kRows = std::make_index_sequence<kTileRows>();
  kernels.micro_kernels[static_cast<size_t>(element)] = micro_kernel_table<Element, RowsTogether>(kRows);
  kernels.micro_kernels_along_k[static_cast<size_t>(element)] = micro_kernel_table<Element, RowsApart>(kRows);
}

void fill_kernels(GemmKernels& kernels) {
  static_assert(kTileRows * kTileColumns <= kMaxTileFloats);
  kernels = {
      .tile_rows = kTileRows, .tile_columns = kTileColumns, .k_block = kBlock, .pack = &pack, .finish_tile = &finish};
  fill_micro_kernels<float>(kernels, PanelElement::kF32);
  fill_micro_kernels<F16>(kernels, PanelElement::kF16);
  fill_micro_kernels<BF16>(kernels, PanelElement::kBF16);
}

}  // namespace vitrine::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vitrine::kernels::cpu {

const GemmKernels& gemm_kernels(KernelSet set) {
  const auto make = [](KernelSet of) {
    GemmKernels kernels;
    VITRINE_KERNEL(of, fill_kernels)(kernels);
    return kernels;
  };
  static const GemmKernels kKernels[] = {make(KernelSet::kPortable), make(KernelSet::kAvx2), make(KernelSet::kAvx512),
                                         make(KernelSet::kAmx), make(KernelSet::kNeon)};
  return kKernels[static_cast<int>(set)];
}

}  // namespace vitrine::kernels::cpu
#endif  // HWY_ONCE
