#include "nn/kv_pages.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "autograd/tape_trace.h"
#include "base/error.h"

namespace vitrine::nn {
namespace {

// A slab lies in whole huge pages but for its tail, and a short text does not fill much more memory than it needs.
constexpr int64_t kSlabBytes = int64_t{8} << 20;
constexpr int64_t kMostSlabTokens = 512;

}  // namespace

KvPages::KvPages(const TransformerConfig& config, const Options& options)
    : options_(options),
      row_elements_(config.key_heads * config.head_width),
      key_heads_(config.key_heads),
      layers_(static_cast<size_t>(config.layers)) {
  if (options.page_tokens < 4 || !std::has_single_bit(static_cast<uint64_t>(options.page_tokens)) ||
      options.num_pages < 1 || options.num_pages > (int64_t{1} << 30))
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cache: {} pages of {} tokens cannot be (expected at least one of a power of two, 4 or more)",
                    options.num_pages, options.page_tokens));
  const bool is_known = options.dtype == DType::kF32 || options.dtype == DType::kF16 || options.dtype == DType::kBF16 ||
                        options.dtype == DType::kQ8_0;
  if (!is_known || config.head_width % dtype_block_elements(options.dtype) != 0)
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("cache: no pages of {} for heads of width {}", dtype_name(options.dtype), config.head_width),
        "f32, f16 and bf16 fit every model, q8_0 those with heads of whole blocks of 32");
  const int64_t slabs = (options.num_pages + slab_pages() - 1) / slab_pages();
  memory_.resize(static_cast<size_t>(slabs));
  for (Layer& layer : layers_)
    for (Slabs* const part : {&layer.k, &layer.v}) part->resize(static_cast<size_t>(slabs));
}

int64_t KvPages::slab_pages() const {
  const int64_t most = std::max<int64_t>(1, kMostSlabTokens / options_.page_tokens);
  int64_t pages = 1;
  while (pages < most && pages * page_bytes() < kSlabBytes) pages *= 2;
  return pages;
}

kernels::PagedRows KvPages::rows(const Slabs& slabs, bool are_columns) const {
  return {.slabs = slabs.data(),
          .dtype = options_.dtype,
          .slab_pages = slab_pages(),
          .page_tokens = options_.page_tokens,
          .row_elements = row_elements_,
          .heads = key_heads_,
          .are_columns = are_columns};
}

int64_t KvPages::page_bytes() const {
  return 2 * static_cast<int64_t>(layers_.size()) * options_.page_tokens * storage_bytes(options_.dtype, row_elements_);
}

int64_t KvPages::num_bytes() const {
  int64_t total = 0;
  for (const Tensor& slab : memory_) total += slab.defined() ? slab.num_bytes() : 0;
  return total;
}

void KvPages::ready(int32_t page) {
  VITRINE_CHECK(page >= 0 && page < options_.num_pages, "cache: no such page");
  const auto slab = static_cast<size_t>(page / slab_pages());
  if (memory_[slab].defined()) return;
  const int64_t pages = std::min(slab_pages(), options_.num_pages - static_cast<int64_t>(slab) * slab_pages());
  const auto parts = 2 * static_cast<int64_t>(layers_.size());
  const int64_t part_bytes = pages * options_.page_tokens * storage_bytes(options_.dtype, row_elements_);
  memory_[slab] = Tensor::empty({parts * pages * options_.page_tokens, row_elements_}, options_.dtype);
  std::byte* next = memory_[slab].data();
  for (Layer& layer : layers_)
    for (Slabs* const part : {&layer.k, &layer.v}) {
      (*part)[slab] = next;
      next += part_bytes;
    }
}

void KvPages::copy(int32_t from, int32_t to) {
  ready(to);
  for (int layer = 0; layer < static_cast<int>(layers_.size()); ++layer)
    for (const kernels::PagedRows& pages : {k(layer), v(layer)})
      std::memcpy(pages.page(to), pages.page(from), static_cast<size_t>(pages.page_bytes()));
}

int64_t CachedBatch::num_rows() const {
  int64_t rows = 0;
  for (const CachedSequence& sequence : sequences) rows += sequence.tokens;
  return rows;
}

int64_t CachedBatch::num_wanted() const {
  int64_t rows = 0;
  for (const CachedSequence& sequence : sequences) rows += sequence.num_wanted();
  return rows;
}

int64_t CachedBatch::num_wanted_of(int64_t rows) const {
  int64_t first = 0, wanted = 0;
  for (const CachedSequence& sequence : sequences) {
    if (first < rows) wanted += sequence.num_wanted();
    first += sequence.tokens;
  }
  return wanted;
}

Tensor CachedBatch::wanted_rows(const Tensor& x) const {
  const int64_t wanted = num_wanted(), rows = num_rows();
  VITRINE_CHECK(x.num_elements() % rows == 0, "a row is one token");
  const Tensor kept =
      Tensor::empty(x.shape().rank() == 3 ? Shape{1, wanted, x.shape()[2]} : Shape{1, wanted}, x.dtype());
  const int64_t row_bytes = x.num_bytes() / rows;
  int64_t end = 0, next = 0;
  for (const CachedSequence& sequence : sequences) {
    end += sequence.tokens;
    const int64_t count = sequence.num_wanted();
    std::memcpy(kept.data() + next * row_bytes, x.data() + (end - count) * row_bytes,
                static_cast<size_t>(count * row_bytes));
    next += count;
  }
  return kept;
}

std::vector<kernels::PageSlot> page_slots(const CachedBatch& batch) {
  const int64_t page_tokens = batch.pages->page_tokens();
  std::vector<kernels::PageSlot> slots;
  for (const CachedSequence& sequence : batch.sequences)
    for (int64_t token = sequence.length; token < sequence.length + sequence.tokens; ++token)
      slots.push_back(
          {sequence.pages[static_cast<size_t>(token / page_tokens)], static_cast<int32_t>(token % page_tokens)});
  return slots;
}

void write_cache(autograd::ExecutionContext& context, const autograd::Variable& k, const autograd::Variable& v,
                 const CachedBatch& batch, int layer) {
  VITRINE_CHECK(!context.recording(), "a cache serves inference, without recording");
  VITRINE_CHECK(k.shape()[0] == 1 && k.shape()[1] == batch.num_rows(), "one row of a cached batch is one token");
  const std::vector<kernels::PageSlot> slots = page_slots(batch);
  kernels::write_page_rows(context.kernels, k.data.f32(), slots, batch.pages->k(layer));
  kernels::write_page_rows(context.kernels, v.data.f32(), slots, batch.pages->v(layer));
}

autograd::Variable attend_to_cache(autograd::ExecutionContext& context, const autograd::Variable& q,
                                   const CachedBatch& batch, const CachedAttentionOptions& options) {
  const bool has_all = q.shape()[1] == batch.num_rows();
  VITRINE_CHECK(q.shape()[0] == 1 && (has_all || q.shape()[1] == batch.num_wanted()),
                "one row of a cached batch is one token");
  std::vector<kernels::PagedSequence> sequences;
  int64_t first_row = 0;
  for (const CachedSequence& sequence : batch.sequences) {
    const int64_t queries = has_all ? sequence.tokens : sequence.num_wanted();
    if (queries == 0) continue;
    sequences.push_back({.pages = sequence.pages.data(),
                         .first_row = first_row,
                         .queries = queries,
                         .keys = sequence.length + sequence.tokens});
    first_row += queries;
  }
  const Tensor mixed = Tensor::empty(q.shape());
  const kernels::PagedRows k_pages = batch.pages->k(options.layer);
  kernels::paged_attention(context.kernels, {.sequences = sequences,
                                             .heads = q.shape()[2] / options.head_width,
                                             .key_heads = k_pages.heads,
                                             .head_width = options.head_width,
                                             .window = options.window,
                                             .scale = 1.0f / std::sqrt(static_cast<float>(options.head_width)),
                                             .k = k_pages,
                                             .v = batch.pages->v(options.layer),
                                             .q = q.data.f32(),
                                             .out = mixed.f32(),
                                             .prompt_rows = context.prompt_rows});
  return autograd::constant(mixed);
}

autograd::Variable cached_attention(autograd::ExecutionContext& context, const autograd::Variable& q,
                                    const autograd::Variable& k, const autograd::Variable& v, const CachedBatch& batch,
                                    const CachedAttentionOptions& options) {
  const autograd::TracedOperation traced(context, "attention");
  write_cache(context, k, v, batch, options.layer);
  return attend_to_cache(context, q, batch, options);
}

}  // namespace vitrine::nn
