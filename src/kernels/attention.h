// Causal attention with grouped queries, document masks and a sliding window; no [T,S] matrix in memory.
#pragma once

#include <cstdint>

#include "core/kernel_context.h"

namespace vitrine::kernels {

/// Letters: B batch, T query tokens, S cached tokens (keys), H query heads, G key/value heads, D head width. H % G ==
/// 0; query head h reads key head h / (H / G). Query t stands at key position S - T + t and sees keys max(first_key,
/// position - window + 1) … position. Each of q, k, v, out is addressed as base + batch * batch_stride + token *
/// token_stride + head * D (strides in elements).
struct AttentionShape {
  int64_t batch = 0, queries = 0, keys = 0;
  int64_t heads = 0, key_heads = 0, head_width = 0;
  int64_t window = 0;                  // keys seen at most, 0 means no limit
  float scale = 1.0f;                  // multiplies q·k, usually 1/sqrt(D)
  const int32_t* first_key = nullptr;  // [B,T] first key of the query's own document, not beyond itself; null means 0
};

struct AttentionOperand {
  const float* data = nullptr;
  int64_t batch_stride = 0, token_stride = 0;
};
struct AttentionResult {
  float* data = nullptr;
  int64_t batch_stride = 0, token_stride = 0;
};

struct AttentionForwardArgs {
  AttentionShape shape;
  AttentionOperand q, k, v;
  AttentionResult out;
  float* log_sum_exp = nullptr;  // [B,H,T], saved for the backward pass; may be null
};

/// Scratch grows with the threads and D, not with T or S. The result of a query depends on its own keys alone, bit by
/// bit: not on the batch, the other queries or the number of threads, so a query against a cache (T = 1) gives what it
/// gives in the full run. A key that a query does not see may hold anything finite. NaN in q, or in a key that a query
/// sees, comes out as NaN.
/// Errors: kInternal for a shape that cannot be (T > S, H % G != 0, D < 1, negative window). B or T of zero is legal.
/// Source: Dao et al. 2022, arXiv:2205.14135 (online softmax); Ainslie et al. 2023, arXiv:2305.13245 (grouped queries).
void attention_forward(const KernelContext& context, const AttentionForwardArgs& args);

struct AttentionBackwardArgs {
  AttentionShape shape;
  AttentionOperand q, k, v, out, out_gradient;
  const float* log_sum_exp = nullptr;                  // [B,H,T]
  AttentionResult q_gradient, k_gradient, v_gradient;  // overwritten
};

/// Gradients of attention_forward; probabilities are computed again from log_sum_exp, block by block: its rounding is a
/// relative error of |log_sum_exp| * 2^-24 in each of them. Each sum has one order on any number of threads, and a
/// batch gives the bits of its members. Keys that no query sees get zeros. `out` and the gradients may be strided as q,
/// k, v.
void attention_backward(const KernelContext& context, const AttentionBackwardArgs& args);

}  // namespace vitrine::kernels
