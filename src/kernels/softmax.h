// Softmax over rows, and cross-entropy with its gradient.
#pragma once

#include "kernels/rows.h"

namespace vitrine::kernels {

/// y = softmax(x) per row; y may alias x. A row of one repeated value gives equal shares.
void softmax_forward(const KernelContext& context, const RowCounts& counts, ConstRows x, Rows y);
/// dx (+)= y * (dy - sum(dy y)).
void softmax_backward(const KernelContext& context, const RowCounts& counts, ConstRows y, ConstRows y_gradient,
                      Rows x_gradient, bool accumulate);

/// Cross-entropy of rows of logits with one target each; a target of -1 has no loss and no gradient.
struct CrossEntropyArgs {
  RowCounts counts;                       // inner = 1; columns = vocabulary
  Rows logits;                            // replaced by the gradient when gradient_scale is not null
  const int32_t* targets = nullptr;       // [rows], -1 or a column
  float* losses = nullptr;                // [rows], natural logarithm; 0 where the target is -1
  const float* gradient_scale = nullptr;  // [1] factor of d loss / d logits; null: logits are left as they are
};
/// Errors: kInvalidArgument for a target outside the columns.
void cross_entropy(const KernelContext& context, const CrossEntropyArgs& args);

}  // namespace vitrine::kernels
