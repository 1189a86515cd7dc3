// How each block type lies in the panels of a QuantizedMatrix.
//
// A panel is 16 rows of the weight. Its codes come block of 32 columns after block; within a block the unsigned code of
// row r at column 4 g + i is byte 4 r + i of group g. Codes of 8 bits are eight groups of 64 bytes; fewer bits lie in
// planes that are read with shifts and masks alone. Scales lie in a second array, super-block after super-block.
// Values of 16 bits have no scales. Those of bf16 lie in pairs of columns: value i of row r at columns 2 p + i is number
// 2 r + i of 64 bytes; those of f16 column after column, the 16 rows of each together.
#pragma once

#include <cstdint>
#include <span>

#include "core/dtype.h"

namespace vitrine::kernels::cpu {

constexpr int kPanelRows = 16;
constexpr int kBlock = 32;                       // columns under one scale of x
constexpr int kGroups = kBlock / 4;              // of four columns: what one dot-product instruction takes
constexpr int kGroupBytes = 4 * kPanelRows;      // codes of a group, one byte each
constexpr int kLooseBytes = kGroups * kGroupBytes;  // codes of a block, one byte each

/// The second level of scales, which the K types have.
enum class SmallScales {
  kNone,
  kSigned,   ///< one signed byte a part
  kPairs,    ///< scales, then minimums: one unsigned byte each a part
  kNibbles,  ///< scale in the low, minimum in the high half of a byte
};

/// value = scale * (code - code_offset) + minimum, for the parts of a block; codes of 16 bits are values.
struct PanelFormat {
  DType dtype;
  int code_bits;      // 16; 8; 6 = 4 + 2; 5 = 4 + 1; 4; 3 = 2 + 1; 2: the planes, low bits first
  int part_elements;  // that share a scale: 32 or 16
  int super_blocks;   // blocks of 32 in one block of the file
  int code_offset;
  bool has_minimum;
  SmallScales small_scales;

  constexpr int parts() const { return kBlock / part_elements; }
  constexpr int code_bytes() const { return kGroupBytes * code_bits; }  // of a block
  constexpr int super_parts() const { return parts() * super_blocks; }
  constexpr bool holds_values() const { return code_bits == 16; }
  /// f16 scales, f16 minimums (for the K types their factors, negated), small scales: of a super-block.
  constexpr int scale_bytes() const {
    if (holds_values()) return 0;
    const int halves = 2 * kPanelRows * (has_minimum ? 2 : 1), bytes = kPanelRows * super_parts();
    switch (small_scales) {
      case SmallScales::kNone:
        return halves;
      case SmallScales::kPairs:
        return halves + 2 * bytes;
      default:
        return halves + bytes;
    }
  }
};

inline constexpr PanelFormat kPanelFormats[] = {
    {DType::kQ8_0, 8, 32, 1, 128, false, SmallScales::kNone},   {DType::kQ4_0, 4, 32, 1, 8, false, SmallScales::kNone},
    {DType::kQ4_1, 4, 32, 1, 0, true, SmallScales::kNone},      {DType::kQ5_0, 5, 32, 1, 16, false, SmallScales::kNone},
    {DType::kQ5_1, 5, 32, 1, 0, true, SmallScales::kNone},      {DType::kQ2_K, 2, 16, 8, 0, true, SmallScales::kNibbles},
    {DType::kQ3_K, 3, 16, 8, 4, false, SmallScales::kSigned},   {DType::kQ4_K, 4, 32, 8, 0, true, SmallScales::kPairs},
    {DType::kQ5_K, 5, 32, 8, 0, true, SmallScales::kPairs},     {DType::kQ6_K, 6, 16, 8, 32, false, SmallScales::kSigned},
    {DType::kF16, 16, 32, 1, 0, false, SmallScales::kNone},     {DType::kBF16, 16, 32, 1, 0, false, SmallScales::kNone},
};
inline constexpr int kNumPanelFormats = static_cast<int>(std::size(kPanelFormats));

/// Index of a type's format, or -1.
constexpr int panel_format_index(DType dtype) {
  for (int i = 0; i < kNumPanelFormats; ++i)
    if (kPanelFormats[i].dtype == dtype) return i;
  return -1;
}

}  // namespace vitrine::kernels::cpu
