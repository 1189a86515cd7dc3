#include "kernels/cpu/attention_tiles.h"

#if defined(__x86_64__) && defined(__linux__)

#include <hwy/base.h>
#include <immintrin.h>

#include <cstring>
#include <limits>

#include "kernels/cpu/emulated_tiles.h"

#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12 says so of its own undefined registers
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c,amx-tile,amx-bf16")

#include "kernels/cpu/bf16_pairs-inl.h"
#include "kernels/cpu/power_of_two-inl.h"

#define VITRINE_INLINE inline __attribute__((always_inline))

namespace vitrine::kernels::cpu {
namespace {

constexpr int64_t kLanes = 16, kDepth = kTileDepth;
constexpr int64_t kTile = kAmxTileRows * kDepth;
constexpr int64_t kTileBytes = 64;  // of a row
constexpr int64_t kColumnTiles = kKeyBlock / kLanes;
constexpr float kLowest = -std::numeric_limits<float>::infinity();
constexpr float kLog2OfE = 1.44269504f;
// Scores may exceed what is subtracted by so many powers of two before the sums are scaled anew, which is rare then.
constexpr float kHeadroom = 8.0f;

/// Columns first … end - 1 of the 16 from `column` on.
VITRINE_INLINE __mmask16 columns_between(int64_t first, int64_t end, int64_t column) {
  const auto below = [&](int64_t limit) { return (1u << std::clamp<int64_t>(limit - column, 0, kLanes)) - 1; };
  return static_cast<__mmask16>(below(end) & ~below(first));
}

void pack_query(const float* from, const TiledChunk& chunk, float scale, uint16_t* to) {
  const __m512 factor = _mm512_set1_ps(scale);
  for (int64_t i = 0; i < chunk.padded_width; i += kLanes) {
    const __m512 some = _mm512_maskz_loadu_ps(columns_between(0, chunk.width, i), from + i);
    const __m256bh halves = _mm512_cvtneps_pbh(_mm512_mul_ps(some, factor));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), reinterpret_cast<__m256i>(halves));
  }
}

/// Rows 2i and 2i + 1 of `from` [count, width] become row i of right tiles that lie side by side, `tiles` of them, down
/// to row `all_rows`. The rest is zero.
struct PairSource {
  const float* rows;
  int64_t stride, count, width;
};
void pack_pairs(const PairSource& from, int64_t all_rows, int64_t tiles, uint16_t* to) {
  const int64_t whole_tiles = from.width / kLanes;
  for (int64_t row = 0; row < all_rows; row += 2) {
    uint16_t* const first = to + (row / kDepth * tiles * kAmxTileRows + row % kDepth / 2) * kDepth;
    const float* const a = from.rows + row * from.stride;
    const float* const b = a + from.stride;
    int64_t tile = 0;
    if (row + 2 <= from.count)
#pragma GCC unroll 4
      for (; tile < whole_tiles; ++tile)
        _mm512_store_si512(first + tile * kTile,
                           pairs(_mm512_loadu_ps(a + tile * kLanes), _mm512_loadu_ps(b + tile * kLanes)));
    for (; tile < tiles; ++tile) {
      const __mmask16 inside = columns_between(0, from.width, tile * kLanes);
      _mm512_store_si512(first + tile * kTile,
                         pairs(_mm512_maskz_loadu_ps(row < from.count ? inside : 0, a + tile * kLanes),
                               _mm512_maskz_loadu_ps(row + 1 < from.count ? inside : 0, b + tile * kLanes)));
    }
  }
}

struct TileProduct {
  const uint16_t* left;  // tiles side by side, one a step
  int64_t left_bytes;    // of a row
  const uint16_t* right;
  int64_t right_tiles;  // to the next step
  int64_t steps;
  float* sums;
  int64_t sums_bytes;  // of a row
};

/// sums [16, 16 * kTiles] = (or +=) left · right. GCC's intrinsics want tiles' numbers written out: 0 to 3 take the
/// sums, 4 the left, 6 and 7 the right.
template <int kTiles, bool kAdds>
void multiply(const TileProduct& p) {
  if constexpr (kAdds) {
    _tile_loadd(0, p.sums, p.sums_bytes);
    _tile_loadd(1, p.sums + kLanes, p.sums_bytes);
    if constexpr (kTiles > 2) _tile_loadd(2, p.sums + 2 * kLanes, p.sums_bytes);
    if constexpr (kTiles > 2) _tile_loadd(3, p.sums + 3 * kLanes, p.sums_bytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    if constexpr (kTiles > 2) _tile_zero(2);
    if constexpr (kTiles > 2) _tile_zero(3);
  }
  const uint16_t *left = p.left, *right = p.right;
  for (int64_t step = 0; step < p.steps; ++step, left += kDepth, right += p.right_tiles * kTile) {
    _tile_loadd(4, left, p.left_bytes);
    _tile_loadd(6, right, kTileBytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(7, right + kTile, kTileBytes);
    _tile_dpbf16ps(1, 4, 7);
    if constexpr (kTiles > 2) {
      _tile_loadd(6, right + 2 * kTile, kTileBytes);
      _tile_dpbf16ps(2, 4, 6);
      _tile_loadd(7, right + 3 * kTile, kTileBytes);
      _tile_dpbf16ps(3, 4, 7);
    }
  }
  _tile_stored(0, p.sums, p.sums_bytes);
  _tile_stored(1, p.sums + kLanes, p.sums_bytes);
  if constexpr (kTiles > 2) _tile_stored(2, p.sums + 2 * kLanes, p.sums_bytes);
  if constexpr (kTiles > 2) _tile_stored(3, p.sums + 3 * kLanes, p.sums_bytes);
}

/// A block as it passes.
struct Block {
  int64_t first_key;
  const uint16_t *keys, *values;  // tiles
};

/// Depths of the block's keys that hold all that the tile's rows see.
int64_t steps_of(const TiledChunk& chunk, const Block& block, int64_t tile) {
  const KeyRange hull = chunk.hulls[tile];
  if (hull.end <= block.first_key || hull.first >= block.first_key + kKeyBlock) return 0;
  return hull.end - block.first_key > kDepth ? 2 : 1;
}

float* scores_of(const TiledChunk& chunk, int64_t tile) { return chunk.scores + tile % 2 * kAmxTileRows * kKeyBlock; }

void score(const TiledChunk& chunk, const Block& block, int64_t tile) {
  const int64_t steps = steps_of(chunk, block, tile);
  if (steps == 0) return;
  const TileProduct product{.left = chunk.q + tile * kAmxTileRows * chunk.padded_width,
                            .left_bytes = chunk.padded_width * 2,
                            .right = block.keys,
                            .right_tiles = kColumnTiles,
                            .steps = chunk.padded_width / kDepth,
                            .sums = scores_of(chunk, tile),
                            .sums_bytes = kKeyBlock * 4};
  steps == 2 ? multiply<4, false>(product) : multiply<2, false>(product);
}

/// Makes the largest score what is subtracted from now on.
void raise_reference(const TiledChunk& chunk, int64_t row, float largest) {
  if (chunk.limit[row] > kLowest) {
    const __m512 keep = power_of_two(_mm512_set1_ps(chunk.reference[row] - largest));
    const auto scale = [&](float* sum) { _mm512_store_ps(sum, _mm512_mul_ps(_mm512_load_ps(sum), keep)); };
    for (int64_t i = 0; i < chunk.padded_width; i += kLanes) scale(chunk.sum_pv + row * chunk.padded_width + i);
    scale(chunk.row_sum + row * kLanes);
  }
  chunk.reference[row] = largest;
  chunk.limit[row] = largest + kHeadroom;
}

/// Turns scores of a row with kVectors of 16 keys into weights, and adds these to the row's sum as they are rounded.
template <int kVectors, bool kMasked>
void weigh_row(const TiledChunk& chunk, const Block& block, int64_t row, const float* from, uint16_t* weights) {
  __m512 scores[kVectors];
#pragma GCC unroll 4
  for (int i = 0; i < kVectors; ++i) {
    scores[i] = _mm512_load_ps(from + i * kLanes);
    if constexpr (kMasked) {
      const KeyRange own = chunk.visible[row];
      scores[i] = _mm512_mask_mov_ps(_mm512_set1_ps(kLowest),
                                     columns_between(own.first, own.end, block.first_key + i * kLanes), scores[i]);
    }
  }
  __m512 largest = _mm512_max_ps(scores[0], scores[1]);
  if constexpr (kVectors > 2) largest = _mm512_max_ps(largest, _mm512_max_ps(scores[2], scores[3]));
  if (_mm512_cmp_ps_mask(largest, _mm512_set1_ps(chunk.limit[row]), _CMP_GT_OQ))
    raise_reference(chunk, row, _mm512_reduce_max_ps(largest));
  const __m512 subtract = _mm512_set1_ps(chunk.reference[row]);
  const auto ones = reinterpret_cast<__m512bh>(_mm512_set1_epi16(0x3f80));
  __m512 sum = _mm512_load_ps(chunk.row_sum + row * kLanes);
#pragma GCC unroll 4
  for (int i = 0; i < kVectors; i += 2) {
    const __m512 a = power_of_two(_mm512_sub_ps(scores[i], subtract));
    const __m512 b = power_of_two(_mm512_sub_ps(scores[i + 1], subtract));
    const __m512bh halves = _mm512_cvtne2ps_pbh(b, a);
    _mm512_store_si512(weights + i * kLanes, reinterpret_cast<__m512i>(halves));
    sum = _mm512_dpbf16_ps(sum, halves, ones);
  }
  _mm512_store_ps(chunk.row_sum + row * kLanes, sum);
}

template <int kVectors, bool kMasked>
void weigh_rows(const TiledChunk& chunk, const Block& block, int64_t tile) {
  const int64_t first = tile * kAmxTileRows, count = std::min<int64_t>(kAmxTileRows, chunk.rows.count() - first);
  const float* const scores = scores_of(chunk, tile);
  for (int64_t i = 0; i < count; ++i)
    weigh_row<kVectors, kMasked>(chunk, block, first + i, scores + i * kKeyBlock, chunk.weights + i * kKeyBlock);
}

void weigh(const TiledChunk& chunk, const Block& block, int64_t tile) {
  const int64_t steps = steps_of(chunk, block, tile), first = tile * kAmxTileRows;
  if (steps == 0) return;
  // Later queries see more on the right, and no more on the left.
  const int64_t last = std::min(first + kAmxTileRows, chunk.rows.count()) - 1;
  const bool all_see =
      chunk.visible[first].end >= block.first_key + steps * kDepth && chunk.visible[last].first <= block.first_key;
  if (steps == 2)
    all_see ? weigh_rows<4, false>(chunk, block, tile) : weigh_rows<4, true>(chunk, block, tile);
  else
    all_see ? weigh_rows<2, false>(chunk, block, tile) : weigh_rows<2, true>(chunk, block, tile);
}

void sum_values(const TiledChunk& chunk, const Block& block, int64_t tile) {
  const int64_t steps = steps_of(chunk, block, tile);
  if (steps == 0) return;
  const int64_t tiles = chunk.padded_width / kLanes;
  float* const sums = chunk.sum_pv + tile * kAmxTileRows * chunk.padded_width;
  for (int64_t at = 0; at < tiles; at += 4) {
    const TileProduct product{.left = chunk.weights,
                              .left_bytes = kKeyBlock * 2,
                              .right = block.values + at * kTile,
                              .right_tiles = tiles,
                              .steps = steps,
                              .sums = sums + at * kLanes,
                              .sums_bytes = chunk.padded_width * 4};
    tiles - at >= 4 ? multiply<4, true>(product) : multiply<2, true>(product);
  }
}

}  // namespace

void pack_block(const UnpackedBlock& block, uint16_t* tiles) {
  const int64_t padded_width = tiled_width(block.head_width);
  pack_pairs({block.columns, kKeyBlock, block.head_width, kKeyBlock}, padded_width, kColumnTiles, tiles);
  pack_pairs({block.values, block.value_stride, block.count, block.head_width}, kKeyBlock, padded_width / kLanes,
             tiles + padded_width * kKeyBlock);
}

void begin_tiled(const AttentionForwardArgs& args, const QueryRows& rows, TiledChunk& chunk) {
  const int64_t count = rows.count();
  chunk.rows = rows;
  chunk.num_tiles = (count + kAmxTileRows - 1) / kAmxTileRows;
  const auto widen = [](KeyRange& hull, const KeyRange& by, bool is_first) {
    hull = is_first ? by : KeyRange{std::min(hull.first, by.first), std::max(hull.end, by.end)};
  };
  int64_t row = 0;
  for (int64_t query = rows.first_query; query < rows.first_query + rows.num_queries; ++query) {
    const KeyRange sees = visible_keys(args.shape, rows.batch, query);
    widen(chunk.all, sees, row == 0);
    const float* q = args.q.data + element_offset(args.q.batch_stride, args.q.token_stride, chunk.width, rows.batch,
                                                  query, rows.key_head * rows.group);
    for (int64_t head = 0; head < rows.group; ++head, ++row, q += chunk.width) {
      chunk.visible[row] = sees;
      widen(chunk.hulls[row / kAmxTileRows], sees, row % kAmxTileRows == 0);
      pack_query(q, chunk, args.shape.scale * kLog2OfE, chunk.q + row * chunk.padded_width);
      chunk.reference[row] = 0.0f;
      chunk.limit[row] = kLowest;
    }
  }
  const auto padded = static_cast<size_t>(chunk.num_tiles * kAmxTileRows * chunk.padded_width);
  const auto used = static_cast<size_t>(count * chunk.padded_width);
  std::memset(chunk.q + used, 0, (padded - used) * sizeof(uint16_t));
  std::memset(chunk.sum_pv, 0, padded * sizeof(float));
  std::memset(chunk.row_sum, 0, static_cast<size_t>(count * kLanes) * sizeof(float));
  std::memset(chunk.weights, 0, kAmxTileRows * kKeyBlock * sizeof(uint16_t));  // also of rows that there are not
  TileConfig config;
  for (int tile = 0; tile < 8; ++tile) config.rows[tile] = kAmxTileRows, config.row_bytes[tile] = kTileBytes;
  load_tile_config(config);
}

void see_block(const TiledChunk& chunk, int64_t first_key, const uint16_t* tiles, const uint16_t* next_tiles) {
  const Block block{first_key, tiles, tiles + chunk.padded_width * kKeyBlock};
  const int64_t ahead = (2 * chunk.padded_width * kKeyBlock + chunk.num_tiles - 1) / chunk.num_tiles;
  score(chunk, block, 0);
  for (int64_t tile = 0; tile < chunk.num_tiles; ++tile) {
    if (next_tiles)
      for (int64_t i = 0; i < ahead; i += kTileBytes / 2) _mm_prefetch(next_tiles + tile * ahead + i, _MM_HINT_T0);
    if (tile + 1 < chunk.num_tiles) score(chunk, block, tile + 1);  // under way while this one's become weights
    weigh(chunk, block, tile);
    sum_values(chunk, block, tile);
  }
}

void finish_tiled(const AttentionForwardArgs& args, const TiledChunk& chunk) {
  release_tiles();
  const QueryRows& rows = chunk.rows;
  int64_t row = 0;
  for (int64_t query = rows.first_query; query < rows.first_query + rows.num_queries; ++query) {
    float* out = args.out.data + element_offset(args.out.batch_stride, args.out.token_stride, chunk.width, rows.batch,
                                                query, rows.key_head * rows.group);
    for (int64_t head = 0; head < rows.group; ++head, ++row, out += chunk.width) {
      const __m512 inverse = _mm512_set1_ps(1.0f / _mm512_reduce_add_ps(_mm512_load_ps(chunk.row_sum + row * kLanes)));
      const float* const sums = chunk.sum_pv + row * chunk.padded_width;
      // + 0 turns a -0 into +0: whether masked keys added their zeros to it must not show.
      for (int64_t i = 0; i < chunk.width; i += kLanes)
        _mm512_mask_storeu_ps(out + i, columns_between(0, chunk.width, i),
                              _mm512_add_ps(_mm512_mul_ps(_mm512_load_ps(sums + i), inverse), _mm512_setzero_ps()));
    }
  }
}

}  // namespace vitrine::kernels::cpu

HWY_POP_ATTRIBUTES

#else

namespace vitrine::kernels::cpu {

void pack_block(const UnpackedBlock&, uint16_t*) {}
void begin_tiled(const AttentionForwardArgs&, const QueryRows&, TiledChunk&) {}
void see_block(const TiledChunk&, int64_t, const uint16_t*, const uint16_t*) {}
void finish_tiled(const AttentionForwardArgs&, const TiledChunk&) {}

}  // namespace vitrine::kernels::cpu

#endif
