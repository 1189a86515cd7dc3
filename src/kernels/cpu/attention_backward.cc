// Backward attention: probabilities computed again from log_sum_exp, five products per pair of a row and a key block.
#include <iterator>

#include "kernels/cpu/attention.h"
#include "kernels/cpu/select.h"
#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention_backward.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/attention_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace {
using namespace attention;  // NOLINT: the inner part of this family

// Queries and keys are cut at multiples of this many positions; a task is one such pair of chunks.
constexpr int64_t kChunk = 4 * kKeyBlock;
constexpr int64_t kBlocks = kChunk / kKeyBlock;
// Rows between two additions to the gradients of k and v; a multiple of kTileRows.
constexpr int64_t kRowBlock = 60;
constexpr int64_t kKeysAhead = 16;  // fetched before they are packed

/// A chunk of queries meets a chunk of keys.
struct ChunkPair {
  int64_t batch = 0, key_head = 0;
  int64_t first_query = 0, num_queries = 0;
  int64_t first_key = 0, num_keys = 0;
  bool first_of_queries = false, first_of_keys = false;  // overwrite the gradients instead of adding
};

struct Scratch {
  int64_t width, stride;               // of a head; padded to whole vectors
  float *k_transposed, *v_transposed;  // [kBlocks][width, kKeyBlock]
  float* k;                            // [kChunk, stride]
  float *dk, *dv;                      // [kChunk, stride]
  float *q, *dout, *dq;                // [kRowBlock, stride]
  float *p, *ds;                       // [kRowBlock, kKeyBlock]
  float *log_sum_exp, *delta;          // [kRowBlock]; delta is the row sum of out * dout
  KeyRange* visible;                   // [kRowBlock]

  Scratch(const AttentionShape& shape, ScratchParts& parts)
      : width(shape.head_width), stride(padded(shape.head_width)) {
    k_transposed = parts.take(width * kChunk);
    v_transposed = parts.take(width * kChunk);
    for (float** part : {&k, &dk, &dv}) *part = parts.take(kChunk * stride);
    for (float** part : {&q, &dout, &dq}) *part = parts.take(kRowBlock * stride);
    for (float** part : {&p, &ds}) *part = parts.take(kRowBlock * kKeyBlock);
    for (float** part : {&log_sum_exp, &delta}) *part = parts.take(kRowBlock);
    visible = reinterpret_cast<KeyRange*>(parts.take(kRowBlock * sizeof(KeyRange) / sizeof(float)));
  }
};

template <typename Operand>
auto head_of(const Operand& operand, int64_t width, int64_t batch, int64_t token, int64_t head) {
  return operand.data + element_offset(operand.batch_stride, operand.token_stride, width, batch, token, head);
}

void pack_keys(const AttentionBackwardArgs& args, const ChunkPair& pair, const Scratch& s) {
  for (int64_t start = 0; start < pair.num_keys; start += kKeyBlock) {
    const int64_t keys = HWY_MIN(kKeyBlock, pair.num_keys - start);
    const float* k = head_of(args.k, s.width, pair.batch, pair.first_key + start, pair.key_head);
    const float* v = head_of(args.v, s.width, pair.batch, pair.first_key + start, pair.key_head);
    const int64_t left = pair.num_keys - start;
    pack_transposed(k, args.k.token_stride, keys, s.width, s.k_transposed + start * s.width, [&](int64_t j) {
      prefetch_rows(k, args.k.token_stride, s.width, HWY_MIN(j + kKeysAhead, left), HWY_MIN(j + kKeysAhead + 4, left));
      prefetch_rows(v, args.v.token_stride, s.width, HWY_MIN(j, left), HWY_MIN(j + 4, left));
    });
    pack_transposed(v, args.v.token_stride, keys, s.width, s.v_transposed + start * s.width);
    pack_rows(k, args.k.token_stride, keys, s.width, s.k + start * s.stride);
  }
  std::memset(s.dk, 0, pair.num_keys * s.stride * sizeof(float));
  std::memset(s.dv, 0, pair.num_keys * s.stride * sizeof(float));
}

/// Sum over a row of out * dout, in the order of lanes.
float row_delta(const float* out, const float* dout, int64_t width) {
  const FloatTag d;
  FloatVector sum = hn::Zero(d);
  int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) sum = hn::MulAdd(hn::LoadU(d, out + i), hn::LoadU(d, dout + i), sum);
  float rest = 0.0f;
  for (; i < width; ++i) rest += out[i] * dout[i];
  return hn::GetLane(hn::SumOfLanes(d, sum)) + rest;
}

void pack_row_block(const AttentionBackwardArgs& args, const QueryRows& rows, int64_t first_row, int64_t count,
                    const Scratch& s) {
  const AttentionShape& shape = args.shape;
  for (int64_t r = 0; r < count; ++r) {
    const int64_t query = rows.query(first_row + r), head = rows.head(first_row + r);
    const float* dout = head_of(args.out_gradient, s.width, rows.batch, query, head);
    pack_row(head_of(args.q, s.width, rows.batch, query, head), s.width, shape.scale, s.q + r * s.stride);
    pack_row(dout, s.width, 1.0f, s.dout + r * s.stride);
    s.delta[r] = row_delta(head_of(args.out, s.width, rows.batch, query, head), dout, s.width);
    s.log_sum_exp[r] = args.log_sum_exp[(rows.batch * shape.heads + head) * shape.queries + query];
    s.visible[r] = visible_keys(shape, rows.batch, query);
  }
  std::memset(s.dq, 0, count * s.stride * sizeof(float));
}

/// Scores in p and dout·v in ds become probabilities and gradients of the scores; all other columns become 0.
HWY_INLINE void softmax_gradient_row(const ColumnRange& tile, const ColumnRange& own, float log_sum_exp, float delta,
                                     float* p, float* ds) {
  const FloatTag d;
  const FloatVector zero = hn::Zero(d), offset = hn::Set(d, log_sum_exp), mean = hn::Set(d, delta);
  const int64_t begin = tile.first_vector * kLanes, end = tile.end_vector * kLanes;
  for (int64_t c = 0; c < begin; c += kLanes) hn::StoreU(zero, d, p + c), hn::StoreU(zero, d, ds + c);
  for (int64_t c = end; c < kKeyBlock; c += kLanes) hn::StoreU(zero, d, p + c), hn::StoreU(zero, d, ds + c);
  for (int64_t c = begin; c < end; c += kLanes) {
    const FloatVector probability = exp_of(hn::Sub(hn::LoadU(d, p + c), offset));
    hn::StoreU(probability, d, p + c);
    hn::StoreU(hn::Mul(probability, hn::Sub(hn::LoadU(d, ds + c), mean)), d, ds + c);
  }
  if (own.first <= begin && own.end >= end) return;
  for (int64_t c = begin; c < end; c += kLanes) {
    const auto inside = lanes_inside(own, c);
    hn::StoreU(hn::IfThenElseZero(inside, hn::LoadU(d, p + c)), d, p + c);
    hn::StoreU(hn::IfThenElseZero(inside, hn::LoadU(d, ds + c)), d, ds + c);
  }
}

constexpr float kOnes[] = {1, 1, 1, 1, 1, 1};
static_assert(std::size(kOnes) == kTileRows);

/// Probabilities, score gradients and the share of dq for one tile of rows; `start` counts from the chunk's first key.
void row_tile_step(const Scratch& s, int64_t row, int64_t rows, int64_t start, int64_t block_key) {
  const ColumnRange tile = columns_of(hull(s.visible + row, rows), block_key);
  const int64_t column = tile.first_vector * kLanes, vectors = tile.end_vector - tile.first_vector;
  float* p = s.p + row * kKeyBlock;
  float* ds = s.ds + row * kKeyBlock;
  TileArgs product{.a = s.q + row * s.stride,
                   .a_stride = s.stride,
                   .b = s.k_transposed + start * s.width + column,
                   .b_stride = kKeyBlock,
                   .depth = s.width,
                   .c = p + column,
                   .c_stride = kKeyBlock};
  rows_product<false>(product, rows, vectors);
  product.a = s.dout + row * s.stride;
  product.b = s.v_transposed + start * s.width + column;
  product.c = ds + column;
  rows_product<false>(product, rows, vectors);
  for (int64_t r = 0; r < rows; ++r)
    softmax_gradient_row(tile, columns_of(s.visible[row + r], block_key), s.log_sum_exp[row + r], s.delta[row + r],
                         p + r * kKeyBlock, ds + r * kKeyBlock);
  rows_product<false>({.a = ds + tile.first,
                       .a_stride = kKeyBlock,
                       .b = s.k + (start + tile.first) * s.stride,
                       .b_stride = s.stride,
                       .depth = tile.end - tile.first,
                       .c = s.dq + row * s.stride,
                       .c_stride = s.stride,
                       .keep = kOnes},
                      rows, s.stride / kLanes);
}

/// Adds the block's rows to the gradients of its keys: dv += pᵀ·dout, dk += dsᵀ·q.
void key_gradients(const Scratch& s, int64_t num_rows, const ColumnRange& block, int64_t start, int64_t block_key) {
  for (int64_t key = block.first / kTileRows * kTileRows; key < block.end; key += kTileRows) {
    const int64_t keys = HWY_MIN(kTileRows, block.end - key);
    // Rows that see none of these keys hold zeros; those at either end are left out.
    int64_t first = 0, end = num_rows;
    while (first < end && s.visible[first].end <= block_key + key) ++first;
    while (end > first && s.visible[end - 1].first >= block_key + key + keys) --end;
    TileArgs product{.a = s.p + first * kKeyBlock + key,
                     .a_stride = kKeyBlock,
                     .b = s.dout + first * s.stride,
                     .b_stride = s.stride,
                     .depth = end - first,
                     .c = s.dv + (start + key) * s.stride,
                     .c_stride = s.stride,
                     .keep = kOnes};
    rows_product<true>(product, keys, s.stride / kLanes);
    product.a = s.ds + first * kKeyBlock + key;
    product.b = s.q + first * s.stride;
    product.c = s.dk + (start + key) * s.stride;
    rows_product<true>(product, keys, s.stride / kLanes);
  }
}

/// Asks for what pack_row_block will read of these rows.
void prefetch_row_block(const AttentionBackwardArgs& args, const QueryRows& rows, int64_t first_row, int64_t end_row,
                        int64_t width) {
  for (int64_t r = first_row; r < HWY_MIN(end_row, rows.count()); ++r)
    for (const AttentionOperand& operand : {args.q, args.out, args.out_gradient})
      prefetch_rows(head_of(operand, width, rows.batch, rows.query(r), rows.head(r)), 0, width, 0, 1);
}

void row_block_step(const AttentionBackwardArgs& args, const ChunkPair& pair, const QueryRows& rows, int64_t first_row,
                    int64_t num_rows, const Scratch& s) {
  const KeyRange all = hull(s.visible, num_rows);
  int64_t ahead = first_row + kRowBlock;
  for (int64_t start = 0; start < pair.num_keys; start += kKeyBlock) {
    const int64_t block_key = pair.first_key + start;
    const ColumnRange block = columns_of(all, block_key);
    if (block.empty()) continue;
    for (int64_t row = 0; row < num_rows; row += kTileRows) {
      if (ahead < first_row + 2 * kRowBlock) prefetch_row_block(args, rows, ahead, ahead + kTileRows, s.width);
      ahead += kTileRows;
      row_tile_step(s, row, HWY_MIN(kTileRows, num_rows - row), start, block_key);
    }
    key_gradients(s, num_rows, block, start, block_key);
  }
}

/// to = scale * from, or to += scale * from.
HWY_INLINE void store_gradient(const float* HWY_RESTRICT from, int64_t width, float scale, bool overwrite,
                               float* HWY_RESTRICT to) {
  const FloatTag d;
  const FloatVector factor = hn::Set(d, scale);
  int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) {
    FloatVector value = hn::Mul(hn::LoadU(d, from + i), factor);
    if (!overwrite) value = hn::Add(hn::LoadU(d, to + i), value);
    hn::StoreU(value, d, to + i);
  }
  for (; i < width; ++i) to[i] = overwrite ? from[i] * scale : to[i] + from[i] * scale;
}

void run_pair(const AttentionBackwardArgs& args, const ChunkPair& pair, const Scratch& s) {
  pack_keys(args, pair, s);
  const QueryRows rows{.batch = pair.batch,
                       .key_head = pair.key_head,
                       .group = args.shape.heads / args.shape.key_heads,
                       .first_query = pair.first_query,
                       .num_queries = pair.num_queries};
  for (int64_t first_row = 0; first_row < rows.count(); first_row += kRowBlock) {
    const int64_t count = HWY_MIN(kRowBlock, rows.count() - first_row);
    pack_row_block(args, rows, first_row, count, s);
    row_block_step(args, pair, rows, first_row, count, s);
    for (int64_t r = 0; r < count; ++r) {
      const int64_t query = rows.query(first_row + r), head = rows.head(first_row + r);
      store_gradient(s.dq + r * s.stride, s.width, args.shape.scale, pair.first_of_queries,
                     head_of(args.q_gradient, s.width, pair.batch, query, head));
    }
  }
  for (int64_t j = 0; j < pair.num_keys; ++j) {
    const int64_t key = pair.first_key + j;
    store_gradient(s.dk + j * s.stride, s.width, 1.0f, pair.first_of_keys,
                   head_of(args.k_gradient, s.width, pair.batch, key, pair.key_head));
    store_gradient(s.dv + j * s.stride, s.width, 1.0f, pair.first_of_keys,
                   head_of(args.v_gradient, s.width, pair.batch, key, pair.key_head));
  }
}

bool sees_any(const AttentionShape& shape, const ChunkPair& pair) {
  for (int64_t query = pair.first_query; query < pair.first_query + pair.num_queries; ++query)
    if (visible_keys(shape, pair.batch, query).first < pair.first_key + pair.num_keys) return true;
  return false;
}

void clear_keys(const AttentionBackwardArgs& args, int64_t end_key) {
  const AttentionShape& shape = args.shape;
  for (int64_t batch = 0; batch < shape.batch; ++batch)
    for (int64_t key = 0; key < end_key; ++key)
      for (const AttentionResult& result : {args.k_gradient, args.v_gradient})
        std::memset(head_of(result, 0, batch, key, 0), 0, shape.key_heads * shape.head_width * sizeof(float));
}

ChunkPair chunk_pair(const AttentionShape& shape, int64_t query_chunk, int64_t key_chunk) {
  const int64_t shift = shape.keys - shape.queries;  // position of query 0
  const int64_t begin = HWY_MAX(query_chunk * kChunk, shift);
  const int64_t end = HWY_MIN((query_chunk + 1) * kChunk, shape.keys);
  const int64_t first_key = key_chunk * kChunk;
  return {.first_query = begin - shift,
          .num_queries = end - begin,
          .first_key = first_key,
          .num_keys = HWY_MIN(kChunk, shape.keys - first_key),
          .first_of_queries = query_chunk == key_chunk,
          .first_of_keys = query_chunk == key_chunk};
}

/// Pairs of chunks at one distance share neither queries nor keys: they run in parallel, distance after distance, and
/// every gradient is summed in one order on any number of threads.
void backward(const KernelContext& context, const AttentionBackwardArgs& args) {
  const AttentionShape& shape = args.shape;
  const int64_t first_chunk = (shape.keys - shape.queries) / kChunk, end_chunk = (shape.keys + kChunk - 1) / kChunk;
  clear_keys(args, shape.queries > 0 ? first_chunk * kChunk : shape.keys);
  if (shape.queries == 0) return;
  ScratchParts measure(nullptr);
  Scratch(shape, measure);
  const ArenaScope scope(*context.arena);
  float* scratch = context.arena->floats(measure.used() * context.pool->num_threads());
  const int64_t heads = shape.batch * shape.key_heads;
  for (int64_t distance = 0; distance < end_chunk; ++distance) {
    const int64_t first = HWY_MAX(first_chunk, distance);
    context.pool->parallel_for((end_chunk - first) * heads, [&](int64_t task, int thread) {
      const int64_t query_chunk = first + task / heads;
      ChunkPair pair = chunk_pair(shape, query_chunk, query_chunk - distance);
      pair.batch = task % heads / shape.key_heads;
      pair.key_head = task % shape.key_heads;
      if (!sees_any(shape, pair)) return;
      ScratchParts parts(scratch + thread * measure.used());
      run_pair(args, pair, Scratch(shape, parts));
    });
  }
}

}  // namespace

void attention_backward_body(const KernelContext& context, const AttentionBackwardArgs& args) {
  backward(context, args);
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vitrine::kernels::cpu {

void attention_backward(const KernelContext& context, const AttentionBackwardArgs& args) {
  VITRINE_KERNEL(context.kernel_set, attention_backward_body)(context, args);
}

}  // namespace vitrine::kernels::cpu
#endif
