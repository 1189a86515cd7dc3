// Products of many rows with loose panels in bf16 on tile registers (Intel AMX).
#pragma once

#include "kernels/cpu/amx_tiles.h"
#include "kernels/cpu/quantized_kernels.h"

namespace vitrine::kernels::cpu {

/// A tile: 16 rows of x by 32 columns, or 32 columns by the 16 rows of a panel, in pairs of columns. Its elements.
constexpr int64_t kHalfTile = kAmxTileRows * kBlock;
constexpr int kTileRowsAtOnce = 2, kTilePanelsAtOnce = 2;

/// One row of x as bf16 (to nearest even) into its row of tiles, which lie one behind the other.
void halve_row(const float* x, int64_t num_blocks, uint16_t* to);

/// Values of f16 or bf16 of a panel as bf16 tiles, block after block. `next_codes` as below.
void halve_values(const PanelFormat& format, const uint8_t* codes, int64_t num_blocks, uint16_t* to,
                  const uint8_t* next_codes);

/// Values of loose codes under a loose panel's scales as bf16 tiles, block after block. Offsets are powers of two, so that nothing is lost by
/// adding -offset * scale in place of a minimum.
/// Asks for as many bytes of packed codes at `next_codes` meanwhile.
void halve_panel(const PanelFormat& format, const uint8_t* codes, const LoosePanel& scales, int64_t num_blocks,
                 uint16_t* to, const uint8_t* next_codes);

/// sums (+)= x · panels for up to two tiles of rows and two panels. Each sum is taken in f32 in the order of k, two
/// columns at a time, whatever else is multiplied.
struct HalfTileProduct {
  const uint16_t* x = nullptr;       // of each tile of rows [num_blocks] tiles
  int64_t x_stride = 0;              // elements to the next tile of rows
  const uint16_t* panels = nullptr;  // of each panel [num_blocks] tiles
  int64_t panel_stride = 0;
  int64_t num_blocks = 0;
  float* sums = nullptr;  // of each panel [rows][kPanelRows]
  int64_t sums_stride = 0;
  bool adds = false;  // to what is there
};
void multiply_half_tiles(int row_tiles, int panels, const HalfTileProduct& product);

/// To be called by a thread before such products; release_tiles() afterwards.
void configure_half_tiles();

}  // namespace vitrine::kernels::cpu
