#include "ops/shapes.h"

#include <algorithm>

#include "kernels/elementwise.h"

namespace vitrine::ops {

Shape with_last(const Shape& shape, int64_t last) {
  std::array<int64_t, Shape::kMaxRank> extents{};
  std::copy(shape.extents().begin(), shape.extents().end(), extents.begin());
  extents[static_cast<size_t>(shape.rank() - 1)] = last;
  return Shape(std::span<const int64_t>(extents.data(), static_cast<size_t>(shape.rank())));
}

int64_t num_rows(const Shape& shape) {
  int64_t rows = 1;
  for (int axis = 0; axis + 1 < shape.rank(); ++axis) rows *= shape[axis];
  return rows;
}

void pass_gradient(autograd::ExecutionContext& context, const Tensor& dy, const autograd::GradientSlotPtr& slot) {
  if (slot == nullptr) return;
  if (!slot->has_value()) return slot->adopt(dy);
  const Tensor& sum = slot->value();
  kernels::axpy(context.kernels, 1.0f, dy.f32(), sum.f32(), dy.num_elements());
}

}  // namespace vitrine::ops
