// Attention over pages: the chunks of attention_chunk-inl.h, with keys and values unpacked block by block, or for a few
// rows used in place.
#include "kernels/cpu/attention.h"
#include "kernels/cpu/select.h"
#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/paged_attention.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/paged_source-inl.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace {
using namespace attention;  // NOLINT: the inner part of this family

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
  const PagedSource<kType> source{.k = PagedHead(args.k, sequence.pages, task.key_head, args.head_width),
                                  .v = PagedHead(args.v, sequence.pages, task.key_head, args.head_width),
                                  .width = args.head_width};
  if (chunk.rows.count() <= kTileRows && source.is_in_place())
    run_in_place(args_of(args, sequence), source, chunk);
  else
    run_chunk(args_of(args, sequence), source, chunk);
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
