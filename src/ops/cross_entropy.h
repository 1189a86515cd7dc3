// The language-model head and its loss in one, a chunk of rows at a time.
#pragma once

#include "autograd/execution_context.h"
#include "autograd/parameter.h"

namespace vitrine::ops {

struct CrossEntropyResult {
  double loss_sum = 0;      ///< natural logarithm, over all targets
  int64_t num_targets = 0;  ///< rows whose target is not -1
  Tensor losses;            ///< [rows] f32, 0 where there is no target
};

/// Loss of logits x·headᵀ against targets, without ever holding [rows,V]. This op ends a recorded computation: while it
/// records, it leaves d(gradient_scale * loss_sum) in x's slot and the head's, and Tape::run_backward goes on from
/// there. Shapes: x [...,C], head [V,C], targets [rows] i32 (-1: none).  Grad: x, head. Errors: kInvalidArgument for a
/// target outside the vocabulary.
CrossEntropyResult linear_cross_entropy(autograd::ExecutionContext& context, const autograd::Variable& x,
                                        const autograd::Parameter& head, const Tensor& targets, float gradient_scale);

}  // namespace vitrine::ops
