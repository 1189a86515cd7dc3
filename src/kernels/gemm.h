// Matrix product with fused epilogues.
#pragma once

#include <cstdint>
#include <memory>

#include "core/kernel_context.h"
#include "kernels/stored_matrix.h"

namespace vitrine::kernels {

/// Element-wise functions that a product can apply on its way out.
/// Source of GELU: Hendrycks & Gimpel 2016, arXiv:1606.08415; kGelu is the tanh form of GPT-2, kGeluErf the exact one.
enum class Activation { kNone, kGelu, kGeluErf, kRelu2, kSilu };

/// A borrowed f32 matrix, element (row, column) at data[row * row_stride + column * column_stride]. One of the strides
/// is 1.
struct GemmMatrix {
  const float* data = nullptr;
  int64_t row_stride = 0;
  int64_t column_stride = 1;
};

/// The right-hand matrix re-laid into panels for one kernel set: a cache that can be dropped and made again.
class PackedMatrix {
 public:
  /// Packs b [k,n].
  PackedMatrix(const KernelContext& context, const GemmMatrix& b, int64_t k, int64_t n);
  /// Packs the transpose of `weight` [n,k], which is f16 or bf16, as it is: two bytes an element, turned into f32 in
  /// registers, so that products have the bits that its f32 values give.
  PackedMatrix(const KernelContext& context, const StoredMatrix& weight);
  ~PackedMatrix();
  PackedMatrix(PackedMatrix&&) noexcept;
  PackedMatrix& operator=(PackedMatrix&&) noexcept;

  int64_t k() const;
  int64_t n() const;
  KernelSet kernel_set() const;
  int64_t num_bytes() const;
  struct State;
  const State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// Arguments of gemm: c = epilogue(alpha * a·b [+ c]).
/// The epilogue, in this order: + bias[column]; store to pre_activation; activation; * activation'(derivative_at)
/// (a backward pass through an activation whose input was derivative_at); + residual. All optional.
struct GemmArgs {
  int64_t m = 0, n = 0, k = 0;
  GemmMatrix a;                            // [m,k]
  GemmMatrix b;                            // [k,n]; not read when one of the following is set
  const PackedMatrix* packed_b = nullptr;  // made for the context's kernel set
  const StoredMatrix* stored_b = nullptr;  // turned into f32 panel by panel, which gives the bits that f32 would
  bool stored_is_transposed = false;       // stored_b is [n,k]: a Linear's weight, and else [k,n]
  float* c = nullptr;                      // [m,n], columns contiguous
  int64_t c_row_stride = 0;
  float alpha = 1.0f;
  bool accumulate = false;      // c += instead of c =, before the epilogue
  const float* bias = nullptr;  // [n]
  Activation activation = Activation::kNone;
  float* pre_activation = nullptr;       // [m,n], row stride as c
  const float* derivative_at = nullptr;  // [m,n], row stride as c; with derivative_of
  Activation derivative_of = Activation::kNone;
  const float* residual = nullptr;  // [m,n]
  int64_t residual_row_stride = 0;  // may alias c
};

/// f32 matrix product. Each element of c is summed in an order that depends on k and the kernel set alone: not on m, n,
/// the position in c, packing or the number of threads; one row gives the bits that it gives inside a batch of 512.
/// Errors: kInternal for strides that are both different from 1. Sizes of zero are legal (k = 0 gives the epilogue of 0
/// or c).
void gemm(const KernelContext& context, const GemmArgs& args);

}  // namespace vitrine::kernels
