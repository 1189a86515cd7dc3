// A few rows over many keys, cut along the keys too: for few heads and long texts, where whole heads would leave
// threads idle. Scores first, then, once each row's running maximum is known block by block, weights and weighted
// values of each block, which are added up in the order of the blocks. The operations are those of run_in_place, and so
// are the bits. Compiled once per instruction family.
#if defined(VITRINE_KERNELS_CPU_ATTENTION_SPREAD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_ATTENTION_SPREAD_INL_H_
#undef VITRINE_KERNELS_CPU_ATTENTION_SPREAD_INL_H_
#else
#define VITRINE_KERNELS_CPU_ATTENTION_SPREAD_INL_H_
#endif

#include "kernels/cpu/paged_source-inl.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu {
namespace HWY_NAMESPACE {
namespace attention {

/// The rows of one key head of one sequence, and what comes of each of its key blocks.
template <DType kType, class Products>
class SpreadRows {
 public:
  using Source = PagedSource<kType, Products>;
  SpreadRows(const AttentionForwardArgs& args, const QueryRows& rows, Source source, ScratchParts& parts)
      : args_(args), source_(source), chunk_(args.shape, rows.count(), parts), rows_(rows.count()) {
    chunk_.rows = rows;
    for (int64_t r = 0; r < rows_; ++r) chunk_.visible[r] = visible_keys(args.shape, 0, rows.query(r));
    const KeyRange all = hull(chunk_.visible, rows_);
    source_.end = all.end;
    first_block_ = all.first / kKeyBlock;
    num_blocks_ = (all.end + kKeyBlock - 1) / kKeyBlock - first_block_;
    scores_ = parts.take(num_blocks_ * rows_ * kKeyBlock);
    row_max_ = parts.take(num_blocks_ * kTileStats);
    subtract_ = parts.take(num_blocks_ * kTileStats);
    keep_ = parts.take(num_blocks_ * kTileStats);
    sums_ = parts.take(num_blocks_ * rows_ * kLanes);
    values_ = parts.take(num_blocks_ * rows_ * chunk_.padded_width);
  }
  /// Floats of scratch that one of so many keys takes at most.
  static int64_t floats(const AttentionShape& shape, int64_t rows, int64_t keys) {
    ScratchParts measure(nullptr);
    const Chunk chunk(shape, rows, measure);
    const int64_t blocks = keys / kKeyBlock + 2;
    return measure.used() + blocks * (rows * (kKeyBlock + kLanes + chunk.padded_width) + 3 * kTileStats) + 128;
  }

  int64_t num_blocks() const { return num_blocks_; }
  void begin() { begin_chunk<Products>(args_, chunk_); }

  void score(int64_t block) {
    const int64_t start = (first_block_ + block) * kKeyBlock;
    const ColumnRange tile = columns_of(hull(chunk_.visible, rows_), start);
    float* const scores = scores_ + block * rows_ * kKeyBlock;
    float* const max = row_max_ + block * kTileStats;
    block_scores(source_, chunk_, tile, start, scores);
    std::memset(max, 0, kTileStats * sizeof(float));
    for (int64_t r = 0; r < rows_; ++r)
      max[r] = mask_and_max(tile, columns_of(chunk_.visible[r], start), scores + r * kKeyBlock);
  }
  /// Between the scores and the values of all blocks.
  void advance_maxima() {
    for (int64_t block = 0; block < num_blocks_; ++block)
      advance_max<Products>(row_max_ + block * kTileStats, rows_, chunk_.row_max, subtract_ + block * kTileStats,
                            keep_ + block * kTileStats);
  }
  void weigh(int64_t block) {
    const int64_t start = (first_block_ + block) * kKeyBlock;
    const ColumnRange tile = columns_of(hull(chunk_.visible, rows_), start);
    float* const scores = scores_ + block * rows_ * kKeyBlock;
    float* const sums = sums_ + block * rows_ * kLanes;
    std::memset(sums, 0, rows_ * kLanes * sizeof(float));
    for (int64_t r = 0; r < rows_; ++r)
      Products::exp_row(tile, subtract_[block * kTileStats + r], 0.0f, scores + r * kKeyBlock, sums + r * kLanes);
    block_values(source_, rows_,
                 {.weights = scores,
                  .block = start,
                  .begin = tile.first,
                  .end = tile.end,
                  .sums = values_ + block * rows_ * chunk_.padded_width,
                  .stride = chunk_.padded_width});
  }
  void finish() {
    for (int64_t block = 0; block < num_blocks_; ++block)
      for (int64_t r = 0; r < rows_; ++r) {
        const float keep = keep_[block * kTileStats + r];
        add(sums_ + (block * rows_ + r) * kLanes, kLanes, keep, chunk_.row_sum + r * kLanes);
        add(values_ + (block * rows_ + r) * chunk_.padded_width, chunk_.padded_width, keep,
            chunk_.sum_pv + r * chunk_.padded_width);
      }
    finish_chunk(args_, chunk_);
  }

 private:
  static void add(const float* more, int64_t count, float keep, float* sum) {
    const FloatTag d;
    for (int64_t i = 0; i < count; i += kLanes)
      hn::StoreU(hn::MulAdd(hn::LoadU(d, sum + i), hn::Set(d, keep), hn::LoadU(d, more + i)), d, sum + i);
  }

  AttentionForwardArgs args_;
  Source source_;
  Chunk chunk_;
  int64_t rows_, first_block_ = 0, num_blocks_ = 0;
  float *scores_ = nullptr, *row_max_ = nullptr, *subtract_ = nullptr, *keep_ = nullptr;  // of each block
  float *sums_ = nullptr, *values_ = nullptr;
};

}  // namespace attention
}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels::cpu
HWY_AFTER_NAMESPACE();

#endif
