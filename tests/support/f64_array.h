// f64 arrays for references: shape and elements, nothing clever.
#pragma once

#include <functional>
#include <vector>

#include "core/shape.h"
#include "core/tensor.h"

namespace vitrine::testing {

struct F64Array {
  Shape shape;
  std::vector<double> data;

  F64Array() = default;
  explicit F64Array(const Shape& s) : shape(s), data(static_cast<size_t>(s.num_elements()), 0.0) {}
  explicit F64Array(const Tensor& tensor) : F64Array(tensor.shape()) {
    for (size_t i = 0; i < data.size(); ++i)
      data[i] = tensor.dtype() == DType::kI32 ? static_cast<double>(tensor.ints()[i])
                                              : static_cast<double>(tensor.floats()[i]);
  }
  double& operator[](int64_t i) { return data[static_cast<size_t>(i)]; }
  double operator[](int64_t i) const { return data[static_cast<size_t>(i)]; }
  int64_t size() const { return static_cast<int64_t>(data.size()); }
  int64_t columns() const { return shape.last(); }
  int64_t rows() const { return size() / columns(); }
};

using F64Arrays = std::vector<F64Array>;

}  // namespace vitrine::testing
