#include "bench/amx_loops.h"

#if defined(__x86_64__) && defined(__linux__)

#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine::bench {
namespace {

constexpr int kTiles = 8, kRows = 16, kRowBytes = 64;
constexpr int kSums = 6;  // a product takes 52 cycles and one begins every 16: four sums would do

/// The memory that ldtilecfg reads. Source: Intel SDM, volume 1, section 18.3.
struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};
static_assert(sizeof(TileConfig) == 64);

__attribute__((target("amx-tile"))) void begin_tiles() {
  TileConfig config;
  for (int tile = 0; tile < kTiles; ++tile) {
    config.row_bytes[tile] = kRowBytes;
    config.rows[tile] = kRows;
  }
  asm volatile("ldtilecfg %0" ::"m"(config));  // GCC's intrinsic tells of eight bytes only
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  _tile_zero(6);
  _tile_zero(7);
}

__attribute__((target("amx-tile,amx-bf16"))) double bf16_loop(int64_t iterations) {
  begin_tiles();
  for (int64_t i = 0; i < iterations; ++i) {
    _tile_dpbf16ps(0, 6, 7);
    _tile_dpbf16ps(1, 6, 7);
    _tile_dpbf16ps(2, 6, 7);
    _tile_dpbf16ps(3, 6, 7);
    _tile_dpbf16ps(4, 6, 7);
    _tile_dpbf16ps(5, 6, 7);
  }
  _tile_release();
  constexpr double kOperations = 2.0 * kRows * (kRowBytes / 4) * (kRowBytes / 2);
  return static_cast<double>(iterations) * kSums * kOperations;
}

__attribute__((target("amx-tile,amx-int8"))) double int8_loop(int64_t iterations) {
  begin_tiles();
  for (int64_t i = 0; i < iterations; ++i) {
    _tile_dpbusd(0, 6, 7);
    _tile_dpbusd(1, 6, 7);
    _tile_dpbusd(2, 6, 7);
    _tile_dpbusd(3, 6, 7);
    _tile_dpbusd(4, 6, 7);
    _tile_dpbusd(5, 6, 7);
  }
  _tile_release();
  constexpr double kOperations = 2.0 * kRows * (kRowBytes / 4) * kRowBytes;
  return static_cast<double>(iterations) * kSums * kOperations;
}

/// ARCH_REQ_XCOMP_PERM for the state component of the tile data. Source: Linux, Documentation/arch/x86/xstate.rst.
bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

AmxLoops amx_loops() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return {};
  const bool has_bf16 = d >> 22 & 1, has_tiles = d >> 24 & 1, has_int8 = d >> 25 & 1;
  if (!has_tiles || !may_use_tiles()) return {};
  return {.bf16 = has_bf16 ? &bf16_loop : nullptr, .int8 = has_int8 ? &int8_loop : nullptr};
}

}  // namespace vitrine::bench

#else

namespace vitrine::bench {

AmxLoops amx_loops() { return {}; }

}  // namespace vitrine::bench

#endif
