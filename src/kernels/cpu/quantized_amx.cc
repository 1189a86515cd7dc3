// Products of many rows with loose panels on tiles (Intel AMX): the integers are those of the other bodies, and so are
// the f32 operations on them and their order.
#include "kernels/cpu/quantized_amx.h"

#if defined(__x86_64__) && defined(__linux__)

#include <hwy/base.h>
#include <immintrin.h>

#include "base/prefetch.h"
#include "kernels/cpu/amx_tiles.h"
#include "kernels/cpu/emulated_tiles.h"

#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12 says so of its own undefined registers
#endif

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,amx-tile,amx-int8")

namespace vitrine::kernels::cpu {
namespace {

constexpr int kRowBytes = 64;

constexpr int kSumTiles = 4, kLeft = 4, kRight = 5;

/// Sums of one part of a block: x [rows, part] times codes [part, 16]. GCC's intrinsics want the tiles' numbers written
/// out: 0 to 3 take the sums, 4 is x and 5 the codes.
#define VITRINE_MULTIPLY_PART(tile)    \
  do {                                 \
    _tile_zero(tile);                  \
    _tile_loadd(4, x, kBlock);         \
    _tile_loadd(5, codes, kRowBytes);  \
    _tile_dpbssd(tile, 4, 5);          \
    _tile_stored(tile, to, kRowBytes); \
  } while (false)

constexpr int kDots = kAmxTileRows * kPanelRows;

/// The dots of a row in one pass, or in both as one number.
template <int kPasses>
inline __attribute__((always_inline)) __m512 product_of(const int32_t* dots, int row) {
  const __m512i first = _mm512_load_si512(dots + kPasses * row * kPanelRows);
  if constexpr (kPasses == 1) return _mm512_cvtepi32_ps(first);
  const __m512i second = _mm512_load_si512(dots + (kPasses * row + 1) * kPanelRows);
  return _mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_slli_epi32(first, 8), second));
}

/// sums [rows][16] += one part's dots under its scales.
template <bool kHasMinimum, int kPasses, int kRows>
inline __attribute__((always_inline)) void add_part(const int32_t* dots, const float* scale, const float* x_scales,
                                                    const float* minimum, const float* value_sums,
                                                    __m512 (&sums)[kRows]) {
  const __m512 scales = _mm512_loadu_ps(scale);
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row)
    sums[row] = _mm512_fmadd_ps(product_of<kPasses>(dots, row), _mm512_mul_ps(scales, _mm512_set1_ps(x_scales[row])),
                                sums[row]);
  if constexpr (kHasMinimum) {
    const __m512 minimums = _mm512_loadu_ps(minimum);
#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row)
      sums[row] = _mm512_fmadd_ps(minimums, _mm512_set1_ps(value_sums[row]), sums[row]);
  }
}

/// A full tile of rows and a panel, part after part.
template <int kParts, bool kHasMinimum, int kPasses>
class TileProduct {
 public:
  explicit TileProduct(const QuantizedPanelProduct& product)
      : product_(product), scales_(reinterpret_cast<const float*>(product.scales)), next_(product.next_codes) {}

  void run() {
    const int64_t count = product_.num_blocks * kParts;
#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row)
      sums_[row] = product_.adds ? _mm512_loadu_ps(product_.sums + row * kPanelRows) : _mm512_setzero_ps();
    // The dots of the next four parts are under way while those of four are added, in turns: both take the same ports.
    int64_t index = 0;
    if (count >= kSumTiles) start_four(0);
    for (; index + 2 * kSumTiles <= count; index += kSumTiles) {
      start<0>(index + 4), add(index);
      start<1>(index + 5), add(index + 1);
      start<2>(index + 6), add(index + 2);
      start<3>(index + 7), add(index + 3);
    }
    if (count >= kSumTiles)
      for (const int64_t end = index + kSumTiles; index < end; ++index) add(index);
    for (; index < count; ++index) {
      start<0>(index);
      add(index);
    }
#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row) _mm512_storeu_ps(product_.sums + row * kPanelRows, sums_[row]);
  }

 private:
  static constexpr int kRows = kAmxTileRows / kPasses;  // of x

  void start_four(int64_t index) { start<0>(index), start<1>(index + 1), start<2>(index + 2), start<3>(index + 3); }

  /// Part `index`, counted over blocks: its dots into one of the tiles and to memory.
  template <int kTile>
  inline __attribute__((always_inline)) void start(int64_t index) {
    const int64_t block = index / kParts, part = index % kParts;
    const int8_t* const x = product_.x.bytes + block * kBlock * kAmxTileRows + part * (kBlock / kParts);
    const uint8_t* const codes = product_.codes + block * kLooseBytes + part * (kLooseBytes / kParts);
    int32_t* const to = dots(index);
    if constexpr (kTile == 0) VITRINE_MULTIPLY_PART(0);
    if constexpr (kTile == 1) VITRINE_MULTIPLY_PART(1);
    if constexpr (kTile == 2) VITRINE_MULTIPLY_PART(2);
    if constexpr (kTile == 3) VITRINE_MULTIPLY_PART(3);
  }
  inline __attribute__((always_inline)) void add(int64_t index) {
    if (index % kParts == 0)
      for (const uint8_t* const end = next_ + product_.next_bytes; next_ < end; next_ += 64)
        prefetch_line<CacheLevel::kSecond>(next_);
    add_part<kHasMinimum, kPasses>(dots(index), scales_ + index * kPanelRows, product_.x.scales + index / kParts * kRows,
                                   product_.minimums + index * kPanelRows, product_.x.value_sums + index * kRows, sums_);
  }
  int32_t* dots(int64_t index) { return dots_ + index % (2 * kSumTiles) * kDots; }

  const QuantizedPanelProduct& product_;
  const float* const scales_;
  const uint8_t* next_;
  __m512 sums_[kRows];
  alignas(64) int32_t dots_[2 * kSumTiles * kDots];
};

template <int kParts, bool kHasMinimum, int kPasses>
void multiply_tile(const QuantizedPanelProduct& product) {
  TileProduct<kParts, kHasMinimum, kPasses>(product).run();
}

template <int kPasses>
PanelKernel tile_kernel(const PanelFormat& format) {
  if (format.parts() == 1) return format.has_minimum ? &multiply_tile<1, true, kPasses> : &multiply_tile<1, false, kPasses>;
  return format.has_minimum ? &multiply_tile<2, true, kPasses> : &multiply_tile<2, false, kPasses>;
}

}  // namespace

PanelKernel amx_kernel(const PanelFormat& format, int passes) {
  if (!has_amx_int8()) return nullptr;
  return passes == 1 ? tile_kernel<1>(format) : tile_kernel<2>(format);
}

void configure_tiles(const PanelFormat& format) {
  TileConfig config;
  for (int tile = 0; tile <= kLeft; ++tile) {
    config.rows[tile] = kAmxTileRows;
    config.row_bytes[tile] = tile == kLeft ? static_cast<uint16_t>(format.part_elements) : kRowBytes;
  }
  config.rows[kRight] = static_cast<uint8_t>(format.part_elements / 4);
  config.row_bytes[kRight] = kRowBytes;
  load_tile_config(config);
}

/// codes - offset as signed bytes, which needs no correction afterwards.
void subtract_offset(uint8_t* codes, int64_t count, int offset) {
  const __m512i offsets = _mm512_set1_epi8(static_cast<char>(offset));
  for (int64_t i = 0; i < count; i += 64)
    _mm512_storeu_si512(codes + i, _mm512_sub_epi8(_mm512_loadu_si512(codes + i), offsets));
}

}  // namespace vitrine::kernels::cpu

HWY_POP_ATTRIBUTES

#else

namespace vitrine::kernels::cpu {

PanelKernel amx_kernel(const PanelFormat&, int) { return nullptr; }
void configure_tiles(const PanelFormat&) {}
void subtract_offset(uint8_t*, int64_t, int) {}

}  // namespace vitrine::kernels::cpu

#endif
