// Attention over pages: the chunks of attention_chunk-inl.h, with keys and values gathered block by block.
#include <bit>
#include <cstring>

#include "core/dtype.h"
#include "kernels/cpu/attention.h"
#include "kernels/cpu/select.h"
#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/paged_attention.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/attention_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace {
using namespace attention;  // NOLINT: the inner part of this family

/// Turns `width` 16-bit elements into f32 and fills up with zeros to whole vectors.
template <typename Element>
HWY_INLINE void unpack_16_bit(const std::byte* source, int64_t width, float* out) {
  const FloatTag d;
  const hn::Rebind<Element, FloatTag> d16;
  const auto* from = reinterpret_cast<const Element*>(source);
  int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) hn::StoreU(hn::PromoteTo(d, hn::LoadU(d16, from + i)), d, out + i);
  if (i == width) return;
  HWY_ALIGN Element last[kLanes] = {};
  std::memcpy(last, from + i, (width - i) * sizeof(Element));
  hn::StoreU(hn::PromoteTo(d, hn::LoadU(d16, last)), d, out + i);
}

/// Blocks of 32 elements: an f16 scale, then 32 signed bytes.
HWY_INLINE void unpack_q8_0(const std::byte* source, int64_t width, float* out) {
  constexpr int64_t kBlock = 32, kBlockBytes = 34;
  const hn::CappedTag<float, kBlock> d;
  const hn::Rebind<int32_t, decltype(d)> d32;
  const hn::Rebind<int8_t, decltype(d)> d8;
  for (int64_t i = 0; i < width; i += kBlock, source += kBlockBytes) {
    uint16_t bits;
    std::memcpy(&bits, source, sizeof bits);
    const auto scale = hn::Set(d, f32_from_f16(bits));
    const auto* bytes = reinterpret_cast<const int8_t*>(source + sizeof bits);
    for (int64_t j = 0; j < kBlock; j += hn::MaxLanes(d)) {
      const auto values = hn::ConvertTo(d, hn::PromoteTo(d32, hn::LoadU(d8, bytes + j)));
      hn::StoreU(hn::Mul(values, scale), d, out + i + j);
    }
  }
}

template <DType kType>
HWY_INLINE void unpack_row(const std::byte* source, int64_t width, float* out) {
  if constexpr (kType == DType::kF16) unpack_16_bit<hwy::float16_t>(source, width, out);
  if constexpr (kType == DType::kBF16) unpack_16_bit<hwy::bfloat16_t>(source, width, out);
  if constexpr (kType == DType::kQ8_0) unpack_q8_0(source, width, out);
  if constexpr (kType == DType::kF32) pack_row(reinterpret_cast<const float*>(source), width, 1.0f, out);
}

/// Finds one head's part of a token's row.
struct PagedHead {
  const PagedRows* rows = nullptr;
  const int32_t* pages = nullptr;
  int page_shift = 0, slab_shift = 0;
  int64_t row_bytes = 0, head_offset = 0, head_bytes = 0;

  PagedHead(const PagedRows& layer, const int32_t* table, int64_t head, int64_t width)
      : rows(&layer),
        pages(table),
        page_shift(std::countr_zero(static_cast<uint64_t>(layer.page_tokens))),
        slab_shift(std::countr_zero(static_cast<uint64_t>(layer.slab_pages))),
        row_bytes(layer.row_bytes()),
        head_offset(head * storage_bytes(layer.dtype, width)),
        head_bytes(storage_bytes(layer.dtype, width)) {}

  const std::byte* row(int64_t token) const {
    const int64_t page = pages[token >> page_shift];
    const int64_t in_slab = ((page & (rows->slab_pages - 1)) << page_shift) + (token & (rows->page_tokens - 1));
    return rows->slabs[page >> slab_shift] + in_slab * row_bytes + head_offset;
  }
  void prefetch(int64_t first, int64_t last) const {
    asm volatile("");  // see prefetch_rows
    for (int64_t j = first; j < last; ++j) {
      const std::byte* const from = row(j);
      for (int64_t i = 0; i < head_bytes; i += 64) hwy::Prefetch(from + i);
    }
  }
};

template <DType kType>
struct PagedSource {
  PagedHead k, v;
  int64_t width = 0;
  int64_t end = 0;  // keys

  void prefetch_k(int64_t first, int64_t last) const { k.prefetch(first, HWY_MIN(last, end)); }
  void prefetch_v(int64_t first, int64_t last) const { v.prefetch(first, HWY_MIN(last, end)); }

  template <typename BeforeKeys>
  void pack_keys(Chunk& chunk, int64_t block, int64_t keys, const BeforeKeys& before_keys) const {
    if constexpr (kType == DType::kF32) {
      const auto row_of = [&](int64_t j) { return reinterpret_cast<const float*>(k.row(block + j)); };
      pack_transposed_rows(row_of, k.rows->row_elements, keys, width, chunk.k_transposed, before_keys);
    } else {
      for (int64_t j = 0; j < keys; ++j) {
        if (j % 4 == 0) before_keys(j);
        unpack_row<kType>(k.row(block + j), width, chunk.k_rows + j * chunk.padded_width);
      }
      pack_transposed(chunk.k_rows, chunk.padded_width, keys, width, chunk.k_transposed);
    }
  }
  void pack_values(Chunk& chunk, int64_t block, int64_t keys) const {
    for (int64_t j = 0; j < keys; ++j)
      unpack_row<kType>(v.row(block + j), width, chunk.v_packed + j * chunk.padded_width);
    chunk.v = chunk.v_packed, chunk.v_stride = chunk.padded_width;
  }
  bool use_values_in_place(Chunk&, int64_t) const { return false; }
};

/// One sequence as attention_forward sees it.
AttentionForwardArgs args_of(const PagedAttentionArgs& args, const PagedSequence& sequence) {
  const int64_t stride = args.heads * args.head_width, offset = sequence.first_row * stride;
  return {.shape = {.batch = 1,
                    .queries = sequence.queries,
                    .keys = sequence.keys,
                    .heads = args.heads,
                    .key_heads = args.key_heads,
                    .head_width = args.head_width,
                    .window = args.window,
                    .scale = args.scale},
          .q = {args.q + offset, 0, stride},
          .out = {args.out + offset, 0, stride}};
}

/// A task is one key head of one chunk of one sequence.
struct Task {
  int32_t sequence, key_head;
  int64_t first_query;
};

template <DType kType>
void run_task(const PagedAttentionArgs& args, const Task& task, int64_t chunk_queries, Chunk& chunk) {
  const PagedSequence& sequence = args.sequences[task.sequence];
  chunk.rows = {.batch = 0,
                .key_head = task.key_head,
                .group = args.heads / args.key_heads,
                .first_query = task.first_query,
                .num_queries = HWY_MIN(chunk_queries, sequence.queries - task.first_query)};
  run_chunk(args_of(args, sequence),
            PagedSource<kType>{.k = PagedHead(args.k, sequence.pages, task.key_head, args.head_width),
                               .v = PagedHead(args.v, sequence.pages, task.key_head, args.head_width),
                               .width = args.head_width},
            chunk);
}

template <DType kType>
void paged(const KernelContext& context, const PagedAttentionArgs& args) {
  const int64_t group = args.heads / args.key_heads;
  int64_t rows = 0, longest = 0;
  for (const PagedSequence& sequence : args.sequences) {
    rows += sequence.queries * args.heads;
    longest = HWY_MAX(longest, sequence.queries);
  }
  if (rows == 0) return;
  const int64_t chunk_queries = HWY_MIN(longest, queries_per_chunk(rows, group, context.pool->num_threads()));
  int64_t num_tasks = 0;
  for (const PagedSequence& sequence : args.sequences)
    num_tasks += (sequence.queries + chunk_queries - 1) / chunk_queries * args.key_heads;
  const ArenaScope scope(*context.arena);
  Task* const tasks = static_cast<Task*>(context.arena->allocate(num_tasks * sizeof(Task)));
  Task* next = tasks;
  for (size_t s = 0; s < args.sequences.size(); ++s) {
    // The last queries see most keys: they go first, so that threads end together.
    const int64_t chunks = (args.sequences[s].queries + chunk_queries - 1) / chunk_queries;
    for (int64_t chunk = chunks - 1; chunk >= 0; --chunk)
      for (int64_t head = 0; head < args.key_heads; ++head)
        *next++ = {static_cast<int32_t>(s), static_cast<int32_t>(head), chunk * chunk_queries};
  }
  const AttentionShape shape{.head_width = args.head_width};
  ScratchParts measure(nullptr);
  Chunk(shape, chunk_queries * group, measure);
  float* const scratch = context.arena->floats(measure.used() * context.pool->num_threads());
  context.pool->parallel_for(num_tasks, [&](int64_t task, int thread) {
    ScratchParts parts(scratch + thread * measure.used());
    Chunk chunk(shape, chunk_queries * group, parts);
    run_task<kType>(args, tasks[task], chunk_queries, chunk);
  });
}

}  // namespace

void paged_attention_body(const KernelContext& context, const PagedAttentionArgs& args) {
  if (args.k.dtype == DType::kF32) return paged<DType::kF32>(context, args);
  if (args.k.dtype == DType::kF16) return paged<DType::kF16>(context, args);
  if (args.k.dtype == DType::kBF16) return paged<DType::kBF16>(context, args);
  paged<DType::kQ8_0>(context, args);
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vitrine::kernels::cpu {

void paged_attention(const KernelContext& context, const PagedAttentionArgs& args) {
  VITRINE_KERNEL(context.kernel_set, paged_attention_body)(context, args);
}

}  // namespace vitrine::kernels::cpu
#endif
