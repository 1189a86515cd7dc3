// The epilogue of gemm, on one tile while it is in the first-level cache.
#if defined(VITRINE_KERNELS_CPU_GEMM_EPILOGUE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_GEMM_EPILOGUE_INL_H_
#undef VITRINE_KERNELS_CPU_GEMM_EPILOGUE_INL_H_
#else
#define VITRINE_KERNELS_CPU_GEMM_EPILOGUE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/activation-inl.h"
#include "kernels/cpu/gemm_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu::HWY_NAMESPACE {

using EpilogueTag = hn::ScalableTag<float>;
using EpilogueVector = hn::Vec<EpilogueTag>;

/// x = function(x) for `count` floats, a multiple of the vector.
template <typename Function>
HWY_INLINE void map_floats(float* x, int count, Function function) {
  const EpilogueTag d;
  for (int i = 0; i < count; i += HWY_LANES(float)) hn::StoreU(function(hn::LoadU(d, x + i)), d, x + i);
}

/// x = function(x, y).
template <typename Function>
HWY_INLINE void map_floats(float* x, const float* y, int count, Function function) {
  const EpilogueTag d;
  for (int i = 0; i < count; i += HWY_LANES(float))
    hn::StoreU(function(hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, x + i);
}

inline void apply_activation(Activation activation, float* x, int count) {
  if (activation == Activation::kNone) return;
  with_activation(activation, [&](auto function) HWY_ATTR {
    const EpilogueTag d;
    map_floats(x, count, [d, function](EpilogueVector v) HWY_ATTR { return function.value(d, v); });
  });
}

/// x *= activation'(at).
inline void multiply_derivative(Activation activation, float* x, const float* at, int count) {
  if (activation == Activation::kNone) return;
  with_activation(activation, [&](auto function) HWY_ATTR {
    const EpilogueTag d;
    map_floats(x, at, count, [d, function](EpilogueVector v, EpilogueVector p) HWY_ATTR {
      return hn::Mul(v, function.derivative(d, p));
    });
  });
}

template <int kColumns>
HWY_INLINE void add_row(float* x, const float* y) {
  map_floats(x, y, kColumns, [](EpilogueVector a, EpilogueVector b) HWY_ATTR { return hn::Add(a, b); });
}

/// A row of another matrix at the tile's place: itself where the tile is full, else a copy padded with zeros.
template <int kColumns>
HWY_INLINE const float* full_row(const float* row, int columns, float* buffer) {
  if (columns == kColumns) return row;
  std::copy_n(row, columns, buffer);
  std::fill(buffer + columns, buffer + kColumns, 0.0f);
  return buffer;
}

template <int kColumns>
HWY_INLINE void copy_row(const float* row, int columns, float* target) {
  const EpilogueTag d;
  if (columns != kColumns) return void(std::copy_n(row, columns, target));
  for (int i = 0; i < kColumns; i += HWY_LANES(float)) hn::StoreU(hn::LoadU(d, row + i), d, target + i);
}

/// The epilogue of one row of the tile, in the order that GemmArgs documents.
template <int kColumns>
inline void finish_row(const TileOutput& output, int64_t row, float* x) {
  const GemmArgs& args = *output.args;
  float buffer[kColumns];
  const int columns = output.columns;
  const int64_t at = row * args.c_row_stride + output.column;
  if (args.bias) add_row<kColumns>(x, full_row<kColumns>(args.bias + output.column, columns, buffer));
  if (args.pre_activation) copy_row<kColumns>(x, columns, args.pre_activation + at);
  apply_activation(args.activation, x, kColumns);
  if (args.derivative_at)
    multiply_derivative(args.derivative_of, x, full_row<kColumns>(args.derivative_at + at, columns, buffer), kColumns);
  if (args.residual) {
    const float* residual = args.residual + row * args.residual_row_stride + output.column;
    add_row<kColumns>(x, full_row<kColumns>(residual, columns, buffer));
  }
  copy_row<kColumns>(x, columns, args.c + at);
}

template <int kColumns>
inline void finish_tile(const TileOutput& output, float* tile) {
  const EpilogueTag d;
  const float alpha = output.args->alpha;
  float buffer[kColumns];
  for (int i = 0; i < output.rows; ++i) {
    float* x = tile + i * kColumns;
    if (alpha != 1.0f) {
      const EpilogueVector scale = hn::Set(d, alpha);
      map_floats(x, kColumns, [scale](EpilogueVector v) HWY_ATTR { return hn::Mul(v, scale); });
    }
    if (output.previous)
      add_row<kColumns>(x,
                        full_row<kColumns>(output.previous + i * output.previous_row_stride, output.columns, buffer));
    if (output.partial)
      copy_row<kColumns>(x, output.columns, output.partial + i * output.partial_row_stride);
    else
      finish_row<kColumns>(output, output.row + i, x);
  }
}

}  // namespace vitrine::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // VITRINE_KERNELS_CPU_GEMM_EPILOGUE_INL_H_
