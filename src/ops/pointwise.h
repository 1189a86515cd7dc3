// Element-wise ops: activations on their own, sums, dropout, softmax.
#pragma once

#include "autograd/execution_context.h"
#include "autograd/gradient_slot.h"
#include "kernels/gemm.h"

namespace vitrine::ops {

using autograd::ExecutionContext;
using autograd::Variable;

/// y = f(x). Grad: x.
Variable activation(ExecutionContext& context, kernels::Activation function, const Variable& x);
/// y = silu(gate) * up. Grad: both.
Variable swiglu(ExecutionContext& context, const Variable& gate, const Variable& up);
/// y = a + b. Grad: both.
Variable add(ExecutionContext& context, const Variable& a, const Variable& b);
/// Zeroes elements with the given probability and scales the rest; the identity unless the context trains.
/// Grad: x.  Errors: kInvalidArgument outside [0, 1).
Variable dropout(ExecutionContext& context, const Variable& x, float probability);
/// Softmax over the last axis. Grad: x.
Variable softmax(ExecutionContext& context, const Variable& x);

}  // namespace vitrine::ops
