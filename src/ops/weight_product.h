// Products with a weight in whichever form it is held: f32, or the blocks of its file.
#pragma once

#include <span>

#include "autograd/execution_context.h"
#include "autograd/parameter.h"

namespace vitrine::ops {

/// c [m,N] = x·weight + bias + residual, for a weight [N,K] as Linear has it.
struct WeightProduct {
  const autograd::Parameter* weight = nullptr;
  float* c = nullptr;
  const float* bias = nullptr;      // [N]
  const float* residual = nullptr;  // [m,N]
};

/// Products of the same rows x [m,K] with several weights. Unless the context asks for exactness, weights in blocks are
/// multiplied in integers, those of f16 and bf16 as kernels::quantized_gemm has it, and all of them together. What the
/// kernel set has no such products for is turned into f32 in registers (panel by panel where a tape is kept).
void multiply_by_weights(autograd::ExecutionContext& context, const float* x, int64_t m,
                         std::span<const WeightProduct> products);

/// Whether products with a weight are taken by quantized_gemm: it is held in blocks or 16 bits, and the context is fast.
bool multiplies_in_panels(const KernelContext& context, const autograd::Parameter& weight);

/// The product of an input gradient dx [m,K] = dy [m,N] · weight [N,K], to be finished by the caller, with the values of
/// the weight in f32. `stored` has room for what the arguments refer to.
kernels::GemmArgs input_gradient_product(const float* dy, int64_t m, const autograd::Parameter& weight, float* dx,
                                         kernels::StoredMatrix& stored);

}  // namespace vitrine::ops
