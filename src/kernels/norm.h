// Root-mean-square and layer normalisation over rows, forward and backward.
#pragma once

#include "kernels/rows.h"

namespace vitrine::kernels {

/// y = x / rms(x) * gain. Source: Zhang & Sennrich 2019, arXiv:1910.07467, eq. 4.
struct RmsNormForwardArgs {
  RowCounts counts;
  ConstRows x;
  Rows y;                       // may alias x
  const float* gain = nullptr;  // [columns]; null means all ones
  float eps = 1e-6f;
  float* inv_rms = nullptr;  // [outer * inner], saved for the backward pass; may be null
};
void rms_norm_forward(const KernelContext& context, const RmsNormForwardArgs& args);

struct RmsNormBackwardArgs {
  RowCounts counts;
  ConstRows x, y_gradient;
  const float* gain = nullptr;
  const float* inv_rms = nullptr;
  Rows x_gradient;                 // may alias y_gradient
  bool accumulate_x = false;       // x_gradient += instead of =
  float* gain_gradient = nullptr;  // [columns]; may be null
  bool accumulate_gain = false;
};
void rms_norm_backward(const KernelContext& context, const RmsNormBackwardArgs& args);

/// y = (x - mean) / deviation * gain + bias. Source: Ba et al. 2016, arXiv:1607.06450.
struct LayerNormForwardArgs {
  RowCounts counts;
  ConstRows x;
  Rows y;
  const float* gain = nullptr;  // [columns]
  const float* bias = nullptr;  // [columns]; may be null
  float eps = 1e-5f;
  float* mean = nullptr;           // [outer * inner]; with inv_deviation, may both be null
  float* inv_deviation = nullptr;  // [outer * inner]
};
void layer_norm_forward(const KernelContext& context, const LayerNormForwardArgs& args);

struct LayerNormBackwardArgs {
  RowCounts counts;
  ConstRows x, y_gradient;
  const float* gain = nullptr;
  const float* mean = nullptr;
  const float* inv_deviation = nullptr;
  Rows x_gradient;
  bool accumulate_x = false;
  float* gain_gradient = nullptr;
  bool accumulate_gain = false;
  float* bias_gradient = nullptr;
  bool accumulate_bias = false;
};
void layer_norm_backward(const KernelContext& context, const LayerNormBackwardArgs& args);

}  // namespace vitrine::kernels
