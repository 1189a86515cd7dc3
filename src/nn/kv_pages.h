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
  int64_t wanted = -1;             ///< of these, the last so many whose hidden states are wanted; -1: all

  int64_t num_wanted() const { return wanted < 0 ? tokens : wanted; }
};

/// The rows of a pass, sequence after sequence.
struct CachedBatch {
  KvPages* pages = nullptr;
  std::span<const CachedSequence> sequences;

  int64_t num_rows() const;
  int64_t num_wanted() const;
  /// How many of the wanted rows are among the first `rows`, which are whole sequences.
  int64_t num_wanted_of(int64_t rows) const;
  /// Those of x [1, N, C] or [1, N] that are wanted, sequence after sequence: [1, num_wanted, C] or [1, num_wanted].
  Tensor wanted_rows(const Tensor& x) const;
};

/// Where each row of a batch is written.
std::vector<kernels::PageSlot> page_slots(const CachedBatch& batch);

struct CachedAttentionOptions {
  int layer = 0;
  int64_t head_width = 0, window = 0;
};
/// Writes a layer's new keys and values. Shapes: k, v [1,N,G*D]. Without recording.
void write_cache(autograd::ExecutionContext& context, const autograd::Variable& k, const autograd::Variable& v,
                 const CachedBatch& batch, int layer);
/// Attends to all of the sequences, behind write_cache. Shapes: q [1,N,H*D], or of the wanted rows alone [1,W,H*D] ->
/// the same. Without recording.
autograd::Variable attend_to_cache(autograd::ExecutionContext& context, const autograd::Variable& q,
                                   const CachedBatch& batch, const CachedAttentionOptions& options);
/// Both.
autograd::Variable cached_attention(autograd::ExecutionContext& context, const autograd::Variable& q,
                                    const autograd::Variable& k, const autograd::Variable& v, const CachedBatch& batch,
                                    const CachedAttentionOptions& options);

}  // namespace vitrine::nn
