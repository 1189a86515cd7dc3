// Rotary positions and causal attention.
#pragma once

#include "autograd/execution_context.h"
#include "autograd/gradient_slot.h"
#include "kernels/rope_scaling.h"

namespace vitrine::ops {

/// Cosines and sines of every position, shared by all layers.
struct RopeTables {
  Tensor cosines, sines;  // [max position + 1, D/2]
  int64_t head_width = 0;
};
RopeTables make_rope_tables(int64_t num_positions, int64_t head_width, double theta,
                            const kernels::RopeScaling& scaling = {});

/// Rotates each head of x by the token's position. Takes over x (in place): it must not be used afterwards.
/// Shapes: x [B,T,n*D], positions [B,T].  Grad: x.  Errors: kInvalidArgument for a position beyond the tables.
autograd::Variable rope(autograd::ExecutionContext& context, const autograd::Variable& x, const Tensor& positions,
                        const RopeTables& tables);

/// Causal attention; see kernels/attention.h for masks.
/// Shapes: q [B,T,H*D], k, v [B,S,G*D], first_key [B,T] i32 or undefined -> [B,T,H*D].  Grad: q, k, v.
struct AttentionOptions {
  int64_t head_width = 0;
  int64_t window = 0;  ///< 0: no limit
  float scale = 0;     ///< 0: 1/sqrt(D)
  Tensor first_key = {};
  int64_t num_keys = -1;  ///< keys to use of a longer buffer (a cache); -1: all
};
autograd::Variable attention(autograd::ExecutionContext& context, const autograd::Variable& q,
                             const autograd::Variable& k, const autograd::Variable& v, const AttentionOptions& options);

}  // namespace vitrine::ops
