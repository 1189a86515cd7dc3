// Rotary position embedding, in place.
#pragma once

#include "kernels/rope_scaling.h"
#include "kernels/rows.h"

namespace vitrine::kernels {

/// Rotates pairs (i, i + D/2) of each head by the angle of the token's position: the Hugging Face order.
/// Source: Su et al. 2021, arXiv:2104.09864.
struct RopeArgs {
  RowCounts counts;                    // outer tokens x inner heads of D columns, D even
  Rows x;                              // rotated in place
  const int32_t* positions = nullptr;  // [outer]
  const float* cosines = nullptr;      // [max position + 1, D/2]
  const float* sines = nullptr;        // [max position + 1, D/2]
  bool inverse = false;                // rotate back: the gradient
};
void rope(const KernelContext& context, const RopeArgs& args);

/// Fills cosines and sines [num_positions, D/2] with angles position * frequency, computed in f64, times the amplitude.
void fill_rope_tables(int64_t num_positions, const RopeFrequencies& frequencies, float* cosines, float* sines);

}  // namespace vitrine::kernels
