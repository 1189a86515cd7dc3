// Matrix product and its epilogue in f64.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace vitrine::reference {

enum class GemmActivation { kNone, kGelu, kGeluErf, kRelu2, kSilu };

inline double activation(GemmActivation kind, double x) {
  switch (kind) {
    case GemmActivation::kNone:
      return x;
    case GemmActivation::kGelu:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case GemmActivation::kGeluErf:
      return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case GemmActivation::kRelu2:
      return x > 0 ? x * x : 0;
    case GemmActivation::kSilu:
      return x / (1 + std::exp(-x));
  }
  return 0;
}

/// By central differences: independent of any formula for the derivative.
inline double activation_derivative(GemmActivation kind, double x) {
  if (kind == GemmActivation::kNone) return 1;
  const double h = 1e-5;
  return (activation(kind, x + h) - activation(kind, x - h)) / (2 * h);
}

struct GemmCase {
  int64_t m = 0, n = 0, k = 0;
  std::vector<double> a, b;  // [m,k], [k,n]
  std::vector<double> c;     // [m,n] as it was before
  double alpha = 1;
  bool accumulate = false;
  std::vector<double> bias;  // [n] or empty
  GemmActivation activation = GemmActivation::kNone;
  std::vector<double> derivative_at;  // [m,n] or empty
  GemmActivation derivative_of = GemmActivation::kNone;
  std::vector<double> residual;  // [m,n] or empty
};

struct GemmResult {
  std::vector<double> c, pre_activation;
  std::vector<double> magnitude;  // sum of |alpha a b|, |c|, |bias|: what rounding errors are relative to
};

inline GemmResult gemm(const GemmCase& g) {
  GemmResult result;
  for (int64_t i = 0; i < g.m; ++i) {
    for (int64_t j = 0; j < g.n; ++j) {
      const size_t at = static_cast<size_t>(i * g.n + j);
      double sum = 0, magnitude = 0;
      for (int64_t p = 0; p < g.k; ++p) {
        const double product = g.alpha * g.a[static_cast<size_t>(i * g.k + p)] * g.b[static_cast<size_t>(p * g.n + j)];
        sum += product;
        magnitude += std::abs(product);
      }
      if (g.accumulate) sum += g.c[at];
      if (g.accumulate) magnitude += std::abs(g.c[at]);
      if (!g.bias.empty()) sum += g.bias[static_cast<size_t>(j)];
      if (!g.bias.empty()) magnitude += std::abs(g.bias[static_cast<size_t>(j)]);
      result.pre_activation.push_back(sum);
      result.magnitude.push_back(magnitude);
      double value = activation(g.activation, sum);
      if (!g.derivative_at.empty()) value *= activation_derivative(g.derivative_of, g.derivative_at[at]);
      if (!g.residual.empty()) value += g.residual[at];
      result.c.push_back(value);
    }
  }
  return result;
}

}  // namespace vitrine::reference
