// Softmax of rows, and the summed cross-entropy of rows with targets.
#pragma once

#include <algorithm>
#include <cmath>

#include "support/f64_array.h"

namespace vitrine::reference {

using testing::F64Array;

inline F64Array softmax(const F64Array& x) {
  F64Array y(x.shape);
  const int64_t columns = x.columns();
  for (int64_t row = 0; row < x.rows(); ++row) {
    const double* const in = x.data.data() + row * columns;
    const double maximum = *std::max_element(in, in + columns);
    double sum = 0;
    for (int64_t i = 0; i < columns; ++i) sum += std::exp(in[i] - maximum);
    for (int64_t i = 0; i < columns; ++i) y[row * columns + i] = std::exp(in[i] - maximum) / sum;
  }
  return y;
}

/// Sum over rows with a target of -log softmax(logits)[target].
inline double cross_entropy_sum(const F64Array& logits, const F64Array& targets) {
  const F64Array p = softmax(logits);
  double loss = 0;
  for (int64_t row = 0; row < logits.rows(); ++row)
    if (targets[row] >= 0) loss -= std::log(p[row * logits.columns() + static_cast<int64_t>(targets[row])]);
  return loss;
}

}  // namespace vitrine::reference
