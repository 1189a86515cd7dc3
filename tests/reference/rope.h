// Rotary positions: pairs (i, i + D/2) of each head.
#pragma once

#include <cmath>

#include "support/f64_array.h"

namespace vitrine::reference {

using testing::F64Array;

inline F64Array rope(const F64Array& x, const F64Array& positions, int64_t head_width, double theta) {
  F64Array y(x.shape);
  const int64_t columns = x.columns(), half = head_width / 2;
  for (int64_t row = 0; row < x.rows(); ++row)
    for (int64_t head = 0; head < columns; head += head_width)
      for (int64_t i = 0; i < half; ++i) {
        const double angle =
            positions[row] * std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_width));
        const int64_t a = row * columns + head + i, b = a + half;
        y[a] = x[a] * std::cos(angle) - x[b] * std::sin(angle);
        y[b] = x[b] * std::cos(angle) + x[a] * std::sin(angle);
      }
  return y;
}

}  // namespace vitrine::reference
