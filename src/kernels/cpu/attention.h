// What the forward and backward bodies of attention share: sizes of blocks, and which keys a query sees.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/attention.h"
#include "kernels/paged_attention.h"

namespace vitrine::kernels::cpu {

void attention_forward(const KernelContext& context, const AttentionForwardArgs& args);
void attention_backward(const KernelContext& context, const AttentionBackwardArgs& args);
void paged_attention(const KernelContext& context, const PagedAttentionArgs& args);

/// Keys of a block. Blocks start at multiples of it, counted from key 0: a query meets the same blocks, and so the same
/// order of sums, whether it is alone or one of many.
inline constexpr int64_t kKeyBlock = 64;

/// Keys first … end - 1.
struct KeyRange {
  int64_t first = 0, end = 0;
};

inline KeyRange visible_keys(const AttentionShape& shape, int64_t batch, int64_t query) {
  const int64_t position = shape.keys - shape.queries + query;
  int64_t first = shape.first_key ? shape.first_key[batch * shape.queries + query] : 0;
  if (shape.window > 0) first = std::max(first, position - shape.window + 1);
  return {std::clamp<int64_t>(first, 0, position), position + 1};
}

/// The query heads that read one key head, laid out as rows: row r is query r / group, head r % group.
struct QueryRows {
  int64_t batch = 0, key_head = 0, group = 1;
  int64_t first_query = 0, num_queries = 0;

  int64_t count() const { return num_queries * group; }
  int64_t query(int64_t row) const { return first_query + row / group; }
  int64_t head(int64_t row) const { return key_head * group + row % group; }
};

inline int64_t element_offset(int64_t batch_stride, int64_t token_stride, int64_t width, int64_t batch, int64_t token,
                              int64_t head) {
  return batch * batch_stride + token * token_stride + head * width;
}

/// Hands out parts of one piece of scratch, each aligned to 64 bytes. With no base it only counts.
class ScratchParts {
 public:
  explicit ScratchParts(float* base) : base_(base) {}
  float* take(int64_t count) {
    float* part = base_ ? base_ + used_ : nullptr;
    used_ += (count + 15) / 16 * 16;
    return part;
  }
  int64_t used() const { return used_; }

 private:
  float* base_;
  int64_t used_ = 0;
};

}  // namespace vitrine::kernels::cpu
