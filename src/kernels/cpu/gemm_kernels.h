// The parts of gemm that are compiled once for each kernel set: packing, the register-tiled product, the epilogue.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm.h"

namespace vitrine::kernels::cpu {

constexpr int kMaxPanels = 16;

/// What the elements of a packed b are; 16-bit ones are turned into f32 as they are loaded, which is exact.
enum class PanelElement { kF32, kF16, kBF16, kNumElements };
constexpr int64_t element_bytes(PanelElement element) { return element == PanelElement::kF32 ? 4 : 2; }
constexpr size_t kNumPanelElements = static_cast<size_t>(PanelElement::kNumElements);

/// Panels to pack: neighbouring strips of one dimension ("across") of a matrix, over a range of the summed dimension k.
/// A panel holds for each k the `width` values of its strip one after the other.
struct PackJob {
  const float* source = nullptr;  // at the first k and the first strip
  int64_t across_stride = 0;
  int64_t k_stride = 0;
  int64_t k_count = 0;
  int num_panels = 0;                 // at most kMaxPanels
  int64_t start[kMaxPanels] = {};     // of the strip, across
  int width[kMaxPanels] = {};         // values read
  int stored_width[kMaxPanels] = {};  // width with padding by zeros
  float* target[kMaxPanels] = {};
};

/// What becomes of a tile [rows, columns] of sums over one block of k.
struct TileOutput {
  const GemmArgs* args = nullptr;
  int64_t row = 0, column = 0;
  int rows = 0, columns = 0;
  const float* previous = nullptr;  // added to the tile when set
  int64_t previous_row_stride = 0;
  float* partial = nullptr;  // takes the sums when this is not the last block of k
  int64_t partial_row_stride = 0;
};

/// R rows of a matrix at the tile's columns.
struct RowsAhead {
  const float* data = nullptr;
  int64_t row_stride = 0;
};
constexpr int kMaxRowsAhead = 3;  // c, derivative_at, residual

/// A panel of R rows times a panel of tile_columns columns: c = (adds ? c : 0) + a·b.
struct PanelProduct {
  int64_t k_count = 0;
  const float* a = nullptr;
  int64_t a_stride = 0;          // of k (R for a packed panel), or of a's rows where k is contiguous
  const std::byte* b = nullptr;  // packed
  float* c = nullptr;
  int64_t c_row_stride = 0;
  bool adds = false;
  // What the processor is asked to fetch meanwhile: the rows that the tile meets at its end, and a stretch of the panel
  // of b that comes next.
  RowsAhead rows_ahead[kMaxRowsAhead];
  const std::byte* next_panel = nullptr;
  int64_t next_panel_bytes = 0;
};
using MicroKernel = void (*)(const PanelProduct& product);

struct GemmKernels {
  int tile_rows = 0;
  int tile_columns = 0;
  int64_t k_block = 0;  // fixed for a kernel set: sums are taken block by block
  // By the element of b, [tile_rows + 1], by number of rows: where a's rows are contiguous, and where a is along k.
  const MicroKernel* micro_kernels[kNumPanelElements] = {};
  const MicroKernel* micro_kernels_along_k[kNumPanelElements] = {};
  void (*pack)(const PackJob& job) = nullptr;
  /// Finishes `tile` [rows, tile_columns], which it uses as scratch.
  void (*finish_tile)(const TileOutput& output, float* tile) = nullptr;
};

constexpr int kMaxTileFloats = 16 * 64;

const GemmKernels& gemm_kernels(KernelSet set);

}  // namespace vitrine::kernels::cpu
