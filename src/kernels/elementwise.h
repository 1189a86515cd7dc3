// Sums, scalings and dropout over flat arrays.
#pragma once

#include <cstdint>

#include "core/kernel_context.h"
#include "core/rng.h"

namespace vitrine::kernels {

/// y = a + b; y may alias either.
void add(const KernelContext& context, const float* a, const float* b, float* y, int64_t count);
/// y += alpha * x.
void axpy(const KernelContext& context, float alpha, const float* x, float* y, int64_t count);
/// x *= alpha.
void scale(const KernelContext& context, float alpha, float* x, int64_t count);
/// Sum of squares in f64, per fixed chunk and then in chunk order: the same for any number of threads.
double sum_of_squares(const KernelContext& context, const float* x, int64_t count);
/// sums[column] = (or +=) sum over rows of x [rows, columns], in a fixed order.
void column_sums(const KernelContext& context, const float* x, int64_t rows, int64_t columns, float* sums,
                 bool accumulate);

/// y = x / (1 - probability) where the draw for the element keeps it, else 0. Draws depend on key and index alone, so
/// the same call with the gradient as x is the backward pass. Source: Srivastava et al. 2014.
void dropout(const KernelContext& context, const float* x, float* y, int64_t count, float probability,
             const RngKey& key);

}  // namespace vitrine::kernels
