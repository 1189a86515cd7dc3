// Products with weights as model files hold them: quantized blocks, multiplied in integers, and values of 16 bits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "core/kernel_context.h"
#include "kernels/stored_matrix.h"

namespace vitrine::kernels {

/// A weight matrix [n,k] re-laid for products: panels of 16 rows in huge pages, the same for every kernel set. Holds
/// the codes and scales of the file unchanged, so it takes about the file's bytes.
class QuantizedMatrix {
 public:
  /// Whether rows of so many elements of this type can be re-laid: q4_0, q4_1, q5_0, q5_1, q8_0, q2_k … q6_k; f16 and
  /// bf16 in whole blocks of 32.
  static bool supports(DType dtype, int64_t k);
  /// `release`, which may be empty, is called after each part that was read: it gives mapped memory back.
  /// Errors: kUnsupported for other types and widths; kOutOfMemory.
  QuantizedMatrix(const KernelContext& context, const StoredMatrix& matrix, const std::function<void()>& release = {});
  ~QuantizedMatrix();
  QuantizedMatrix(QuantizedMatrix&&) noexcept;
  QuantizedMatrix& operator=(QuantizedMatrix&&) noexcept;

  int64_t n() const;
  int64_t k() const;
  DType dtype() const;
  int64_t num_bytes() const;
  struct State;
  const State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// One product of a call: c [m,n] = x·weightᵀ + bias + residual.
struct QuantizedProduct {
  const QuantizedMatrix* weight = nullptr;
  float* c = nullptr;
  int64_t c_row_stride = 0;
  const float* bias = nullptr;      // [n]
  const float* residual = nullptr;  // [m,n], may be c
  int64_t residual_row_stride = 0;
  bool is_sensitive = false;  // to the rounding of x, which is then taken in two passes
};

/// Products of the same rows with several weights, which share k.
struct QuantizedGemmArgs {
  int64_t m = 0, k = 0;
  const float* x = nullptr;  // [m,k]
  int64_t x_row_stride = 0;
  std::span<const QuantizedProduct> products;
  int64_t prompt_rows = 0;  // the first so many rows are of prompts: see below
};

/// x is rounded to signed bytes under one scale for every 32 neighbours of a row (largest magnitude / 127, to nearest
/// even), the dot product of each part of a block is taken in integers, and the parts are added in f32 in the order of
/// k: sum = fma(dot, weight scale * x scale, sum), then for types with minimums sum = fma(minimum, sum of x, sum).
/// A sensitive product takes two passes: what rounding leaves of x is rounded to 256ths of the scale (within 127 of
/// them), and the dots of both are one integer, 256 * first + second, under a 256th of the scale.
/// So an element's bits depend on its row, its weights and the kernel set alone: not on m, the threads, or what else is
/// multiplied. The portable set multiplies and adds apart; the others agree in every bit.
/// Weights of f16 are multiplied by x as it is: sum = fma(weight, x, sum), in the order of k. Those of bf16 likewise, or
/// where the processor has a dot product of bf16 by x rounded to bf16 (to nearest even), two products at a time.
/// Rows of prompts are multiplied in bf16 by the amx set: x and the weights' values are rounded to bf16 (to nearest
/// even), and summed in f32 in the order of k, two at a time. That is nearer to exact than bytes are, and several times
/// as fast for many rows. An element's bits then depend on whether its row is one of a prompt as well.
void quantized_gemm(const KernelContext& context, const QuantizedGemmArgs& args);

/// Whether a kernel set has products with panels of a type: every set has them for blocks, some for f16 and bf16.
bool multiplies_panels_of(KernelSet set, DType dtype);

/// Whether rows of prompts are rounded otherwise than others.
bool reads_prompts_otherwise(const KernelContext& context);

}  // namespace vitrine::kernels
