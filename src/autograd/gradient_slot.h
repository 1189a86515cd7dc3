// Where the gradient of one value is collected.
#pragma once

#include <memory>

#include "core/tensor.h"

namespace vitrine::autograd {

/// Collects the gradient of one value during a backward pass. The first contribution is stored, later ones are added,
/// so nothing is cleared beforehand. Threads: one backward pass at a time.
class GradientSlot {
 public:
  /// A place to write to: `accumulate` says whether to add to what is there or to overwrite it.
  struct Target {
    Tensor tensor;
    bool accumulate;
  };
  /// Marks the gradient as written and returns where; allocates on first use.
  Target target(const Shape& shape);

  bool has_value() const { return has_value_; }
  /// The gradient. Errors: kInternal when nothing was written.
  const Tensor& value() const;
  /// Forgets the value but keeps its memory (parameters, at the start of a step).
  void clear() { has_value_ = false; }
  /// Forgets the value and its memory (activations, once used).
  void release();
  /// Takes over a finished gradient without copying. Only legal while nothing was written.
  void adopt(Tensor gradient);

 private:
  Tensor tensor_;
  bool has_value_ = false;
};

using GradientSlotPtr = std::shared_ptr<GradientSlot>;

/// A tensor on its way through a recorded computation. Without a slot it is a constant.
struct Variable {
  Tensor data;
  GradientSlotPtr gradient = nullptr;

  const Shape& shape() const { return data.shape(); }
  bool wants_gradient() const { return gradient != nullptr; }
};

/// A value whose gradient nobody asks for.
inline Variable constant(Tensor data) { return {std::move(data), nullptr}; }
/// A leaf whose gradient is collected.
inline Variable leaf(Tensor data) { return {std::move(data), std::make_shared<GradientSlot>()}; }

}  // namespace vitrine::autograd
