// A chunk of query rows while the key blocks pass, softmax online. Where keys and values come from is a Source: plain
// strides (attention_forward.cc) or pages (paged_attention.cc). Compiled once per instruction family.
#if defined(VITRINE_KERNELS_CPU_ATTENTION_CHUNK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_ATTENTION_CHUNK_INL_H_
#undef VITRINE_KERNELS_CPU_ATTENTION_CHUNK_INL_H_
#else
#define VITRINE_KERNELS_CPU_ATTENTION_CHUNK_INL_H_
#endif

#include <bit>
#include <limits>

#include "kernels/cpu/attention_pairs-inl.h"
#include "kernels/cpu/attention_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace attention {

// Rows that stay in the second-level cache while the keys pass.
constexpr int64_t kChunkRows = 256;
constexpr int64_t kFewestRows = 48;    // with fewer, packing the keys would cost too much
constexpr int64_t kQueriesAhead = 32;  // fetched before they are packed
constexpr int64_t kKeysAhead = 48;

/// ln(x) for x >= 1 to 1e-10, from correctly rounded operations alone: the same on every processor, as libm's is not.
HWY_INLINE double log_of(double x) {
  if (!(x < std::numeric_limits<double>::infinity())) return x;
  const uint64_t bits = std::bit_cast<uint64_t>(x), mantissa_mask = (uint64_t{1} << 52) - 1;
  double exponent = static_cast<double>(static_cast<int64_t>(bits >> 52) - 1023);
  double m = std::bit_cast<double>((bits & mantissa_mask) | (uint64_t{1023} << 52));  // [1, 2)
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1.0;
  }
  const double t = (m - 1.0) / (m + 1.0), t2 = t * t;
  const double sum = ((((t2 * (1.0 / 11) + 1.0 / 9) * t2 + 1.0 / 7) * t2 + 1.0 / 5) * t2 + 1.0 / 3) * t2 + 1.0;
  return exponent * 0.6931471805599453 + 2.0 * t * sum;
}

/// State of a chunk of rows while the key blocks pass.
struct Chunk {
  QueryRows rows;
  int64_t width = 0, padded_width = 0;
  KeyRange* visible = nullptr;    // [rows]
  float* q = nullptr;             // [rows, padded_width], scaled
  float* sum_pv = nullptr;        // [rows, padded_width], to be divided by the row's sum
  float* row_max = nullptr;       // [rows], read in whole vectors
  float* row_sum = nullptr;       // [rows, kLanes]
  float* k_transposed = nullptr;  // [width, kKeyBlock]
  float* v_packed = nullptr;      // [kKeyBlock, padded_width]
  const float* v = nullptr;       // the block's values: packed, or where they are
  int64_t v_stride = 0;
  float* scores = nullptr;  // [kTileRows, kKeyBlock]

  Chunk(const AttentionShape& shape, int64_t max_rows, ScratchParts& parts)
      : width(shape.head_width), padded_width(padded(shape.head_width)) {
    visible = reinterpret_cast<KeyRange*>(parts.take(max_rows * sizeof(KeyRange) / sizeof(float)));
    q = parts.take(max_rows * padded_width);
    sum_pv = parts.take(max_rows * padded_width);
    row_max = parts.take(max_rows + kLanes);
    row_sum = parts.take(max_rows * kLanes);
    k_transposed = parts.take(width * kKeyBlock);
    v_packed = parts.take(kKeyBlock * padded_width);
    scores = parts.take(kTileRows * kKeyBlock);
  }
};

template <class Products>
HWY_NOINLINE void begin_chunk(const AttentionForwardArgs& args, Chunk& chunk) {
  const QueryRows& rows = chunk.rows;
  const int64_t count = rows.count();
  for (int64_t r = 0; r < count; ++r) {
    const int64_t query = rows.query(r);
    chunk.visible[r] = visible_keys(args.shape, rows.batch, query);
    const float* q = args.q.data + element_offset(args.q.batch_stride, args.q.token_stride, chunk.width, rows.batch,
                                                  query, rows.head(r));
    if (query + kQueriesAhead < rows.first_query + rows.num_queries)
      prefetch_rows(q, args.q.token_stride, chunk.width, kQueriesAhead, kQueriesAhead + 1);
    float* const packed = chunk.q + r * chunk.padded_width;
    pack_row(q, chunk.width, args.shape.scale * Products::kScale, packed);
    Products::round_query(packed, chunk.padded_width);
    chunk.row_max[r] = -std::numeric_limits<float>::infinity();
  }
  std::memset(chunk.sum_pv, 0, count * chunk.padded_width * sizeof(float));
  std::memset(chunk.row_max + count, 0, kLanes * sizeof(float));
  std::memset(chunk.row_sum, 0, count * kLanes * sizeof(float));
}

constexpr int64_t kTileStats = kTileRows + kLanes;  // a value per row, read in whole vectors

/// Hides the scores that the row does not see and returns the largest of the others.
HWY_INLINE float mask_and_max(const ColumnRange& tile, const ColumnRange& own, float* scores) {
  const FloatTag d;
  const FloatVector lowest = hn::Set(d, -std::numeric_limits<float>::infinity());
  const int64_t begin = tile.first_vector * kLanes, end = tile.end_vector * kLanes;
  if (own.first > begin || own.end < end)
    for (int64_t c = begin; c < end; c += kLanes)
      hn::StoreU(hn::IfThenElse(lanes_inside(own, c), hn::LoadU(d, scores + c), lowest), d, scores + c);
  FloatVector max = lowest;
  for (int64_t c = begin; c < end; c += kLanes) max = hn::Max(max, hn::LoadU(d, scores + c));
  return hn::GetLane(hn::MaxOfLanes(d, max));
}

/// Products of f32. Each does what PairProducts does with as many elements at a step of depth, and scores times kScale.
struct FloatProducts {
  static constexpr int64_t kElements = 1;
  static constexpr float kScale = 1.0f;
  HWY_INLINE static FloatVector exp_of(FloatVector x) { return attention::exp_of(x); }
  static void round_query(float*, int64_t) {}
  static void round_keys(float*, int64_t) {}
  static void round_values(float*, int64_t, int64_t) {}
  HWY_INLINE static void exp_row(const ColumnRange& tile, float subtract, float keep, float* scores, float* row_sum);
  HWY_INLINE static void product(const TileArgs& t, int64_t rows, int64_t vectors) {
    rows_product<false>(t, rows, vectors);
  }
};

/// Takes the tile's maxima into row_max. Out: the maximum to subtract, and what the rows' earlier sums are multiplied
/// by.
template <class Products>
HWY_INLINE void advance_max(const float* tile_max, int64_t rows, float* row_max, float* subtract, float* keep) {
  const FloatTag d;
  const FloatVector lowest = hn::Set(d, -std::numeric_limits<float>::infinity());
  float advanced[kTileStats];
  for (int64_t r = 0; r < rows; r += kLanes) {
    const FloatVector old_max = hn::LoadU(d, row_max + r);
    const FloatVector max = hn::Max(old_max, hn::LoadU(d, tile_max + r));
    // A row that has seen no key yet: any finite maximum keeps its terms at 0 instead of inf - inf.
    const FloatVector finite_max = hn::IfThenElse(hn::Eq(max, lowest), hn::Zero(d), max);
    hn::StoreU(max, d, advanced + r);
    hn::StoreU(finite_max, d, subtract + r);
    hn::StoreU(Products::exp_of(hn::Sub(old_max, finite_max)), d, keep + r);
  }
  std::memcpy(row_max, advanced, rows * sizeof(float));
}

/// Turns a row of scores into exp(score - subtract) and adds these to the row's sums.
HWY_INLINE void FloatProducts::exp_row(const ColumnRange& tile, float subtract, float keep, float* scores,
                                       float* row_sum) {
  const FloatTag d;
  const FloatVector max = hn::Set(d, subtract);
  FloatVector sum = hn::Zero(d);
  for (int64_t c = tile.first_vector * kLanes; c < tile.end_vector * kLanes; c += kLanes) {
    const FloatVector p = exp_of(hn::Sub(hn::LoadU(d, scores + c), max));
    hn::StoreU(p, d, scores + c);
    sum = hn::Add(sum, p);
  }
  hn::StoreU(hn::MulAdd(hn::LoadU(d, row_sum), hn::Set(d, keep), sum), d, row_sum);
}

/// Turns the scores of a tile of rows into weights and takes them into the rows' maxima and sums. `keep` [kTileStats]:
/// what earlier sums are multiplied by.
template <class Products>
HWY_INLINE void weigh_scores(Chunk& chunk, const ColumnRange& tile, int64_t row, int64_t rows, int64_t block_start,
                             float* keep) {
  float tile_max[kTileStats] = {}, subtract[kTileStats];
  for (int64_t r = 0; r < rows; ++r)
    tile_max[r] = mask_and_max(tile, columns_of(chunk.visible[row + r], block_start), chunk.scores + r * kKeyBlock);
  advance_max<Products>(tile_max, rows, chunk.row_max + row, subtract, keep);
  for (int64_t r = 0; r < rows; ++r)
    Products::exp_row(tile, subtract[r], keep[r], chunk.scores + r * kKeyBlock, chunk.row_sum + (row + r) * kLanes);
}

/// Lets one tile of rows see one key block.
template <class Products>
HWY_INLINE void tile_step(Chunk& chunk, int64_t row, int64_t rows, int64_t block_start) {
  constexpr int64_t kElements = Products::kElements;
  const ColumnRange tile = columns_of(hull(chunk.visible + row, rows), block_start);
  if (tile.empty()) return;
  const int64_t column = tile.first_vector * kLanes;
  Products::product({.a = chunk.q + row * chunk.padded_width,
                     .a_stride = chunk.padded_width,
                     .b = chunk.k_transposed + column,
                     .b_stride = kKeyBlock,
                     .depth = (chunk.width + kElements - 1) / kElements,
                     .c = chunk.scores + column,
                     .c_stride = kKeyBlock},
                    rows, tile.end_vector - tile.first_vector);
  float keep[kTileStats];
  weigh_scores<Products>(chunk, tile, row, rows, block_start, keep);
  const int64_t first = tile.first / kElements;
  Products::product({.a = chunk.scores + first,
                     .a_stride = kKeyBlock,
                     .b = chunk.v + first * chunk.v_stride,
                     .b_stride = chunk.v_stride,
                     .depth = (tile.end + kElements - 1) / kElements - first,
                     .c = chunk.sum_pv + row * chunk.padded_width,
                     .c_stride = chunk.padded_width,
                     .keep = keep},
                    rows, chunk.padded_width / kLanes);
}

inline HWY_NOINLINE void finish_chunk(const AttentionForwardArgs& args, Chunk& chunk) {
  const FloatTag d;
  const QueryRows& rows = chunk.rows;
  for (int64_t r = 0; r < rows.count(); ++r) {
    const float sum = hn::GetLane(hn::SumOfLanes(d, hn::LoadU(d, chunk.row_sum + r * kLanes)));
    const FloatVector inverse = hn::Set(d, 1.0f / sum);
    float* row = chunk.sum_pv + r * chunk.padded_width;
    // + 0 turns a -0 into +0: whether masked keys added their zeros to it must not show.
    for (int64_t i = 0; i < chunk.padded_width; i += kLanes)
      hn::StoreU(hn::Add(hn::Mul(hn::LoadU(d, row + i), inverse), hn::Zero(d)), d, row + i);
    const int64_t query = rows.query(r), head = rows.head(r);
    const int64_t at =
        element_offset(args.out.batch_stride, args.out.token_stride, chunk.width, rows.batch, query, head);
    std::memcpy(args.out.data + at, row, chunk.width * sizeof(float));
    if (args.log_sum_exp)
      args.log_sum_exp[(rows.batch * args.shape.heads + head) * args.shape.queries + query] =
          static_cast<float>(chunk.row_max[r] + log_of(sum));
  }
}

/// Packs a block, then fetches parts of the next one between the tiles.
template <typename Source>
void many_rows_step(const Source& source, Chunk& chunk, int64_t block) {
  using Products = typename Source::Products;
  const int64_t count = chunk.rows.count(), keys = HWY_MIN(kKeyBlock, source.end - block);
  source.pack_keys(chunk, block, keys, [](int64_t) {});
  source.pack_values(chunk, block, keys);
  Products::round_keys(chunk.k_transposed, chunk.width);
  Products::round_values(chunk.v_packed, keys, chunk.padded_width);
  const int64_t ahead_per_tile = kKeyBlock * kTileRows / count + 1, ahead_end = block + 2 * kKeyBlock;
  int64_t ahead = block + kKeyBlock;
  for (int64_t row = 0; row < count; row += kTileRows) {
    const int64_t until = HWY_MIN(ahead + ahead_per_tile, ahead_end);
    source.prefetch_k(ahead, until);
    source.prefetch_v(ahead, until);
    ahead = until;
    tile_step<Products>(chunk, row, HWY_MIN(kTileRows, count - row), block);
  }
}

/// Decoding reads each key once: memory is the limit, so keys are fetched a steady distance ahead and values, where
/// they can be used as they lie, not copied.
template <typename Source>
void few_rows_step(const Source& source, Chunk& chunk, int64_t block) {
  using Products = typename Source::Products;
  const int64_t keys = HWY_MIN(kKeyBlock, source.end - block);
  source.pack_keys(chunk, block, keys, [&](int64_t j) {
    source.prefetch_k(block + j + kKeysAhead, block + j + kKeysAhead + 4);
    source.prefetch_v(block + j, block + j + 4);
  });
  Products::round_keys(chunk.k_transposed, chunk.width);
  if (!source.use_values_in_place(chunk, block)) {
    source.pack_values(chunk, block, keys);
    Products::round_values(chunk.v_packed, keys, chunk.padded_width);
  }
  tile_step<Products>(chunk, 0, chunk.rows.count(), block);
}

template <typename Source>
void run_chunk(const AttentionForwardArgs& args, Source source, Chunk& chunk) {
  begin_chunk<typename Source::Products>(args, chunk);
  const KeyRange all = hull(chunk.visible, chunk.rows.count());
  source.end = all.end;
  const auto step = chunk.rows.count() <= kTileRows ? &few_rows_step<Source> : &many_rows_step<Source>;
  for (int64_t block = all.first / kKeyBlock * kKeyBlock; block < all.end; block += kKeyBlock)
    step(source, chunk, block);
  finish_chunk(args, chunk);
}

/// Query rows of one chunk. Small work is cut finer, some four chunks a thread; where the cuts lie does not show in the
/// results.
HWY_INLINE int64_t queries_per_chunk(int64_t all_rows, int64_t group, int threads) {
  const int64_t chunk_rows = std::clamp(all_rows / (4 * threads), kFewestRows, kChunkRows);
  return HWY_MAX(chunk_rows / group, int64_t{1});
}

}  // namespace attention
}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_AFTER_NAMESPACE();

#endif
