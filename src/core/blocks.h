// Elements that share scales in blocks, as GGUF files hold them: how each type is read and, for some, made.
// The bodies here are scalar and exact: what faster kernels are tested against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/dtype.h"

namespace vitrine {

/// One entry of the catalog. Adding a block type: its functions in core/blocks/, a line in core/blocks/catalog.cc, and
/// its sizes in core/dtype.cc. Plain f32, f16 and bf16 stand in it as blocks of one element.
struct BlockFormat {
  DType dtype;
  /// y[num_blocks * elements] = the values of the blocks, in f32 arithmetic without fused multiply-adds.
  void (*dequantize)(const std::byte* blocks, float* y, int64_t num_blocks);
  /// The blocks that come nearest to x, which is finite; null where the type is only read. `blocks` is 4-byte aligned.
  void (*quantize)(const float* x, std::byte* blocks, int64_t num_blocks);
  /// Where the f16 scales lie in a block; -1: none.
  int scale_offset = -1;
  int minimum_offset = -1;
};

std::span<const BlockFormat> block_formats();
/// The format of a type, or null (i32, u8).
const BlockFormat* find_block_format(DType dtype);
/// The type of that dtype_name().
std::optional<DType> dtype_from_name(std::string_view name);

/// Turns elements of any floating type into f32. `num_elements` fills whole blocks.
/// Errors: kUnsupported for i32 and u8; kInvalidArgument when sizes do not fit.
void dequantize(DType dtype, std::span<const std::byte> blocks, std::span<float> values);

/// Rounds f32 to a type. Errors: kInvalidArgument for a value that is not finite or too large for the type, naming its
/// index; kUnsupported for a type that is only read.
void quantize(DType dtype, std::span<const float> values, std::span<std::byte> blocks);

/// Index of the first value that is NaN or infinite, or -1.
int64_t find_non_finite(std::span<const float> values);
/// Index of the first block whose scale or minimum is NaN or infinite, or -1: cheaper than looking at every value. For
/// plain types the index of the first element that is.
int64_t find_non_finite_block(DType dtype, std::span<const std::byte> blocks);

}  // namespace vitrine
