// Fused passes of optimisers over a parameter.
#pragma once

#include <cstdint>

#include "core/kernel_context.h"

namespace vitrine::kernels {

/// Source: Loshchilov & Hutter 2017, arXiv:1711.05101. Decay is lr * weight_decay, decoupled from the moments.
struct AdamwArgs {
  float* weight = nullptr;
  const float* gradient = nullptr;
  float* first_moment = nullptr;
  float* second_moment = nullptr;
  int64_t count = 0;
  float gradient_scale = 1.0f;  // clipping
  float lr = 0, beta1 = 0, beta2 = 0, eps = 0, weight_decay = 0;
  float bias_correction1 = 1, bias_correction2 = 1;  // 1 - beta^step
};
void adamw_step(const KernelContext& context, const AdamwArgs& args);

/// momentum = beta * momentum + gradient_scale * gradient; update = beta * momentum + gradient_scale * gradient.
/// Source: Nesterov 1983, in the form of Jordan et al. 2024.
struct NesterovArgs {
  const float* gradient = nullptr;
  float* momentum = nullptr;
  float* update = nullptr;
  int64_t count = 0;
  float beta = 0;
  float gradient_scale = 1.0f;
};
void nesterov_momentum(const KernelContext& context, const NesterovArgs& args);

/// weight = keep * weight - step_size * update.
void decayed_step(const KernelContext& context, float keep, float step_size, const float* update, float* weight,
                  int64_t count);

}  // namespace vitrine::kernels
