// y = x·Wᵀ + bias, and activations.
#pragma once

#include <cmath>
#include <numbers>

#include "kernels/gemm.h"
#include "support/f64_array.h"

namespace vitrine::reference {

using testing::F64Array;

inline F64Array linear(const F64Array& x, const F64Array& weight, const F64Array* bias) {
  const int64_t rows = x.rows(), k = x.columns(), n = weight.rows();
  F64Array y(Shape{rows, n});
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = bias ? (*bias)[j] : 0;
      for (int64_t l = 0; l < k; ++l) sum += x[i * k + l] * weight[j * k + l];
      y[i * n + j] = sum;
    }
  return y;
}

inline double activation(kernels::Activation function, double x) {
  switch (function) {
    case kernels::Activation::kNone:
      return x;
    case kernels::Activation::kGelu:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case kernels::Activation::kGeluErf:
      return 0.5 * x * std::erfc(-x / std::numbers::sqrt2);
    case kernels::Activation::kRelu2:
      return x > 0 ? x * x : 0;
    case kernels::Activation::kSilu:
      return x / (1 + std::exp(-x));
  }
  return x;
}

inline F64Array activation(kernels::Activation function, F64Array x) {
  for (double& value : x.data) value = activation(function, value);
  return x;
}

inline F64Array swiglu(const F64Array& gate, const F64Array& up) {
  F64Array y = activation(kernels::Activation::kSilu, gate);
  for (int64_t i = 0; i < y.size(); ++i) y[i] *= up[i];
  return y;
}

}  // namespace vitrine::reference
