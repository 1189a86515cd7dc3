// Sums of exponentials in f64, as distributions over a vocabulary need them.
#pragma once

#include <cstdint>

#include "core/kernel_context.h"

namespace vitrine::kernels {

/// Element i of a list goes to sum i % kExpSums.
inline constexpr int64_t kExpSums = 8;

/// sums[i % kExpSums] += exp(x[i]), each in the order of i, for x of at most 700; minus infinity adds 0. Without fused
/// multiply-adds: the bits are the same for every kernel set. Each term is right to 4e-16 of itself.
void add_exponentials(KernelSet set, const double* x, int64_t count, double* sums);

}  // namespace vitrine::kernels
