// Rows of a table by index, and the sum of gradients back into it.
#pragma once

#include <cstdint>

#include "core/kernel_context.h"
#include "kernels/stored_matrix.h"

namespace vitrine::kernels {

class QuantizedMatrix;

struct EmbeddingArgs {
  const int32_t* ids = nullptr;  // [num_ids], each within [0, num_rows)
  int64_t num_ids = 0;
  int64_t num_rows = 0;  // of the table
  int64_t columns = 0;
};

/// y[i] = (or +=) table[ids[i]]. Errors: kInvalidArgument for an id outside the table.
void embedding_forward(const KernelContext& context, const EmbeddingArgs& args, const float* table, float* y,
                       bool accumulate);
/// The same from a table in the form of its file.
void embedding_forward(const KernelContext& context, const EmbeddingArgs& args, const StoredMatrix& table, float* y,
                       bool accumulate);
/// The same bits from a table that was laid into panels: reading its file once more would bring that into memory.
void embedding_forward(const KernelContext& context, const EmbeddingArgs& args, const QuantizedMatrix& table, float* y,
                       bool accumulate);
/// table_gradient[ids[i]] += dy[i], in order of i for every row, whatever the threads.
void embedding_backward(const KernelContext& context, const EmbeddingArgs& args, const float* dy,
                        float* table_gradient);

}  // namespace vitrine::kernels
