// Tile registers (Intel AMX): who has them, and how they are set up.
#pragma once

#include <cstdint>

namespace vitrine::kernels::cpu {

constexpr int kAmxTileRows = 16;

/// Whether processor and kernel have tiles, with products of bytes or of bf16, and AVX-512 beside them.
bool has_amx_int8();
bool has_amx_bf16();

/// The memory that ldtilecfg reads. Source: Intel SDM, volume 1, section 18.3.
struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};
static_assert(sizeof(TileConfig) == 64);

/// Sets up the calling thread's tiles. To be released when it is done with them: tiles in use cost time when threads
/// change.
void load_tile_config(const TileConfig& config);
void release_tiles();

}  // namespace vitrine::kernels::cpu
