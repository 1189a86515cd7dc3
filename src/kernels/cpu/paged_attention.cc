// Attention over pages: the chunks of attention_chunk-inl.h, with keys and values unpacked block by block, or for a few
// rows used in place; prompts on tiles where these are asked for.
#include "kernels/cpu/attention.h"
#include "kernels/cpu/memory_reads.h"
#include "kernels/cpu/select.h"
#include "kernels/cpu/targets.h"

#include <new>
#include <span>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/paged_attention.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/attention_spread-inl.h"
#include "kernels/cpu/paged_pairs-inl.h"
#include "kernels/cpu/paged_tiles-inl.h"

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

QueryRows rows_of(const PagedAttentionArgs& args, const Task& task, int64_t chunk_queries) {
  return {.batch = 0,
          .key_head = task.key_head,
          .group = args.heads / args.key_heads,
          .first_query = task.first_query,
          .num_queries = HWY_MIN(chunk_queries, args.sequences[task.sequence].queries - task.first_query)};
}

template <DType kType, class Products>
PagedSource<kType, Products> source_of(const PagedAttentionArgs& args, const Task& task) {
  const int32_t* const pages = args.sequences[task.sequence].pages;
  return {.k = PagedHead(args.k, pages, task.key_head, args.head_width),
          .v = PagedHead(args.v, pages, task.key_head, args.head_width),
          .width = args.head_width,
          .asks_second_level = memory_reads().asks_second_level};
}

template <DType kType, class Products>
void run_task(const PagedAttentionArgs& args, const Task& task, int64_t chunk_queries, Chunk& chunk) {
  const AttentionForwardArgs forward = args_of(args, args.sequences[task.sequence]);
  const PagedSource<kType, Products> source = source_of<kType, Products>(args, task);
  chunk.rows = rows_of(args, task, chunk_queries);
  if (chunk.rows.count() <= kTileRows && source.is_in_place())
    run_in_place(forward, source, chunk);
  else
    run_chunk(forward, source, chunk);
}

/// Whether heads alone would not fill the threads evenly, and keys are many enough to be worth another loop.
template <DType kType, class Products>
bool is_worth_spreading(const PagedAttentionArgs& args, std::span<const Task> tasks, int64_t chunk_queries,
                        int threads) {
  constexpr int64_t kFewestKeys = 384;
  const auto count = static_cast<int64_t>(tasks.size());
  if (threads == 1 || count % threads == 0 || count > 4 * threads) return false;
  for (const Task& task : tasks) {
    const PagedSequence& sequence = args.sequences[task.sequence];
    if (sequence.queries > chunk_queries || sequence.queries * (args.heads / args.key_heads) > kTileRows ||
        sequence.keys < kFewestKeys || !source_of<kType, Products>(args, task).is_in_place())
      return false;
  }
  return true;
}

/// Memory of a chunk for each thread.
class ChunkScratch {
 public:
  ChunkScratch(const KernelContext& context, int64_t head_width, int64_t rows)
      : shape_{.head_width = head_width}, rows_(rows) {
    ScratchParts measure(nullptr);
    Chunk(shape_, rows_, measure);
    each_ = measure.used();
    memory_ = context.arena->floats(each_ * context.pool->num_threads());
  }
  template <DType kType, class Products>
  void run(const PagedAttentionArgs& args, const Task& task, int64_t chunk_queries, int thread) const {
    ScratchParts parts(memory_ + thread * each_);
    Chunk chunk(shape_, rows_, parts);
    run_task<kType, Products>(args, task, chunk_queries, chunk);
  }

 private:
  const AttentionShape shape_;
  const int64_t rows_;
  int64_t each_ = 0;
  float* memory_ = nullptr;
};

/// As many whole tasks as fill the threads evenly; the others in pieces of blocks, of all of them about as many for
/// each thread.
template <DType kType, class Products>
void run_spread(const KernelContext& context, const PagedAttentionArgs& args, std::span<const Task> all_tasks,
                int64_t chunk_queries, const ChunkScratch& scratch) {
  using Rows = SpreadRows<kType, Products>;
  struct Piece {
    Rows* rows;
    int64_t first, end;
  };
  const auto count = static_cast<int64_t>(all_tasks.size()) % context.pool->num_threads();
  const std::span<const Task> tasks = all_tasks.first(static_cast<size_t>(count));
  const std::span<const Task> whole = all_tasks.subspan(static_cast<size_t>(count));
  const int64_t pieces_each = (4 * context.pool->num_threads() + count - 1) / count;
  auto* const all = static_cast<Rows*>(context.arena->allocate(count * sizeof(Rows)));
  auto* const pieces = static_cast<Piece*>(context.arena->allocate(count * pieces_each * sizeof(Piece)));
  for (int64_t i = 0; i < count; ++i) {
    const PagedSequence& sequence = args.sequences[tasks[i].sequence];
    const AttentionForwardArgs forward = args_of(args, sequence);
    const QueryRows rows = rows_of(args, tasks[i], chunk_queries);
    ScratchParts parts(context.arena->floats(Rows::floats(forward.shape, rows.count(), sequence.keys)));
    Rows* const made = new (all + i) Rows(forward, rows, source_of<kType, Products>(args, tasks[i]), parts);
    made->begin();
    for (int64_t piece = 0; piece < pieces_each; ++piece)
      pieces[i * pieces_each + piece] = {made, made->num_blocks() * piece / pieces_each,
                                         made->num_blocks() * (piece + 1) / pieces_each};
  }
  const int64_t num_pieces = count * pieces_each;
  context.pool->parallel_for(num_pieces + static_cast<int64_t>(whole.size()), [&](int64_t i, int thread) {
    if (i >= num_pieces) return scratch.run<kType, Products>(args, whole[i - num_pieces], chunk_queries, thread);
    for (int64_t block = pieces[i].first; block < pieces[i].end; ++block) pieces[i].rows->score(block);
  });
  for (int64_t i = 0; i < count; ++i) all[i].advance_maxima();
  context.pool->parallel_for(num_pieces, [&](int64_t i, int) {
    for (int64_t block = pieces[i].first; block < pieces[i].end; ++block) pieces[i].rows->weigh(block);
  });
  for (int64_t i = 0; i < count; ++i) all[i].finish();
}

template <DType kType, class Products>
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
  const std::span<const Task> all(tasks, static_cast<size_t>(num_tasks));
  const ChunkScratch scratch(context, args.head_width, chunk_queries * group);
  if (is_worth_spreading<kType, Products>(args, all, chunk_queries, context.pool->num_threads()))
    return run_spread<kType, Products>(context, args, all, chunk_queries, scratch);
  context.pool->parallel_for(num_tasks, [&](int64_t task, int thread) {
    scratch.run<kType, Products>(args, tasks[task], chunk_queries, thread);
  });
}

/// Every key head of each sequence.
template <DType kType>
void paged_on_tiles(const KernelContext& context, const PagedAttentionArgs& args) {
  const ArenaScope scope(*context.arena);
  const size_t most = args.sequences.size() * static_cast<size_t>(args.key_heads);
  auto* const heads = static_cast<TiledHead*>(context.arena->allocate(static_cast<int64_t>(most * sizeof(TiledHead))));
  size_t count = 0;
  for (const PagedSequence& sequence : args.sequences) {
    if (sequence.queries == 0) continue;
    const AttentionForwardArgs forward = args_of(args, sequence);
    const int64_t first_block = visible_keys(forward.shape, 0, 0).first / kKeyBlock;
    for (int64_t head = 0; head < args.key_heads; ++head)
      new (heads + count++) TiledHead{.args = forward,
                                      .key_head = static_cast<int32_t>(head),
                                      .pages = sequence.pages,
                                      .first_block = first_block,
                                      .num_blocks = (sequence.keys + kKeyBlock - 1) / kKeyBlock - first_block,
                                      .tiles = nullptr};
  }
  PagedTiles<kType>(context, args).run({heads, count});
}

/// Prompts come first.
template <DType kType>
void paged_of_type(const KernelContext& context, PagedAttentionArgs args) {
  const std::span<const PagedSequence> all = args.sequences;
  size_t prompts = 0;
  while (prompts < all.size() && all[prompts].first_row < args.prompt_rows) ++prompts;
  args.sequences = all.first(prompts);
  if constexpr (kType != DType::kF32)
    if (prompts > 0) paged_on_tiles<kType>(context, args);
  args.sequences = all.subspan(prompts);
  if (args.sequences.empty()) return;
#if VITRINE_HAS_PAIRS
  if constexpr (kType != DType::kF32)
    if (attends_in_pairs(context, kType)) return paged<kType, PairProducts>(context, args);
#endif
  paged<kType, FloatProducts>(context, args);
}

}  // namespace

void paged_attention_body(const KernelContext& context, const PagedAttentionArgs& args) {
  if (args.k.dtype == DType::kF32) return paged_of_type<DType::kF32>(context, args);
  if (args.k.dtype == DType::kF16) return paged_of_type<DType::kF16>(context, args);
  if (args.k.dtype == DType::kBF16) return paged_of_type<DType::kBF16>(context, args);
  paged_of_type<DType::kQ8_0>(context, args);
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
