// Normalisations over groups of the gain's length.
#pragma once

#include <cmath>

#include "support/f64_array.h"

namespace vitrine::reference {

using testing::F64Array;

inline F64Array rms_norm(const F64Array& x, const F64Array& gain, double eps) {
  F64Array y(x.shape);
  const int64_t width = gain.size();
  for (int64_t begin = 0; begin < x.size(); begin += width) {
    double squares = 0;
    for (int64_t i = 0; i < width; ++i) squares += x[begin + i] * x[begin + i];
    const double rms = std::sqrt(squares / static_cast<double>(width) + eps);
    for (int64_t i = 0; i < width; ++i) y[begin + i] = x[begin + i] / rms * gain[i];
  }
  return y;
}

inline F64Array layer_norm(const F64Array& x, const F64Array& gain, const F64Array* bias, double eps) {
  F64Array y(x.shape);
  const int64_t width = gain.size();
  for (int64_t begin = 0; begin < x.size(); begin += width) {
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < width; ++i) mean += x[begin + i] / static_cast<double>(width);
    for (int64_t i = 0; i < width; ++i) variance += std::pow(x[begin + i] - mean, 2) / static_cast<double>(width);
    for (int64_t i = 0; i < width; ++i)
      y[begin + i] = (x[begin + i] - mean) / std::sqrt(variance + eps) * gain[i] + (bias ? (*bias)[i] : 0);
  }
  return y;
}

}  // namespace vitrine::reference
