// The parts of quantized_gemm that are compiled once for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernel_context.h"
#include "kernels/cpu/panel_format.h"

namespace vitrine::kernels::cpu {

/// How kernels take x: rounded to bytes under scales, as it is, or rounded to bf16 (to nearest even).
enum class InputForm { kBytes, kFloats, kHalves };

/// Rows of x that are multiplied together, rounded to bytes: block after block, in each for every group of four columns
/// the four bytes of row after row. With two passes a row of x has two rows of bytes, one after the other, and is
/// scale * (256 * byte of the first + byte of the second). For panels of values: [num_blocks][kBlock][rows] f32, or
/// [num_blocks][kBlock / 2][rows][2] bf16.
struct RoundedRows {
  const int8_t* bytes = nullptr;         // [num_blocks][kGroups][rows][4]
  const float* scales = nullptr;         // [num_blocks][rows of x]
  const int32_t* offset_sums = nullptr;  // [num_blocks][parts][rows]: -code_offset * sum of the bytes of a part
  const float* value_sums = nullptr;     // [num_blocks][parts][rows of x]: of its rounded values, for minimums
  const std::byte* values = nullptr;     // in place of all of those
};

/// A panel times some rows over some blocks.
struct QuantizedPanelProduct {
  const uint8_t* codes = nullptr;  // of the panel's first block
  const uint8_t* scales = nullptr;
  const float* minimums = nullptr;  // of loose panels
  RoundedRows x;
  int64_t num_blocks = 0;
  float* sums = nullptr;  // [rows of x][kPanelRows]
  bool adds = false;      // to what is there
  /// What is read next, to be asked for on the way, so many bytes at each block. Null: nothing, or with packed panels
  /// what follows them.
  const uint8_t* next_codes = nullptr;
  int64_t next_bytes = 0;
  bool asks_second_level = false;  // of pairs of panels: see MemoryReads
};
using PanelKernel = void (*)(const QuantizedPanelProduct& product);
/// Two panels with the same rows over the same blocks, best far apart: memory answers two streams sooner than one.
using PanelPairKernel = void (*)(const QuantizedPanelProduct& first, const QuantizedPanelProduct& second);

/// A panel with codes of one byte and scales in f32, made for products with many rows.
struct LoosePanel {
  uint8_t* codes = nullptr;   // [num_blocks][kLooseBytes]; may be null for codes of 8 bits, which are loose as they lie
  float* scales = nullptr;    // [num_blocks][parts][kPanelRows]
  float* minimums = nullptr;  // likewise, where the format has them
};
using LoosenKernel = void (*)(const uint8_t* codes, const uint8_t* scales, int64_t num_blocks, const LoosePanel& panel);

/// Where the bytes of one row go, and its scales and sums.
struct RoundingTarget {
  int8_t* bytes = nullptr;
  int64_t block_stride = 0, group_stride = 0;  // bytes
  float* scales = nullptr;                     // [num_blocks]; of the second pass none
  int64_t scale_stride = 0;
  int32_t* half_sums = nullptr;  // [num_blocks][2]: of each 16 bytes
};
/// What rounding leaves of x is rounded to 256ths of the scale, to `rest`, where that is given; `target` then has a
/// 256th of the scale.
using RoundKernel = void (*)(const float* x, int64_t num_blocks, const RoundingTarget& target,
                             const RoundingTarget* rest);

/// Rows of bytes, `row_stride` bytes apart, as RoundedRows has them. So many rows are a multiple of kInterleavedRows.
using InterleaveKernel = void (*)(const int8_t* bytes, int64_t row_stride, int64_t rows, int64_t num_blocks,
                                  int8_t* to);
constexpr int kInterleavedRows = 8;

/// Lays a row of x out for panels of values, four bytes at every `rows` times four from `to` on.
using LayKernel = void (*)(const float* x, int64_t num_blocks, int64_t rows, std::byte* to);

/// Sums of neighbouring panels on their way out: c = sums + bias + residual.
struct PanelOutput {
  const float* sums = nullptr;  // of each panel [rows][kPanelRows]
  int64_t panel_stride = 0;     // floats
  int64_t rows = 0;
  int64_t columns = 0;  // of all panels
  float* c = nullptr;
  int64_t c_row_stride = 0;
  const float* bias = nullptr;
  const float* residual = nullptr;
  int64_t residual_row_stride = 0;
};
using FinishKernel = void (*)(const PanelOutput& output);

constexpr int kMaxTileRows = 8;
constexpr int kMaxPackedTileRows = 16;
constexpr int kMaxPasses = 2;  // of a row: x rounded, and what that leaves

/// Kernels for x in one pass or in two, by rows of bytes.
struct PassKernels {
  PanelKernel packed[kMaxPackedTileRows + 1] = {};           // on the panel as it lies: 1, 2, 4, 8, packed_tile_rows
  PanelPairKernel packed_pair[kMaxPackedTileRows + 1] = {};  // likewise, null where it is no faster
  /// On loose panels: [kMaxTileRows + 1], for values [packed_tile_rows + 1]; null where a set has none.
  const PanelKernel* loose = nullptr;
};

struct FormatKernels {
  InputForm input = InputForm::kBytes;
  PassKernels passes[kMaxPasses];  // values are taken in one
  LoosenKernel loosen = nullptr;   // null for panels of values, which are loose as they lie
  LayKernel lay = nullptr;         // for panels of values
};

struct QuantizedKernels {
  RoundKernel round = nullptr;
  InterleaveKernel interleave = nullptr;  // null where a row's bytes go to their places as soon
  FinishKernel finish = nullptr;
  int packed_tile_rows = 0;  // the most that the packed kernels take: 8 or 16
  FormatKernels formats[kNumPanelFormats];
};

extern const QuantizedKernels kQuantizedPortable;
#if defined(__x86_64__)
extern const QuantizedKernels kQuantizedAvx2;
extern const QuantizedKernels kQuantizedAvx512;  // with VNNI
extern const FormatKernels kHalvesAvx512;        // of bf16 with its dot product (AVX512_BF16)
#elif defined(__aarch64__)
extern const QuantizedKernels kQuantizedNeon;
extern const QuantizedKernels kQuantizedNeonDot;  // with the dot product of bytes (FEAT_DotProd)
#endif

/// The bodies for a kernel set on this processor.
const QuantizedKernels& quantized_kernels(KernelSet set);

}  // namespace vitrine::kernels::cpu
