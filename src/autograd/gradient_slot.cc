#include "autograd/gradient_slot.h"

#include <utility>

#include "base/error.h"

namespace vitrine::autograd {

GradientSlot::Target GradientSlot::target(const Shape& shape) {
  if (!tensor_.defined() || !(tensor_.shape() == shape)) {
    VITRINE_CHECK(!has_value_, "gradient slot written with two shapes");
    tensor_ = Tensor::empty(shape);
  }
  return {tensor_, std::exchange(has_value_, true)};
}

const Tensor& GradientSlot::value() const {
  VITRINE_CHECK(has_value_, "gradient read before it was written");
  return tensor_;
}

void GradientSlot::release() {
  tensor_ = Tensor();
  has_value_ = false;
}

void GradientSlot::adopt(Tensor gradient) {
  VITRINE_CHECK(!has_value_, "gradient adopted over one that was written");
  tensor_ = std::move(gradient);
  has_value_ = true;
}

}  // namespace vitrine::autograd
