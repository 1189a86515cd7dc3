#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "optim/optimizer.h"

namespace vitrine::optim {
namespace {

constexpr int kIterations = 5;
// Quintic coefficients tuned for a steep start. Source: Jordan et al. 2024.
constexpr float kA = 3.4445f, kB = -4.7750f, kC = 2.0315f;

double iteration_flops(int64_t small, int64_t large) {
  const auto s = static_cast<double>(small), l = static_cast<double>(large);
  return kIterations * (4 * s * s * l + 2 * s * s * s);
}

}  // namespace

double muon_flops(const std::vector<Parameter*>& parameters, const OptimizerSettings& settings) {
  double total = 0;
  if (settings.matrix_rule != "muon") return total;
  for (const Parameter* parameter : parameters)
    if (parameter->role == autograd::ParameterRole::kMatrix)
      total += iteration_flops(std::min(parameter->shape()[0], parameter->shape()[1]),
                               std::max(parameter->shape()[0], parameter->shape()[1]));
  return total;
}

void orthogonalise(const KernelContext& context, Tensor& matrix) {
  // x is kept as it lies; when it is tall, the Gram matrix is taken over columns, so that it is the smaller one.
  const int64_t rows = matrix.shape()[0], columns = matrix.shape()[1];
  const bool tall = rows > columns;
  const int64_t small = std::min(rows, columns), large = std::max(rows, columns);
  const double norm = std::sqrt(kernels::sum_of_squares(context, matrix.f32(), matrix.num_elements()));
  kernels::scale(context, static_cast<float>(1.0 / (norm + 1e-7)), matrix.f32(), matrix.num_elements());
  const Tensor gram = Tensor::empty({small, small}), polynomial = Tensor::empty({small, small});
  Tensor next = Tensor::empty(matrix.shape());
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    const float* const x = matrix.f32();
    // gram = b x xᵀ (wide) or b xᵀ x (tall)
    kernels::gemm(context, {.m = small,
                            .n = small,
                            .k = large,
                            .a = tall ? kernels::GemmMatrix{x, 1, columns} : kernels::GemmMatrix{x, columns, 1},
                            .b = tall ? kernels::GemmMatrix{x, columns, 1} : kernels::GemmMatrix{x, 1, columns},
                            .c = gram.f32(),
                            .c_row_stride = small,
                            .alpha = kB});
    // polynomial = a + gram + c/b² gram²
    kernels::gemm(context, {.m = small,
                            .n = small,
                            .k = small,
                            .a = {gram.f32(), small},
                            .b = {gram.f32(), small},
                            .c = polynomial.f32(),
                            .c_row_stride = small,
                            .alpha = kC / (kB * kB),
                            .residual = gram.f32(),
                            .residual_row_stride = small});
    for (int64_t i = 0; i < small; ++i) polynomial.f32()[i * small + i] += kA;
    // x = polynomial x (wide) or x polynomial (tall)
    const kernels::GemmMatrix poly{polynomial.f32(), small}, current{x, columns};
    kernels::gemm(context, {.m = rows,
                            .n = columns,
                            .k = small,
                            .a = tall ? current : poly,
                            .b = tall ? poly : current,
                            .c = next.f32(),
                            .c_row_stride = columns});
    std::swap(matrix, next);
  }
}

}  // namespace vitrine::optim
