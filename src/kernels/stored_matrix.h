// A weight matrix in the element type of the file that it came from, and its values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/dtype.h"

namespace vitrine::kernels {

/// A borrowed matrix [n,k] whose rows are whole blocks of `dtype`.
struct StoredMatrix {
  DType dtype = DType::kF32;
  int64_t n = 0, k = 0;
  const std::byte* data = nullptr;
  const int32_t* row_order = nullptr;  ///< row i lies at row_order[i]; null: where it stands

  int64_t row_bytes() const { return k / dtype_block_elements(dtype) * dtype_block_bytes(dtype); }
  const std::byte* row(int64_t i) const { return data + (row_order ? row_order[i] : i) * row_bytes(); }
};

/// Writes rows [first_row, last_row) as f32, from column `first_column` to `last_column`, both on whole blocks.
/// The values are those of core/blocks.h, bit by bit. Shapes: values [last_row - first_row, row_stride].
void dequantize_part(const StoredMatrix& matrix, int64_t first_row, int64_t last_row, int64_t first_column,
                     int64_t last_column, float* values, int64_t row_stride);

}  // namespace vitrine::kernels
