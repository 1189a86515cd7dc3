// The parts of gemm that are compiled once for each kernel set: packing, the register-tiled product, the epilogue.
#pragma once

#include <cstdint>

#include "kernels/gemm.h"

namespace vitrine::kernels::cpu {

constexpr int kMaxPanels = 16;

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

/// Multiplies a panel of R rows by a panel of tile_columns columns; c = (add ? c : 0) + a·b.
/// `a_stride` is that of k (R for a packed panel), or of a's rows where k is contiguous; `b_row_stride` is tile_columns
/// for a packed panel.
using MicroKernel = void (*)(int64_t k_count, const float* a, int64_t a_stride, const float* b, int64_t b_row_stride,
                             float* c, int64_t c_row_stride, bool add);

struct GemmKernels {
  int tile_rows = 0;
  int tile_columns = 0;
  int64_t k_block = 0;                         // fixed for a kernel set: sums are taken block by block
  const MicroKernel* micro_kernels = nullptr;  // [tile_rows + 1], by number of rows; a's rows are contiguous
  const MicroKernel* micro_kernels_along_k = nullptr;  // the same where a is contiguous along k
  void (*pack)(const PackJob& job) = nullptr;
  /// Finishes `tile` [rows, tile_columns], which it uses as scratch.
  void (*finish_tile)(const TileOutput& output, float* tile) = nullptr;
};

constexpr int kMaxTileFloats = 16 * 64;

const GemmKernels& gemm_kernels(KernelSet set);

}  // namespace vitrine::kernels::cpu
