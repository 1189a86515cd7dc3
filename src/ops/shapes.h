// Small steps that ops share: shapes with another last extent, and handing a gradient on.
#pragma once

#include "autograd/execution_context.h"
#include "autograd/gradient_slot.h"
#include "core/shape.h"

namespace vitrine::ops {

/// The same shape with another last extent.
Shape with_last(const Shape& shape, int64_t last);

/// Rows when every axis but the last is folded into one.
int64_t num_rows(const Shape& shape);

/// Adds dy to the slot, or hands it over without copying when it is the first; dy must not be used afterwards. A null
/// slot is left alone.
void pass_gradient(autograd::ExecutionContext& context, const Tensor& dy, const autograd::GradientSlotPtr& slot);

}  // namespace vitrine::ops
