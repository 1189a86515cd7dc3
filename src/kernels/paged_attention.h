// Attention of many sequences at once whose keys and values lie in pages, and writing into these.
#pragma once

#include <span>

#include "core/dtype.h"
#include "kernels/attention.h"

namespace vitrine::kernels {

/// Keys or values of one layer: pages of tokens, pages in slabs. Page p lies in slab p / slab_pages. What belongs to a
/// head lies together, since it is read together. Values lie as rows: a page is [G][page_tokens][D]. Keys lie as
/// columns, so that scores are taken of many keys at once: a page is [G][D][page_tokens], and of kQ8_0 [G][D/32], each
/// with page_tokens scales and [32][page_tokens] codes. Both take the same bytes. kQ8_0 needs a D of whole blocks.
struct PagedRows {
  std::byte* const* slabs = nullptr;
  DType dtype = DType::kF32;  // kF32, kF16, kBF16 or kQ8_0
  int64_t slab_pages = 1;     // a power of two
  int64_t page_tokens = 16;   // a power of two, at least 4
  int64_t row_elements = 0;   // G * D
  int64_t heads = 1;          // G
  bool are_columns = false;

  int64_t row_bytes() const { return storage_bytes(dtype, row_elements); }
  int64_t page_bytes() const { return page_tokens * row_bytes(); }
  std::byte* page(int32_t page) const { return slabs[page / slab_pages] + page % slab_pages * page_bytes(); }
  int64_t head_elements() const { return row_elements / heads; }
  int64_t head_bytes() const { return storage_bytes(dtype, head_elements()); }
  /// Where a head's values lie.
  std::byte* row(int32_t page, int64_t head, int64_t offset) const {
    return this->page(page) + (head * page_tokens + offset) * head_bytes();
  }
};

/// One sequence of a pass. Its queries are its last tokens, whose keys and values are written already.
struct PagedSequence {
  const int32_t* pages = nullptr;  // token t lies in pages[t / page_tokens]; those out of the window are not read
  int64_t first_row = 0;           // of q and out
  int64_t queries = 0;             // T
  int64_t keys = 0;                // S
};

struct PagedAttentionArgs {
  std::span<const PagedSequence> sequences;
  int64_t heads = 0, key_heads = 0, head_width = 0;
  int64_t window = 0;  // as in AttentionShape
  float scale = 1.0f;
  PagedRows k, v;
  const float* q = nullptr;  // [rows, H*D]
  float* out = nullptr;      // [rows, H*D]
  int64_t prompt_rows = 0;   // the first so many rows are of prompts, whole sequences: see below
};

/// What attention_forward gives for each sequence alone, and bit by bit: with f32 pages the bits of contiguous keys,
/// with others those of the rounded keys and values, but where attends_in_pairs(). Keys and values are read once for
/// all heads of a group. Rows of prompts whose pages are narrower than f32 are computed otherwise by the amx set:
/// queries, keys, values and weights are rounded to bf16 for the products, sums stay f32. A row's bits then depend on
/// its query, the keys that it sees and whether it is one of a prompt; as ever not on what is computed beside it, or in
/// how many pieces.
void paged_attention(const KernelContext& context, const PagedAttentionArgs& args);

/// Whether rows of prompts are computed otherwise than others.
bool attends_to_prompts_otherwise(const KernelContext& context, DType pages);

/// Whether products are taken in pairs of bf16: by the avx512 set on processors with AVX512_BF16, in fast precision,
/// over pages narrower than f32. Queries, keys, values and weights are then rounded to bf16, sums stay f32, for all
/// rows alike.
bool attends_in_pairs(const KernelContext& context, DType pages);

/// Where a row is written.
struct PageSlot {
  int32_t page = 0, offset = 0;
};
/// Rounds rows [N, G*D] into their slots, as rows or as columns. Errors: kInvalidArgument for a value that the type of
/// the pages cannot hold.
void write_page_rows(const KernelContext& context, const float* rows, std::span<const PageSlot> slots,
                     const PagedRows& pages);
/// What is held of one token, as its row would lie.
void read_page_row(const PagedRows& pages, const PageSlot& slot, std::byte* row);

}  // namespace vitrine::kernels
