#include "kernels/cpu/half_tiles.h"

#if defined(__x86_64__) && defined(__linux__)

#include <hwy/base.h>
#include <immintrin.h>

#include "base/prefetch.h"
#include "kernels/cpu/emulated_tiles.h"

#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12 says so of its own undefined registers
#endif

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c,amx-tile,amx-bf16")

#include "kernels/cpu/bf16_pairs-inl.h"

namespace vitrine::kernels::cpu {
namespace {

constexpr int kRowBytes = 64;

/// Byte kByte of each lane.
template <int kByte>
__m512 values(__m512i codes) {
  if constexpr (kByte > 0) codes = _mm512_srli_epi32(codes, 8 * kByte);
  if constexpr (kByte < 3) codes = _mm512_and_si512(codes, _mm512_set1_epi32(255));
  return _mm512_cvtepi32_ps(codes);
}

/// A column of a panel of f16.
__m512 column(const uint8_t* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}

template <int kParts>
void halve_blocks(const PanelFormat& format, const uint8_t* all_codes, const LoosePanel& panel, int64_t num_blocks,
                  uint16_t* to, const uint8_t* next_codes) {
  const __m512 offset = _mm512_set1_ps(static_cast<float>(-format.code_offset));
  for (int64_t part = 0; part < num_blocks * kParts; ++part) {
    const __m512 scale = _mm512_loadu_ps(panel.scales + part * kPanelRows);
    const __m512 minimum =
        format.has_minimum ? _mm512_loadu_ps(panel.minimums + part * kPanelRows) : _mm512_mul_ps(scale, offset);
    const uint8_t* const codes = all_codes + part * (kLooseBytes / kParts);
    uint16_t* const tile = to + part * (kHalfTile / kParts);
    if (part % kParts == 0)
      for (const uint8_t* const end = next_codes + format.code_bytes(); next_codes < end; next_codes += 64)
        prefetch_line<CacheLevel::kSecond>(next_codes);
#pragma GCC unroll 8
    for (int group = 0; group < kGroups / kParts; ++group) {
      const __m512i four = _mm512_loadu_si512(codes + group * kGroupBytes);
      const __m512 a = _mm512_fmadd_ps(values<0>(four), scale, minimum), b = _mm512_fmadd_ps(values<1>(four), scale, minimum);
      const __m512 c = _mm512_fmadd_ps(values<2>(four), scale, minimum), d = _mm512_fmadd_ps(values<3>(four), scale, minimum);
      _mm512_storeu_si512(tile + (2 * group) * kBlock, pairs(a, b));
      _mm512_storeu_si512(tile + (2 * group + 1) * kBlock, pairs(c, d));
    }
  }
}

/// Sums in tiles 0 to 3 by row tile, then panel; 4 and 5 take x, 6 and 7 the panels. GCC's intrinsics want the numbers
/// written out.
template <int kRowTiles, int kPanels>
void multiply(const HalfTileProduct& p) {
  if (p.adds) {
    _tile_loadd(0, p.sums, kRowBytes);
    if constexpr (kPanels > 1) _tile_loadd(1, p.sums + p.sums_stride, kRowBytes);
    if constexpr (kRowTiles > 1) _tile_loadd(2, p.sums + kAmxTileRows * kPanelRows, kRowBytes);
    if constexpr (kRowTiles > 1 && kPanels > 1)
      _tile_loadd(3, p.sums + p.sums_stride + kAmxTileRows * kPanelRows, kRowBytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  const uint16_t *x = p.x, *panel = p.panels;
  for (int64_t block = 0; block < p.num_blocks; ++block, x += kHalfTile, panel += kHalfTile) {
    _tile_loadd(4, x, kRowBytes);
    _tile_loadd(6, panel, kRowBytes);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (kPanels > 1) {
      _tile_loadd(7, panel + p.panel_stride, kRowBytes);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (kRowTiles > 1) {
      _tile_loadd(5, x + p.x_stride, kRowBytes);
      _tile_dpbf16ps(2, 5, 6);
      if constexpr (kPanels > 1) _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, p.sums, kRowBytes);
  if constexpr (kPanels > 1) _tile_stored(1, p.sums + p.sums_stride, kRowBytes);
  if constexpr (kRowTiles > 1) _tile_stored(2, p.sums + kAmxTileRows * kPanelRows, kRowBytes);
  if constexpr (kRowTiles > 1 && kPanels > 1)
    _tile_stored(3, p.sums + p.sums_stride + kAmxTileRows * kPanelRows, kRowBytes);
}

}  // namespace

void halve_row(const float* x, int64_t num_blocks, uint16_t* to) {
  for (int64_t block = 0; block < num_blocks; ++block, x += kBlock, to += kHalfTile) {
    const auto halves = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + 16), _mm512_loadu_ps(x)));
    _mm512_storeu_si512(to, halves);
  }
}

void halve_panel(const PanelFormat& format, const uint8_t* codes, const LoosePanel& scales, int64_t num_blocks,
                 uint16_t* to, const uint8_t* next_codes) {
  return format.parts() == 1 ? halve_blocks<1>(format, codes, scales, num_blocks, to, next_codes)
                             : halve_blocks<2>(format, codes, scales, num_blocks, to, next_codes);
}

void halve_values(const PanelFormat& format, const uint8_t* codes, int64_t num_blocks, uint16_t* to,
                  const uint8_t* next_codes) {
  for (int64_t line = 0; line < num_blocks * kBlock / 2; ++line, codes += kRowBytes, to += kRowBytes / 2) {
    prefetch_line<CacheLevel::kSecond>(next_codes + line * kRowBytes);
    _mm512_storeu_si512(to, format.dtype == DType::kBF16 ? _mm512_loadu_si512(codes)
                                                         : pairs(column(codes), column(codes + kRowBytes / 2)));
  }
}

void multiply_half_tiles(int row_tiles, int panels, const HalfTileProduct& product) {
  if (row_tiles == 2) return panels == 2 ? multiply<2, 2>(product) : multiply<2, 1>(product);
  return panels == 2 ? multiply<1, 2>(product) : multiply<1, 1>(product);
}

void configure_half_tiles() {
  TileConfig config;
  for (int tile = 0; tile < 8; ++tile) {
    config.rows[tile] = kAmxTileRows;
    config.row_bytes[tile] = kRowBytes;
  }
  load_tile_config(config);
}

}  // namespace vitrine::kernels::cpu

HWY_POP_ATTRIBUTES

#else

namespace vitrine::kernels::cpu {

void halve_row(const float*, int64_t, uint16_t*) {}
void halve_panel(const PanelFormat&, const uint8_t*, const LoosePanel&, int64_t, uint16_t*, const uint8_t*) {}
void halve_values(const PanelFormat&, const uint8_t*, int64_t, uint16_t*, const uint8_t*) {}
void multiply_half_tiles(int, int, const HalfTileProduct&) {}
void configure_half_tiles() {}

}  // namespace vitrine::kernels::cpu

#endif
