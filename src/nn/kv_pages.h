// Memory for cached keys and values: pages of all layers, and what a pass needs to use them.
#pragma once

#include <span>
#include <vector>

#include "autograd/execution_context.h"
#include "kernels/paged_attention.h"
#include "nn/config.h"

namespace vitrine::nn {

/// Pages of `page_tokens` tokens, numbered from 0. Memory comes in slabs of pages, when a page is first asked for. Who
/// holds which page is for the caller to know. Threads: one caller at a time.
class KvPages {
 public:
  struct Options {
    DType dtype = DType::kF32;  ///< kF32, kF16, kBF16 or kQ8_0
    int64_t page_tokens = 16;   ///< a power of two, at least 4
    int64_t num_pages = 0;
  };

  /// Errors: kInvalidArgument for sizes that cannot be; kUnsupported for a type that does not fit the heads.
  KvPages(const TransformerConfig& config, const Options& options);

  int64_t page_tokens() const { return options_.page_tokens; }
  int64_t num_pages() const { return options_.num_pages; }
  DType dtype() const { return options_.dtype; }
  /// Of one page, keys and values of all layers.
  int64_t page_bytes() const;
  /// Of the memory that is there.
  int64_t num_bytes() const;

  /// Makes sure that a page has memory. Errors: kOutOfMemory.
  void ready(int32_t page);
  /// Copies a page in all layers.
  void copy(int32_t from, int32_t to);

  kernels::PagedRows k(int layer) const { return rows(layers_[static_cast<size_t>(layer)].k, true); }
  kernels::PagedRows v(int layer) const { return rows(layers_[static_cast<size_t>(layer)].v, false); }

 private:
  using Slabs = std::vector<std::byte*>;
  struct Layer {
    Slabs k, v;
  };

  kernels::PagedRows rows(const Slabs& slabs, bool are_columns) const;
  int64_t slab_pages() const;

  Options options_;
  int64_t row_elements_, key_heads_;
  std::vector<Tensor> memory_;  // of each slab, all layers together so that it fills huge pages; undefined: not yet
  std::vector<Layer> layers_;   // where their parts lie
};

/// One sequence of a pass over cached tokens.
struct CachedSequence {
  std::span<const int32_t> pages;  ///< enough for length + tokens
  int64_t length = 0;              ///< tokens that are in
  int64_t tokens = 0;              ///< of this pass, to be added
};

/// The rows of a pass, sequence after sequence.
struct CachedBatch {
  KvPages* pages = nullptr;
  std::span<const CachedSequence> sequences;

  int64_t num_rows() const;
};

/// Where each row of a batch is written.
std::vector<kernels::PageSlot> page_slots(const CachedBatch& batch);

/// Writes a layer's new keys and values and attends to all of their sequences. Shapes: q [1,N,H*D], k, v [1,N,G*D] ->
/// [1,N,H*D]. Without recording.
struct CachedAttentionOptions {
  int layer = 0;
  int64_t head_width = 0, window = 0;
};
autograd::Variable cached_attention(autograd::ExecutionContext& context, const autograd::Variable& q,
                                    const autograd::Variable& k, const autograd::Variable& v, const CachedBatch& batch,
                                    const CachedAttentionOptions& options);

}  // namespace vitrine::nn
