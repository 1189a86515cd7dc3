// Attention over pages on tiles: first the blocks of keys and values are rounded and laid out, each once, then chunks
// of rows see them. Compiled once per instruction family; used by the amx set alone.
#if defined(VITRINE_KERNELS_CPU_PAGED_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_PAGED_TILES_INL_H_
#undef VITRINE_KERNELS_CPU_PAGED_TILES_INL_H_
#else
#define VITRINE_KERNELS_CPU_PAGED_TILES_INL_H_
#endif

#include <span>

#include "kernels/cpu/attention_tiles.h"
#include "kernels/cpu/paged_source-inl.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace attention {

constexpr int64_t kTiledRows = 96;                    // of a chunk: a block and their sums fit a first-level cache
constexpr int64_t kTiledKeyBytes = int64_t{4} << 20;  // of blocks at once, or one head's if that is more

/// One key head of one sequence.
struct TiledHead {
  AttentionForwardArgs args;
  int32_t key_head;
  const int32_t* pages;
  int64_t first_block, num_blocks;
  uint16_t* tiles;  // [num_blocks]
};

template <DType kType>
class PagedTiles {
 public:
  PagedTiles(const KernelContext& context, const PagedAttentionArgs& args)
      : context_(context),
        args_(args),
        block_elements_(tiled_block_elements(args.head_width)),
        group_(args.heads / args.key_heads),
        chunk_queries_(HWY_MAX(kTiledRows / group_, int64_t{1})) {}

  /// As many heads at a time as there is memory for.
  void run(std::span<TiledHead> heads) {
    while (!heads.empty()) {
      int64_t blocks = 0;
      size_t count = 0;
      do blocks += heads[count++].num_blocks;
      while (count < heads.size() && (blocks + heads[count].num_blocks) * block_elements_ * 2 <= kTiledKeyBytes);
      run_some(heads.first(count), blocks);
      heads = heads.subspan(count);
    }
  }

 private:
  void run_some(std::span<TiledHead> heads, int64_t num_blocks);
  void pack(const TiledHead& head, int64_t block, Chunk& unpacked) const;
  void attend(const TiledHead& head, int64_t first_query, TiledChunk& chunk) const;
  int64_t chunks_of(const TiledHead& head) const {
    return (head.args.shape.queries + chunk_queries_ - 1) / chunk_queries_;
  }

  const KernelContext& context_;
  const PagedAttentionArgs& args_;
  const int64_t block_elements_, group_, chunk_queries_;
};

template <DType kType>
void PagedTiles<kType>::pack(const TiledHead& head, int64_t block, Chunk& unpacked) const {
  const PagedSource<kType, FloatProducts> source{.k = PagedHead(args_.k, head.pages, head.key_head, args_.head_width),
                                                 .v = PagedHead(args_.v, head.pages, head.key_head, args_.head_width),
                                                 .width = args_.head_width,
                                                 .end = head.args.shape.keys};
  const int64_t first = (head.first_block + block) * kKeyBlock, keys = HWY_MIN(kKeyBlock, source.end - first);
  source.prefetch_v(first, first + keys);
  source.pack_keys(unpacked, first, keys, [](int64_t) {});
  source.pack_values(unpacked, first, keys);
  pack_block({.columns = unpacked.k_transposed,
              .values = unpacked.v,
              .value_stride = unpacked.v_stride,
              .count = keys,
              .head_width = args_.head_width},
             head.tiles + block * block_elements_);
}

template <DType kType>
void PagedTiles<kType>::attend(const TiledHead& head, int64_t first_query, TiledChunk& chunk) const {
  begin_tiled(head.args,
              {.batch = 0,
               .key_head = head.key_head,
               .group = group_,
               .first_query = first_query,
               .num_queries = HWY_MIN(chunk_queries_, head.args.shape.queries - first_query)},
              chunk);
  for (int64_t block = chunk.all.first / kKeyBlock; block * kKeyBlock < chunk.all.end; ++block) {
    const uint16_t* const tiles = head.tiles + (block - head.first_block) * block_elements_;
    const bool is_last = (block + 1) * kKeyBlock >= chunk.all.end;
    see_block(chunk, block * kKeyBlock, tiles, is_last ? nullptr : tiles + block_elements_);
  }
  finish_tiled(head.args, chunk);
}

template <DType kType>
void PagedTiles<kType>::run_some(std::span<TiledHead> heads, int64_t num_blocks) {
  struct Task {
    const TiledHead* head;
    int64_t index;  // of a block or a chunk
  };
  const ArenaScope scope(*context_.arena);
  ScratchParts measure(nullptr);
  const int64_t most_rows = chunk_queries_ * group_;
  Chunk({.head_width = args_.head_width}, 1, measure);
  TiledChunk(most_rows, args_.head_width, measure);
  float* const scratch = context_.arena->floats(measure.used() * context_.pool->num_threads());
  auto* const tiles = static_cast<uint16_t*>(context_.arena->allocate(num_blocks * block_elements_ * 2));
  int64_t num_chunks = 0, most_chunks = 0;
  for (const TiledHead& head : heads)
    num_chunks += chunks_of(head), most_chunks = HWY_MAX(most_chunks, chunks_of(head));
  auto* const blocks = static_cast<Task*>(context_.arena->allocate(num_blocks * sizeof(Task)));
  auto* const chunks = static_cast<Task*>(context_.arena->allocate(num_chunks * sizeof(Task)));
  int64_t next = 0;
  for (TiledHead& head : heads) {
    head.tiles = tiles + next * block_elements_;
    for (int64_t block = 0; block < head.num_blocks; ++block) blocks[next++] = {&head, block};
  }
  // The last queries see most keys: they go first, so that threads end together.
  next = 0;
  for (int64_t chunk = most_chunks - 1; chunk >= 0; --chunk)
    for (const TiledHead& head : heads)
      if (chunk < chunks_of(head)) chunks[next++] = {&head, chunk};
  const auto parts_of = [&](int thread) { return ScratchParts(scratch + thread * measure.used()); };
  context_.pool->parallel_for(num_blocks, [&](int64_t i, int thread) {
    ScratchParts parts = parts_of(thread);
    Chunk unpacked({.head_width = args_.head_width}, 1, parts);
    pack(*blocks[i].head, blocks[i].index, unpacked);
  });
  context_.pool->parallel_for(num_chunks, [&](int64_t i, int thread) {
    ScratchParts parts = parts_of(thread);
    TiledChunk chunk(most_rows, args_.head_width, parts);
    attend(*chunks[i].head, chunks[i].index * chunk_queries_, chunk);
  });
}

}  // namespace attention
}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_AFTER_NAMESPACE();

#endif
