#include "kernels/stored_matrix.h"

#include "base/error.h"
#include "core/blocks.h"

namespace vitrine::kernels {

void dequantize_part(const StoredMatrix& matrix, int64_t first_row, int64_t last_row, int64_t first_column,
                     int64_t last_column, float* values, int64_t row_stride) {
  const BlockFormat* const format = find_block_format(matrix.dtype);
  const int64_t block = dtype_block_elements(matrix.dtype);
  VITRINE_CHECK(format != nullptr, "stored matrix: its elements are no real numbers");
  VITRINE_CHECK(first_column % block == 0 && last_column % block == 0, "stored matrix: a part of a block");
  const int64_t first_byte = first_column / block * dtype_block_bytes(matrix.dtype);
  for (int64_t row = first_row; row < last_row; ++row, values += row_stride)
    format->dequantize(matrix.row(row) + first_byte, values, (last_column - first_column) / block);
}

}  // namespace vitrine::kernels
