// Tile registers in memory, for tests of tile kernels on processors without AMX (cmake -DVITRINE_EMULATE_TILES=ON).
// Include behind immintrin.h: with that option it takes the place of the intrinsics. Source: Intel SDM, TDPBSSD, TDPBF16PS
// (here the two products of a pair are added one after the other; the hardware's rounding of a pair may differ).
#pragma once

#if defined(VITRINE_EMULATE_TILES)

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/dtype.h"
#include "kernels/cpu/amx_tiles.h"

namespace vitrine::kernels::cpu {

/// The calling thread's.
struct EmulatedTiles {
  TileConfig config;
  std::byte data[8][kAmxTileRows][64] = {};
};
EmulatedTiles& emulated_tiles();

namespace {

inline void zero_tile(int tile) { std::memset(emulated_tiles().data[tile], 0, sizeof(EmulatedTiles::data[tile])); }

inline void load_tile(int tile, const void* from, int64_t stride) {
  EmulatedTiles& tiles = emulated_tiles();
  zero_tile(tile);
  for (int row = 0; row < tiles.config.rows[tile]; ++row)
    std::memcpy(tiles.data[tile][row], static_cast<const std::byte*>(from) + row * stride, tiles.config.row_bytes[tile]);
}

inline void store_tile(int tile, void* to, int64_t stride) {
  const EmulatedTiles& tiles = emulated_tiles();
  for (int row = 0; row < tiles.config.rows[tile]; ++row)
    std::memcpy(static_cast<std::byte*>(to) + row * stride, tiles.data[tile][row], tiles.config.row_bytes[tile]);
}

/// sums += left · right, where `dot` adds the products of two words of four bytes.
template <typename Sum, typename Dot>
void multiply_tiles(int sums, int left, int right, const Dot& dot) {
  EmulatedTiles& tiles = emulated_tiles();
  const int words = tiles.config.row_bytes[left] / 4, columns = tiles.config.row_bytes[right] / 4;
  for (int row = 0; row < tiles.config.rows[left]; ++row)
    for (int column = 0; column < columns; ++column) {
      Sum sum;
      std::byte* const place = tiles.data[sums][row] + 4 * column;
      std::memcpy(&sum, place, sizeof sum);
      for (int k = 0; k < words; ++k) sum = dot(sum, tiles.data[left][row] + 4 * k, tiles.data[right][k] + 4 * column);
      std::memcpy(place, &sum, sizeof sum);
    }
}

inline void multiply_signed_bytes(int sums, int left, int right) {
  multiply_tiles<int32_t>(sums, left, right, [](int32_t sum, const std::byte* a, const std::byte* b) {
    for (int i = 0; i < 4; ++i) sum += static_cast<int8_t>(a[i]) * static_cast<int8_t>(b[i]);
    return sum;
  });
}

inline void multiply_halves(int sums, int left, int right) {
  multiply_tiles<float>(sums, left, right, [](float sum, const std::byte* a, const std::byte* b) {
    for (int i = 0; i < 2; ++i) {
      uint16_t x, y;
      std::memcpy(&x, a + 2 * i, 2);
      std::memcpy(&y, b + 2 * i, 2);
      sum += f32_from_bf16(x) * f32_from_bf16(y);
    }
    return sum;
  });
}

}  // namespace
}  // namespace vitrine::kernels::cpu

#undef _tile_zero
#undef _tile_loadd
#undef _tile_stored
#undef _tile_dpbssd
#undef _tile_dpbf16ps
#define _tile_zero ::vitrine::kernels::cpu::zero_tile
#define _tile_loadd ::vitrine::kernels::cpu::load_tile
#define _tile_stored ::vitrine::kernels::cpu::store_tile
#define _tile_dpbssd ::vitrine::kernels::cpu::multiply_signed_bytes
#define _tile_dpbf16ps ::vitrine::kernels::cpu::multiply_halves

#endif
