// Attention of a chunk of query rows on tile registers (Intel AMX): products in bf16, softmax and sums in f32.
#pragma once

#include "kernels/cpu/amx_tiles.h"
#include "kernels/cpu/attention.h"

namespace vitrine::kernels::cpu {

constexpr int64_t kTileDepth = 32;  // elements of bf16 in a row of a tile

/// A head's width in whole depths of tiles.
inline int64_t tiled_width(int64_t head_width) { return (head_width + kTileDepth - 1) / kTileDepth * kTileDepth; }

/// Elements of a block of keys and values as tiles: keys [depths of width][kKeyBlock / 16], then values [depths of
/// kKeyBlock][width / 16], all of them right tiles, in pairs.
inline int64_t tiled_block_elements(int64_t head_width) { return 2 * tiled_width(head_width) * kKeyBlock; }

/// Rounds a block of `count` keys to bf16. Shapes: columns [head_width, kKeyBlock], zeros beyond `count`; values
/// [count, value_stride].
struct UnpackedBlock {
  const float* columns = nullptr;
  const float* values = nullptr;
  int64_t value_stride = 0, count = 0, head_width = 0;
};
void pack_block(const UnpackedBlock& block, uint16_t* tiles);

/// State of a chunk of rows of one key head while the key blocks pass. Queries, keys, values and weights are rounded to
/// bf16 (to nearest even); scores and all sums are f32. A row's bits depend on its query and the keys that it sees
/// alone: tiles take each row by itself, and sums go over the keys of a block in their order, two at a time.
struct TiledChunk {
  int64_t width = 0, padded_width = 0;
  QueryRows rows;
  int64_t num_tiles = 0;        // of rows
  KeyRange all;                 // keys that any row sees
  KeyRange* visible = nullptr;  // [rows]
  KeyRange* hulls = nullptr;    // [num_tiles]
  uint16_t* q = nullptr;        // [rows, padded_width], scaled so that weights are powers of two
  float* sum_pv = nullptr;      // [rows, padded_width], to be divided by the row's sum
  float* row_sum = nullptr;     // [rows, 16]
  float* reference = nullptr;   // [rows], subtracted from scores
  float* limit = nullptr;       // [rows], scores up to which that will do
  float* scores = nullptr;      // [2][tile rows, kKeyBlock]
  uint16_t* weights = nullptr;  // [tile rows, kKeyBlock]

  TiledChunk(int64_t max_rows, int64_t head_width, ScratchParts& parts)
      : width(head_width), padded_width(tiled_width(head_width)) {
    const auto ranges = [&](int64_t count) {
      return reinterpret_cast<KeyRange*>(parts.take(count * static_cast<int64_t>(sizeof(KeyRange) / sizeof(float))));
    };
    const auto halves = [&](int64_t count) { return reinterpret_cast<uint16_t*>(parts.take(count / 2)); };
    const int64_t tiles = (max_rows + kAmxTileRows - 1) / kAmxTileRows, all_rows = tiles * kAmxTileRows;
    visible = ranges(max_rows);
    hulls = ranges(tiles);
    q = halves(all_rows * padded_width);
    sum_pv = parts.take(all_rows * padded_width);
    row_sum = parts.take(max_rows * 16);
    reference = parts.take(max_rows);
    limit = parts.take(max_rows);
    scores = parts.take(2 * kAmxTileRows * kKeyBlock);
    weights = halves(kAmxTileRows * kKeyBlock);
  }
};

/// Starts a chunk. The calling thread's tile registers are in use until finish_tiled().
void begin_tiled(const AttentionForwardArgs& args, const QueryRows& rows, TiledChunk& chunk);

/// Lets the rows see the block whose first key is `first_key`. The next block's tiles, or null, are fetched meanwhile.
void see_block(const TiledChunk& chunk, int64_t first_key, const uint16_t* tiles, const uint16_t* next_tiles);

/// Writes args.out.
void finish_tiled(const AttentionForwardArgs& args, const TiledChunk& chunk);

}  // namespace vitrine::kernels::cpu
