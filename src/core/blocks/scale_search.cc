#include "core/blocks/scale_search.h"

#include <algorithm>

namespace vitrine::blocks {
namespace {

constexpr int kMaxLineRefits = 4;

/// The best scale for given whole numbers, and the weighted error that it leaves.
struct Fit {
  ScaleAndMinimum value;
  double error = HUGE_VAL;
};

double weight_at(const float* weights, int i) { return weights ? static_cast<double>(weights[i]) : 1.0; }

double weighted_error(const float* x, const float* weights, int count, int highest, ScaleAndMinimum fit) {
  double error = 0;
  const float inverse = fit.scale > 0 ? 1 / fit.scale : 0;
  for (int i = 0; i < count; ++i) {
    const int q = rounded_within((x[i] + fit.minimum) * inverse, 0, highest);
    const double difference = static_cast<double>(x[i]) - (static_cast<double>(fit.scale) * q - fit.minimum);
    error += weight_at(weights, i) * difference * difference;
  }
  return error;
}

/// Least squares for q = round((x + minimum) * inverse): the line through the points (q, x).
ScaleAndMinimum fit_line(const float* x, const float* weights, int count, int highest, float minimum, float inverse,
                         bool minimum_is_positive) {
  double sum_w = 0, sum_q = 0, sum_qq = 0, sum_x = 0, sum_xq = 0;
  for (int i = 0; i < count; ++i) {
    const double w = weight_at(weights, i), q = rounded_within((x[i] + minimum) * inverse, 0, highest);
    sum_w += w;
    sum_q += w * q;
    sum_qq += w * q * q;
    sum_x += w * static_cast<double>(x[i]);
    sum_xq += w * q * static_cast<double>(x[i]);
  }
  const double determinant = sum_w * sum_qq - sum_q * sum_q;
  double scale = 0, offset = sum_w > 0 ? sum_x / sum_w : 0;
  if (determinant > 0) {
    scale = (sum_w * sum_xq - sum_x * sum_q) / determinant;
    offset = (sum_qq * sum_x - sum_q * sum_xq) / determinant;
  }
  if (minimum_is_positive && offset > 0) {
    offset = 0;
    scale = sum_qq > 0 ? sum_xq / sum_qq : 0;
  }
  return {static_cast<float>(std::max(scale, 0.0)), static_cast<float>(-offset)};
}

}  // namespace

float fit_scale(const float* x, const float* weights, int count, int lowest, int highest) {
  float largest = 0;
  for (int i = 0; i < count; ++i)
    if (std::fabs(x[i]) > std::fabs(largest)) largest = x[i];
  if (std::fabs(largest) < kNegligible) return 0;
  double best_scale = 0, best_gain = -1;
  for (int step = -9; step <= 9; ++step) {
    const float inverse = (static_cast<float>(lowest) + 0.1f * static_cast<float>(step)) / largest;
    double sum_xq = 0, sum_qq = 0;
    for (int i = 0; i < count; ++i) {
      const double w = weight_at(weights, i), q = rounded_within(x[i] * inverse, lowest, highest);
      sum_xq += w * q * static_cast<double>(x[i]);
      sum_qq += w * q * q;
    }
    // The error is the sum of w x² less this gain.
    if (sum_qq > 0 && sum_xq * sum_xq > best_gain * sum_qq) {
      best_gain = sum_xq * sum_xq / sum_qq;
      best_scale = sum_xq / sum_qq;
    }
  }
  return static_cast<float>(best_scale);
}

ScaleAndMinimum fit_scale_and_minimum(const float* x, const float* weights, int count, int highest,
                                      bool minimum_is_positive) {
  const auto [low_at, high_at] = std::minmax_element(x, x + count);
  const float low = minimum_is_positive ? std::min(*low_at, 0.0f) : *low_at, range = *high_at - low;
  if (range < kNegligible) return {0, -low};
  Fit best;
  const auto consider = [&](ScaleAndMinimum value) {
    const double error = weighted_error(x, weights, count, highest, value);
    if (error >= best.error) return false;
    best = {value, error};
    return true;
  };
  for (int step = 0; step <= 20; ++step) {
    const float inverse = (static_cast<float>(highest) - 1.0f + 0.1f * static_cast<float>(step)) / range;
    consider(fit_line(x, weights, count, highest, -low, inverse, minimum_is_positive));
  }
  for (int round = 0; round < kMaxLineRefits && best.value.scale > 0; ++round)
    if (!consider(fit_line(x, weights, count, highest, best.value.minimum, 1 / best.value.scale, minimum_is_positive)))
      break;
  return best.value;
}

}  // namespace vitrine::blocks
