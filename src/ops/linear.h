// Linear maps, alone and behind an activation.
#pragma once

#include <span>
#include <vector>

#include "autograd/execution_context.h"
#include "autograd/parameter.h"

namespace vitrine::ops {

using autograd::ExecutionContext;
using autograd::Parameter;
using autograd::Variable;
using kernels::Activation;

/// y = x·Wᵀ + bias + residual. `bias` and `residual` may be null.
/// Shapes: x [...,K], weight [N,K], bias [N], residual [...,N] -> [...,N].  Grad: all.
/// Errors: kInvalidArgument when the shapes do not fit.
Variable linear(ExecutionContext& context, const Variable& x, const Parameter& weight, const Parameter* bias = nullptr,
                const Variable* residual = nullptr);

/// One of several linear maps of the same input; the bias may be null.
struct LinearWeights {
  const Parameter* weight = nullptr;
  const Parameter* bias = nullptr;
};

/// linear() of x with each. Where nothing is recorded they are one operation, which weights in blocks gain by: x is
/// rounded once, and the threads start once.
std::vector<Variable> linear_each(ExecutionContext& context, const Variable& x, std::span<const LinearWeights> maps);

/// linear(activation(x)): the activated values are not kept but computed again in the backward pass.
Variable activated_linear(ExecutionContext& context, const Variable& x, Activation activation, const Parameter& weight,
                          const Parameter* bias = nullptr, const Variable* residual = nullptr);

/// linear(silu(gate) * up), likewise. Shapes: gate, up [...,K]. Source: Shazeer 2020, arXiv:2002.05202.
Variable swiglu_linear(ExecutionContext& context, const Variable& gate, const Variable& up, const Parameter& weight,
                       const Parameter* bias = nullptr, const Variable* residual = nullptr);

}  // namespace vitrine::ops
