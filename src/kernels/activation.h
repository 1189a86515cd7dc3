// Element-wise activations and the gated unit, forward and backward.
#pragma once

#include <cstdint>

#include "kernels/gemm.h"

namespace vitrine::kernels {

/// y = f(x); y may alias x.
void activation_forward(const KernelContext& context, Activation activation, const float* x, float* y, int64_t count);
/// dx (+)= dy * f'(x); dx may alias dy.
void activation_backward(const KernelContext& context, Activation activation, const float* x, const float* dy,
                         float* dx, int64_t count, bool accumulate);

/// Gated unit y = silu(gate) * up. Source: Shazeer 2020, arXiv:2002.05202.
void swiglu_forward(const KernelContext& context, const float* gate, const float* up, float* y, int64_t count);
/// Overwrites (or adds to) both gradients.
struct SwigluBackwardArgs {
  const float* gate = nullptr;
  const float* up = nullptr;
  const float* y_gradient = nullptr;
  float* gate_gradient = nullptr;
  float* up_gradient = nullptr;
  bool accumulate = false;
  int64_t count = 0;
};
void swiglu_backward(const KernelContext& context, const SwigluBackwardArgs& args);

}  // namespace vitrine::kernels
