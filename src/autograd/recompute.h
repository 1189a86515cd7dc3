// Activation recomputation: keep a block's input, drop its insides, run it again when its gradient is wanted.
#pragma once

#include <functional>

#include "autograd/execution_context.h"
#include "autograd/gradient_slot.h"

namespace vitrine::autograd {

/// Runs `block` on x without saving its activations; the backward pass runs it a second time under a tape of its own.
/// Random streams are restored, so both runs drop the same elements. Source: Chen et al. 2016, arXiv:1604.06174.
Variable recompute(ExecutionContext& context, const Variable& x,
                   const std::function<Variable(ExecutionContext&, const Variable&)>& block);

}  // namespace vitrine::autograd
