// Products of many rows with loose panels on tiles (Intel AMX): the integers are those of the other bodies, and so are
// the f32 operations on them and their order.
#include "kernels/cpu/quantized_amx.h"

#if defined(__x86_64__) && defined(__linux__)

#include <cpuid.h>
#include <hwy/base.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12 says so of its own undefined registers
#endif

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,amx-tile,amx-int8")

namespace vitrine::kernels::cpu {
namespace {

constexpr int kRowBytes = 64;

/// The memory that ldtilecfg reads. Source: Intel SDM, volume 1, section 18.3.
struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};
static_assert(sizeof(TileConfig) == 64);

constexpr int kSumTiles = 4, kLeft = 4, kRight = 5;  // sums take turns, so that one is read while others are made

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

/// sums [rows][16] += one part's dots under its scales.
template <bool kHasMinimum, int kRows>
inline __attribute__((always_inline)) void add_part(const int32_t* dots, const float* scale, const float* x_scales,
                                                    const float* minimum, const float* value_sums,
                                                    __m512 (&sums)[kRows]) {
  const __m512 scales = _mm512_loadu_ps(scale);
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row)
    sums[row] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_load_si512(dots + row * kPanelRows)),
                                _mm512_mul_ps(scales, _mm512_set1_ps(x_scales[row])), sums[row]);
  if constexpr (kHasMinimum) {
    const __m512 minimums = _mm512_loadu_ps(minimum);
#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row)
      sums[row] = _mm512_fmadd_ps(minimums, _mm512_set1_ps(value_sums[row]), sums[row]);
  }
}

/// Part `index` of the panel, counted over blocks: its sums into one of the tiles.
template <int kParts>
inline void start_part(const QuantizedPanelProduct& product, int64_t index, int32_t* dots) {
  const int64_t block = index / kParts, part = index % kParts;
  const int8_t* const x = product.x.bytes + block * kBlock * kAmxTileRows + part * (kBlock / kParts);
  const uint8_t* const codes = product.codes + block * kLooseBytes + part * (kLooseBytes / kParts);
  int32_t* const to = dots + index % kSumTiles * kDots;
  switch (index % kSumTiles) {
    case 0:
      VITRINE_MULTIPLY_PART(0);
      break;
    case 1:
      VITRINE_MULTIPLY_PART(1);
      break;
    case 2:
      VITRINE_MULTIPLY_PART(2);
      break;
    default:
      VITRINE_MULTIPLY_PART(3);
  }
}

/// A full tile of rows; the dots of the next parts are under way while those of one are added.
template <int kParts, bool kHasMinimum>
void multiply_tile(const QuantizedPanelProduct& product) {
  constexpr int kRows = kAmxTileRows;
  constexpr int64_t kAhead = kSumTiles - 1;
  __m512 sums[kRows];
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row)
    sums[row] = product.adds ? _mm512_loadu_ps(product.sums + row * kPanelRows) : _mm512_setzero_ps();
  alignas(64) int32_t dots[kSumTiles * kDots];
  const auto* const scales = reinterpret_cast<const float*>(product.scales);
  const int64_t count = product.num_blocks * kParts;
  for (int64_t index = 0; index < std::min(kAhead, count); ++index) start_part<kParts>(product, index, dots);
  for (int64_t index = 0; index < count; ++index) {
    if (index + kAhead < count) start_part<kParts>(product, index + kAhead, dots);
    add_part<kHasMinimum>(dots + index % kSumTiles * kDots, scales + index * kPanelRows,
                          product.x.scales + index / kParts * kRows, product.minimums + index * kPanelRows,
                          product.x.value_sums + index * kRows, sums);
  }
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row) _mm512_storeu_ps(product.sums + row * kPanelRows, sums[row]);
}

/// ARCH_REQ_XCOMP_PERM for the state component of the tile data. Source: Linux, Documentation/arch/x86/xstate.rst.
bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

bool has_tiles() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  const bool has = (d >> 24 & 1) && (d >> 25 & 1);
  return has && __builtin_cpu_supports("avx512bw") && may_use_tiles();
}

}  // namespace

PanelKernel amx_kernel(const PanelFormat& format) {
  static const bool has = has_tiles();
  if (!has) return nullptr;
  if (format.parts() == 1) return format.has_minimum ? &multiply_tile<1, true> : &multiply_tile<1, false>;
  return format.has_minimum ? &multiply_tile<2, true> : &multiply_tile<2, false>;
}

void configure_tiles(const PanelFormat& format) {
  TileConfig config;
  for (int tile = 0; tile <= kLeft; ++tile) {
    config.rows[tile] = kAmxTileRows;
    config.row_bytes[tile] = tile == kLeft ? static_cast<uint16_t>(format.part_elements) : kRowBytes;
  }
  config.rows[kRight] = static_cast<uint8_t>(format.part_elements / 4);
  config.row_bytes[kRight] = kRowBytes;
  asm volatile("ldtilecfg %0" ::"m"(config));  // GCC's intrinsic tells of eight bytes only
}

void release_tiles() { _tile_release(); }

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

PanelKernel amx_kernel(const PanelFormat&) { return nullptr; }
void configure_tiles(const PanelFormat&) {}
void release_tiles() {}
void subtract_offset(uint8_t*, int64_t, int) {}

}  // namespace vitrine::kernels::cpu

#endif
