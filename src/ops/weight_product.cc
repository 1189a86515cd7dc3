#include "ops/weight_product.h"

namespace vitrine::ops {
namespace {

using autograd::ExecutionContext;
using autograd::Parameter;
using kernels::GemmArgs;

constexpr int64_t kFewRows = 16;  // up to here a product is bound by reading the weights: use the packed copy

void multiply_in_f32(ExecutionContext& context, const float* x, int64_t m, const WeightProduct& product) {
  const autograd::Weight& weight = product.weight->weight;
  const int64_t n = weight.shape()[0], k = weight.shape()[1];
  GemmArgs args{.m = m,
                .n = n,
                .k = k,
                .a = {.data = x, .row_stride = k},
                .c = product.c,
                .c_row_stride = n,
                .bias = product.bias,
                .residual = product.residual,
                .residual_row_stride = n};
  if (!context.recording() && weight.holds_16_bit_values()) {
    args.packed_b = &weight.packed(context.kernels);
    return kernels::gemm(context.kernels, args);
  }
  if (!weight.has_data() && weight.stored().defined()) {
    const kernels::StoredMatrix stored = weight.stored().matrix();
    args.stored_b = &stored;
    args.stored_is_transposed = true;
    return kernels::gemm(context.kernels, args);
  }
  args.b = {.data = weight.data().f32(), .row_stride = 1, .column_stride = k};
  if (!context.recording() && m <= kFewRows) args.packed_b = &weight.packed(context.kernels);
  kernels::gemm(context.kernels, args);
}

}  // namespace

bool multiplies_in_panels(const KernelContext& context, const Parameter& weight) {
  if (weight.weight.has_data() || !weight.weight.stored().defined()) return false;
  const DType dtype = weight.weight.stored().dtype();
  return context.precision == Precision::kFast && kernels::QuantizedMatrix::supports(dtype, weight.shape()[1]) &&
         kernels::multiplies_panels_of(context.kernel_set, dtype);
}

void multiply_by_weights(ExecutionContext& context, const float* x, int64_t m,
                         std::span<const WeightProduct> products) {
  constexpr size_t kMost = 4;
  kernels::QuantizedProduct quantized[kMost];
  size_t count = 0;
  const auto multiply = [&](int64_t k) {
    if (count == 0) return;
    kernels::quantized_gemm(context.kernels,
                            {.m = m,
                             .k = k,
                             .x = x,
                             .x_row_stride = k,
                             .products = std::span(quantized, count),
                             .prompt_rows = context.prompt_rows});
    count = 0;
  };
  for (const WeightProduct& product : products) {
    const int64_t n = product.weight->shape()[0], k = product.weight->shape()[1];
    if (!multiplies_in_panels(context.kernels, *product.weight)) {
      multiply_in_f32(context, x, m, product);
      continue;
    }
    quantized[count++] = {.weight = &product.weight->weight.quantized(context.kernels),
                          .c = product.c,
                          .c_row_stride = n,
                          .bias = product.bias,
                          .residual = product.residual,
                          .residual_row_stride = n,
                          .is_sensitive = product.weight->is_sensitive};
    if (count == kMost) multiply(k);
  }
  multiply(products.empty() ? 0 : products[0].weight->shape()[1]);
}

GemmArgs input_gradient_product(const float* dy, int64_t m, const Parameter& weight, float* dx,
                                kernels::StoredMatrix& stored) {
  const int64_t n = weight.shape()[0], k = weight.shape()[1];
  GemmArgs args{.m = m, .n = k, .k = n, .a = {.data = dy, .row_stride = n}, .c = dx, .c_row_stride = k};
  if (!weight.weight.has_data() && weight.weight.stored().defined()) {
    stored = weight.weight.stored().matrix();
    args.stored_b = &stored;
  } else {
    args.b = {.data = weight.data().f32(), .row_stride = k};
  }
  return args;
}

}  // namespace vitrine::ops
