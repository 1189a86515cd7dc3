// The inner products and layouts of attention: a register tile of rows x vectors, packing, exp.
// Compiled once per instruction family.
#if defined(VITRINE_KERNELS_CPU_ATTENTION_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_ATTENTION_TILE_INL_H_
#undef VITRINE_KERNELS_CPU_ATTENTION_TILE_INL_H_
#else
#define VITRINE_KERNELS_CPU_ATTENTION_TILE_INL_H_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <array>
#include <cstring>
#include <utility>

#include "kernels/cpu/attention.h"
#include "kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace attention {

using FloatTag = hn::ScalableTag<float>;
using FloatVector = hn::Vec<FloatTag>;
constexpr int64_t kLanes = hn::MaxLanes(FloatTag());

// The accumulators of a tile fill the registers: 24 of 32, or 12 of 16.
constexpr int64_t kTileRows = 6;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR
constexpr int64_t kTileVectors = 2;
#else
constexpr int64_t kTileVectors = 4;
#endif

HWY_INLINE int64_t padded(int64_t width) { return (width + kLanes - 1) / kLanes * kLanes; }

/// c[rows, vectors] = keep[row] * c + a[rows, depth] · b[depth, vectors]; without `keep`, c is overwritten. Each
/// element is one chain of multiply-adds in the order of depth, so it does not depend on the size of the tile.
struct TileArgs {
  const float* a = nullptr;
  int64_t a_stride = 0;  // of a row, or of a step in depth when `a` is transposed
  const float* b = nullptr;
  int64_t b_stride = 0;
  int64_t depth = 0;
  float* c = nullptr;
  int64_t c_stride = 0;
  const float* keep = nullptr;
};

template <size_t kRows, size_t kVectors, bool kTransposed>
HWY_NOINLINE void tile_product(const TileArgs& t) {
  const FloatTag d;
  FloatVector sum[kRows][kVectors];
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) sum[r][n] = hn::Zero(d);
  const float* HWY_RESTRICT a = t.a;
  const float* HWY_RESTRICT b = t.b;
  const int64_t a_row = kTransposed ? 1 : t.a_stride;
  const int64_t a_step = kTransposed ? t.a_stride : 1;
  for (int64_t k = t.depth; k > 0; --k) {
    FloatVector right[kVectors];
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) right[n] = hn::LoadU(d, b + n * kLanes);
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      const FloatVector left = hn::Set(d, a[static_cast<int64_t>(r) * a_row]);
#pragma GCC unroll 8
      for (size_t n = 0; n < kVectors; ++n) sum[r][n] = hn::MulAdd(left, right[n], sum[r][n]);
    }
    a += a_step;
    b += t.b_stride;
  }
  float* HWY_RESTRICT c = t.c;
  const float* HWY_RESTRICT keep = t.keep;
  const int64_t c_stride = t.c_stride;
  if (keep) {
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      const FloatVector factor = hn::Set(d, keep[r]);
#pragma GCC unroll 8
      for (size_t n = 0; n < kVectors; ++n)
        sum[r][n] = hn::MulAdd(hn::LoadU(d, c + r * c_stride + n * kLanes), factor, sum[r][n]);
    }
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (size_t n = 0; n < kVectors; ++n) hn::StoreU(sum[r][n], d, c + r * c_stride + n * kLanes);
}

using TileFunction = void (*)(const TileArgs&);

template <bool kTransposed, size_t... kIndex>
constexpr std::array<TileFunction, sizeof...(kIndex)> tile_table(std::index_sequence<kIndex...>) {
  return {&tile_product<kIndex / kTileVectors + 1, kIndex % kTileVectors + 1, kTransposed>...};
}

/// The product of a table for any number of vectors; rows at most kTileRows.
HWY_INLINE void vectors_product(const std::array<TileFunction, kTileRows * kTileVectors>& table, TileArgs t,
                                int64_t rows, int64_t vectors) {
  while (vectors > 0) {
    const int64_t now = HWY_MIN(vectors, kTileVectors);
    table[(rows - 1) * kTileVectors + now - 1](t);
    t.b += now * kLanes;
    t.c += now * kLanes;
    vectors -= now;
  }
}

template <bool kTransposed>
HWY_INLINE void rows_product(const TileArgs& t, int64_t rows, int64_t vectors) {
  static constexpr auto kTable = tile_table<kTransposed>(std::make_index_sequence<kTileRows * kTileVectors>());
  vectors_product(kTable, t, rows, vectors);
}

/// exp(x) of a score minus a maximum: exactly 1 at 0, exactly 0 far below and for -inf, NaN for NaN. Shorter than exp()
/// by the care for x above 88.
HWY_INLINE FloatVector exp_of(FloatVector x) {
  const FloatTag d;
  const hn::RebindToSigned<FloatTag> di;
  const auto parts = exp_parts(d, x);
  const auto one = hn::BitCast(di, hn::Set(d, 1.0f));
  const FloatVector power = hn::BitCast(d, hn::Add(one, hn::ShiftLeft<23>(hn::BitCast(di, parts.shifted))));
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, -87.3f)), hn::MulAdd(power, parts.small, power));
}

/// Asks for rows first … end - 1 of one head ahead of their use. They lie a whole token apart, mostly in another page
/// each, where hardware prefetch does not follow.
HWY_INLINE void prefetch_rows(const float* source, int64_t stride, int64_t width, int64_t first, int64_t end) {
  // GCC takes a function that only prefetches for one without effect and drops its calls.
  asm volatile("");
  for (int64_t j = first; j < end; ++j)
    for (int64_t i = 0; i < width; i += 16) hwy::Prefetch(source + j * stride + i);
}

/// Copies `width` elements times scale and fills up with zeros to a whole number of vectors.
HWY_INLINE void pack_row(const float* source, int64_t width, float scale, float* out) {
  const FloatTag d;
  const FloatVector factor = hn::Set(d, scale);
  int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) hn::StoreU(hn::Mul(hn::LoadU(d, source + i), factor), d, out + i);
  if (i == width) return;
  hn::StoreU(hn::Zero(d), d, out + i);
  for (; i < width; ++i) out[i] = source[i] * scale;
}

/// Packs `keys` rows, each padded to whole vectors.
HWY_INLINE void pack_rows(const float* source, int64_t stride, int64_t keys, int64_t width, float* out) {
  for (int64_t j = 0; j < keys; ++j) pack_row(source + j * stride, width, 1.0f, out + j * padded(width));
}

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void transpose_4x4(const float* source, int64_t stride, float* out) {
  for (int64_t i = 0; i < 4; ++i)
    for (int64_t j = 0; j < 4; ++j) out[i * kKeyBlock + j] = source[j * stride + i];
}
#else
HWY_INLINE void transpose_4x4(const float* source, int64_t stride, float* out) {
  const hn::CappedTag<float, 4> d;
  const hn::RebindToUnsigned<hn::RepartitionToWide<decltype(d)> > wide;
  const auto r0 = hn::LoadU(d, source), r1 = hn::LoadU(d, source + stride);
  const auto r2 = hn::LoadU(d, source + 2 * stride), r3 = hn::LoadU(d, source + 3 * stride);
  const auto low01 = hn::BitCast(wide, hn::InterleaveLower(d, r0, r1));
  const auto low23 = hn::BitCast(wide, hn::InterleaveLower(d, r2, r3));
  const auto high01 = hn::BitCast(wide, hn::InterleaveUpper(d, r0, r1));
  const auto high23 = hn::BitCast(wide, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, low01, low23)), d, out);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, low01, low23)), d, out + kKeyBlock);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, high01, high23)), d, out + 2 * kKeyBlock);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, high01, high23)), d, out + 3 * kKeyBlock);
}
#endif

/// Packs `keys` rows as [width, kKeyBlock], zeros beyond `keys`: scores become sums of row times vector of keys. Row j
/// is row_of(j); rows j … j + 3 of a multiple of 4 lie `stride` apart. before_keys(j) is called before these.
template <typename RowOf, typename BeforeKeys>
HWY_INLINE void pack_transposed_rows(const RowOf& row_of, int64_t stride, int64_t keys, int64_t width, float* out,
                                     const BeforeKeys& before_keys) {
  if (keys < kKeyBlock) std::memset(out, 0, width * kKeyBlock * sizeof(float));
  const int64_t whole_keys = keys / 4 * 4, whole_width = width / 4 * 4;
  for (int64_t j = 0; j < whole_keys; j += 4) {
    before_keys(j);
    const float* const rows = row_of(j);
    for (int64_t i = 0; i < whole_width; i += 4) transpose_4x4(rows + i, stride, out + i * kKeyBlock + j);
  }
  for (int64_t j = 0; j < keys; ++j) {
    const float* const row = row_of(j);
    for (int64_t i = j < whole_keys ? whole_width : 0; i < width; ++i) out[i * kKeyBlock + j] = row[i];
  }
}

template <typename BeforeKeys>
HWY_INLINE void pack_transposed(const float* source, int64_t stride, int64_t keys, int64_t width, float* out,
                                const BeforeKeys& before_keys) {
  pack_transposed_rows([&](int64_t j) { return source + j * stride; }, stride, keys, width, out, before_keys);
}

HWY_INLINE void pack_transposed(const float* source, int64_t stride, int64_t keys, int64_t width, float* out) {
  pack_transposed(source, stride, keys, width, out, [](int64_t) {});
}

/// Columns of a block, as vectors, that hold keys first … end - 1 (counted from the start of the block).
struct ColumnRange {
  int64_t first = 0, end = 0;                // columns
  int64_t first_vector = 0, end_vector = 0;  // the vectors that cover them

  bool empty() const { return first >= end; }
};

HWY_INLINE ColumnRange columns_of(KeyRange keys, int64_t block_start) {
  ColumnRange c;
  c.first = HWY_MAX(keys.first - block_start, int64_t{0});
  c.end = HWY_MIN(keys.end - block_start, kKeyBlock);
  if (c.empty()) return {};
  c.first_vector = c.first / kLanes;
  c.end_vector = (c.end + kLanes - 1) / kLanes;
  return c;
}

/// Lanes of the vector that starts at `column` whose keys lie in the range.
HWY_INLINE hn::Mask<FloatTag> lanes_inside(const ColumnRange& c, int64_t column) {
  const FloatTag d;
  const FloatVector index = hn::Iota(d, static_cast<float>(column));
  return hn::And(hn::Ge(index, hn::Set(d, static_cast<float>(c.first))),
                 hn::Lt(index, hn::Set(d, static_cast<float>(c.end))));
}

/// The smallest range that holds each of these.
HWY_INLINE KeyRange hull(const KeyRange* ranges, int64_t count) {
  KeyRange all = ranges[0];
  for (int64_t i = 1; i < count; ++i) all = {HWY_MIN(all.first, ranges[i].first), HWY_MAX(all.end, ranges[i].end)};
  return all;
}

}  // namespace attention
}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_AFTER_NAMESPACE();

#endif
