// The scales under which rounded values come nearest to given ones, by weighted least squares.
#pragma once

#include <cmath>
#include <cstdint>

namespace vitrine::blocks {

/// Below this the values of a block count as zero: f16 scales end at 6e-8.
constexpr float kNegligible = 1e-15f;

/// round(x), within [lowest, highest].
inline int rounded_within(float x, int lowest, int highest) {
  if (!(x > static_cast<float>(lowest))) return lowest;
  return x < static_cast<float>(highest) ? static_cast<int>(std::lrint(x)) : highest;
}

/// Returns the scale s for which s * q, q = round(x / s) in [lowest, highest] with lowest < 0, has the smallest sum of
/// weight * (x - s q)². The value of the largest magnitude falls near `lowest`, so s may be negative; 0 when all x are
/// negligible. `weights` may be null: all 1. Shapes: x, weights [count].
float fit_scale(const float* x, const float* weights, int count, int lowest, int highest);

/// value = scale * q - minimum
struct ScaleAndMinimum {
  float scale = 0;
  float minimum = 0;
};

/// Likewise for q in [0, highest] and a free minimum; with `minimum_is_positive` no minimum below 0 is given.
ScaleAndMinimum fit_scale_and_minimum(const float* x, const float* weights, int count, int highest,
                                      bool minimum_is_positive);

}  // namespace vitrine::blocks
