// Normalisation over the last axis, or over parts of it (heads).
#pragma once

#include "autograd/execution_context.h"
#include "autograd/parameter.h"

namespace vitrine::ops {

/// y = x / rms(x) * gain over groups of the gain's length: with gain [C] over rows, with gain [D] over each head of a
/// row [H*D] (QK-norm). Shapes: x [...,n*D], gain [D].  Grad: x, gain.  Source: arXiv:1910.07467.
autograd::Variable rms_norm(autograd::ExecutionContext& context, const autograd::Variable& x,
                            const autograd::Parameter& gain, float eps);

/// Shapes: x [...,C], gain [C], bias [C] or null.  Grad: all.  Source: arXiv:1607.06450.
autograd::Variable layer_norm(autograd::ExecutionContext& context, const autograd::Variable& x,
                              const autograd::Parameter& gain, const autograd::Parameter* bias, float eps);

}  // namespace vitrine::ops
