// Token and position embeddings.
#pragma once

#include "autograd/execution_context.h"
#include "autograd/parameter.h"

namespace vitrine::ops {

/// y = table[ids], plus position_table[positions] where there is one (learned positions).
/// Shapes: ids, positions [B,T] i32, tables [V,C] -> [B,T,C].  Grad: tables.
/// Errors: kInvalidArgument for an id or position outside its table.
autograd::Variable embedding(autograd::ExecutionContext& context, const Tensor& ids, const autograd::Parameter& table,
                             const Tensor& positions = {}, const autograd::Parameter* position_table = nullptr);

}  // namespace vitrine::ops
