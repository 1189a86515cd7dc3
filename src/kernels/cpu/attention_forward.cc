// Forward attention: blocks of keys past a chunk of query rows, softmax online.
#include "kernels/cpu/attention.h"
#include "kernels/cpu/select.h"
#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention_forward.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/attention_chunk-inl.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace {
using namespace attention;  // NOLINT: the inner part of this family

/// One key head of one sequence.
struct StridedSource {
  using Products = FloatProducts;
  const float *k = nullptr, *v = nullptr;
  int64_t k_stride = 0, v_stride = 0, width = 0;
  int64_t end = 0;  // keys

  void prefetch_k(int64_t first, int64_t last) const { prefetch_rows(k, k_stride, width, first, HWY_MIN(last, end)); }
  void prefetch_v(int64_t first, int64_t last) const { prefetch_rows(v, v_stride, width, first, HWY_MIN(last, end)); }

  template <typename BeforeKeys>
  void pack_keys(Chunk& chunk, int64_t block, int64_t keys, const BeforeKeys& before_keys) const {
    pack_transposed(k + block * k_stride, k_stride, keys, width, chunk.k_transposed, before_keys);
  }
  void pack_values(Chunk& chunk, int64_t block, int64_t keys) const {
    pack_rows(v + block * v_stride, v_stride, keys, width, chunk.v_packed);
    chunk.v = chunk.v_packed, chunk.v_stride = chunk.padded_width;
  }
  bool use_values_in_place(Chunk& chunk, int64_t block) const {
    chunk.v = v + block * v_stride, chunk.v_stride = v_stride;
    return chunk.width == chunk.padded_width;
  }
};

StridedSource source_of(const AttentionForwardArgs& args, const QueryRows& rows, int64_t width) {
  return {.k = args.k.data + element_offset(args.k.batch_stride, 0, width, rows.batch, 0, rows.key_head),
          .v = args.v.data + element_offset(args.v.batch_stride, 0, width, rows.batch, 0, rows.key_head),
          .k_stride = args.k.token_stride,
          .v_stride = args.v.token_stride,
          .width = width};
}

void forward(const KernelContext& context, const AttentionForwardArgs& args) {
  const AttentionShape& shape = args.shape;
  const int64_t group = shape.heads / shape.key_heads;
  const int64_t all_rows = shape.batch * shape.heads * shape.queries;
  const int64_t chunk_queries = HWY_MIN(shape.queries, queries_per_chunk(all_rows, group, context.pool->num_threads()));
  const int64_t chunks = (shape.queries + chunk_queries - 1) / chunk_queries;
  ScratchParts measure(nullptr);
  Chunk(shape, chunk_queries * group, measure);
  const ArenaScope scope(*context.arena);
  float* scratch = context.arena->floats(measure.used() * context.pool->num_threads());
  context.pool->parallel_for(chunks * shape.batch * shape.key_heads, [&](int64_t task, int thread) {
    ScratchParts parts(scratch + thread * measure.used());
    Chunk chunk(shape, chunk_queries * group, parts);
    const int64_t pair = task % (shape.batch * shape.key_heads);
    // The last queries see most keys: they go first, so that threads end together.
    const int64_t first_query = (chunks - 1 - task / (shape.batch * shape.key_heads)) * chunk_queries;
    chunk.rows = {.batch = pair / shape.key_heads,
                  .key_head = pair % shape.key_heads,
                  .group = group,
                  .first_query = first_query,
                  .num_queries = HWY_MIN(chunk_queries, shape.queries - first_query)};
    run_chunk(args, source_of(args, chunk.rows, chunk.width), chunk);
  });
}

}  // namespace

void attention_forward_body(const KernelContext& context, const AttentionForwardArgs& args) { forward(context, args); }

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vitrine::kernels::cpu {

void attention_forward(const KernelContext& context, const AttentionForwardArgs& args) {
  VITRINE_KERNEL(context.kernel_set, attention_forward_body)(context, args);
}

}  // namespace vitrine::kernels::cpu
#endif
