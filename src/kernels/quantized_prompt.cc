// Products of prompts: x and the weights' values in bf16, on tile registers. Which bits come out depends on a row and
// its weights alone, as elsewhere: a tile sums every row by itself, in the order of k.
#include <algorithm>

#include "kernels/cpu/half_tiles.h"
#include "kernels/quantized_calls.h"
#include "kernels/quantized_matrix.h"

namespace vitrine::kernels {
namespace {

using cpu::kAmxTileRows;
using cpu::kBlock;
using cpu::kHalfTile;
using cpu::kPanelRows;
using cpu::kTilePanelsAtOnce;
using cpu::kTileRowsAtOnce;
using cpu::PanelFormat;

constexpr int64_t kChunkBlocks = 8;  // of two panels at once: they and as much of x fit a first-level cache
constexpr int64_t kFewBytes = int64_t{512} << 10;  // of x
constexpr int64_t kPanelsOfSums = 32;              // whose sums stay in the second level while x is read once
constexpr int64_t kLooseFloats = kChunkBlocks * (cpu::kLooseBytes / 4 + 4 * kPanelRows);

/// Rows of x as bf16 tiles: chunk after chunk of blocks, in each tile after tile of rows. One pass is enough for
/// products that are sensitive to the rounding of x, too: bf16 keeps as much of a value as a byte keeps of the largest.
class HalvedInput {
 public:
  HalvedInput(const KernelContext& context, const QuantizedGemmArgs& args)
      : num_blocks_(args.k / kBlock),
        num_tiles_(ceil_div(args.m, kAmxTileRows)),
        tiles_(static_cast<uint16_t*>(context.arena->allocate(num_tiles_ * num_blocks_ * kHalfTile * 2))) {
    maybe_parallel(context, args.m * args.k > 65536, num_tiles_, [&](int64_t tile, int) { fill(args, tile); });
  }

  int64_t num_tiles() const { return num_tiles_; }
  int64_t padded_rows() const { return num_tiles_ * kAmxTileRows; }
  int64_t num_bytes() const { return num_tiles_ * num_blocks_ * kHalfTile * 2; }
  /// The blocks `chunk` of a tile of rows.
  uint16_t* at(int64_t tile, Range chunk) const {
    return tiles_ + (chunk.begin * num_tiles_ + tile * chunk.size()) * kHalfTile;
  }

 private:
  void fill(const QuantizedGemmArgs& args, int64_t tile) {
    for (int64_t block = 0; block < num_blocks_; block += kChunkBlocks) {
      const Range chunk{block, std::min(block + kChunkBlocks, num_blocks_)};
      uint16_t* const to = at(tile, chunk);
      if ((tile + 1) * kAmxTileRows > args.m) std::fill_n(to, chunk.size() * kHalfTile, uint16_t{0});
      for (int64_t i = 0; i < std::min<int64_t>(kAmxTileRows, args.m - tile * kAmxTileRows); ++i)
        cpu::halve_row(args.x + (tile * kAmxTileRows + i) * args.x_row_stride + block * kBlock, chunk.size(),
                       to + i * kBlock);
    }
  }

  const int64_t num_blocks_;
  const int64_t num_tiles_;
  uint16_t* const tiles_;
};

/// What a thread needs: loose codes, tiles of some panels, sums.
struct Scratch {
  float* loose;
  uint16_t* tiles;
  float* sums;
  static int64_t loose_floats() { return kLooseFloats; }
  static int64_t tile_floats() { return kTilePanelsAtOnce * kChunkBlocks * kHalfTile / 2; }
};

class PromptCall {
 public:
  PromptCall(const KernelContext& context, const QuantizedGemmArgs& args)
      : context_(context), args_(args), kernels_(cpu::quantized_kernels(context.kernel_set)) {}
  void run();

 private:
  /// Where a block lies.
  struct Place {
    int64_t panel, block;
  };
  void multiply(const HalvedInput& x, const QuantizedProduct& product, Range panels, const Scratch& scratch) const;
  void multiply_some(const HalvedInput& x, const QuantizedMatrix::State& weight, Range panels, Range chunk,
                     const Place& next, const Scratch& scratch, float* sums) const;
  void unpack(const QuantizedMatrix::State& weight, int64_t panel, Range chunk, const Scratch& scratch, uint16_t* to,
              const uint8_t* next_codes) const;

  const KernelContext& context_;
  const QuantizedGemmArgs& args_;
  const cpu::QuantizedKernels& kernels_;
};

void PromptCall::unpack(const QuantizedMatrix::State& weight, int64_t panel, Range chunk, const Scratch& scratch,
                        uint16_t* to, const uint8_t* next_codes) const {
  const PanelFormat& format = weight.format();
  float* const scales = scratch.loose + kChunkBlocks * cpu::kLooseBytes / 4;
  const uint8_t* const codes = weight.codes + panel * weight.panel_code_bytes() + chunk.begin * format.code_bytes();
  if (format.holds_values()) return cpu::halve_values(format, codes, chunk.size(), to, next_codes);
  cpu::LoosePanel loose{.codes = format.code_bits < 8 ? reinterpret_cast<uint8_t*>(scratch.loose) : nullptr,
                        .scales = scales,
                        .minimums = scales + kChunkBlocks * 2 * kPanelRows};
  kernels_.formats[weight.format_index].loosen(
      codes,
      weight.scales + panel * weight.panel_scale_bytes() + chunk.begin / format.super_blocks * format.scale_bytes(),
      chunk.size(), loose);
  cpu::halve_panel(format, loose.codes ? loose.codes : codes, loose, chunk.size(), to, next_codes);
}

/// All rows by some blocks of two panels, or of one. `next` is the first block of the two that come next.
void PromptCall::multiply_some(const HalvedInput& x, const QuantizedMatrix::State& weight, Range panels, Range chunk,
                               const Place& next, const Scratch& scratch, float* sums) const {
  for (int64_t i = 0; i < panels.size(); ++i)
    unpack(weight, panels.begin + i, chunk, scratch, scratch.tiles + i * chunk.size() * kHalfTile,
           weight.codes + (next.panel + i) * weight.panel_code_bytes() + next.block * weight.format().code_bytes());
  for (int64_t tile = 0; tile < x.num_tiles(); tile += kTileRowsAtOnce)
    cpu::multiply_half_tiles(static_cast<int>(std::min<int64_t>(kTileRowsAtOnce, x.num_tiles() - tile)),
                             static_cast<int>(panels.size()),
                             {.x = x.at(tile, chunk),
                              .x_stride = chunk.size() * kHalfTile,
                              .panels = scratch.tiles,
                              .panel_stride = chunk.size() * kHalfTile,
                              .num_blocks = chunk.size(),
                              .sums = sums + tile * kAmxTileRows * kPanelRows,
                              .sums_stride = x.padded_rows() * kPanelRows,
                              .adds = chunk.begin > 0});
}

void PromptCall::multiply(const HalvedInput& x, const QuantizedProduct& product, Range panels,
                          const Scratch& scratch) const {
  const QuantizedMatrix::State& weight = product.weight->state();
  const int64_t sums_each = x.padded_rows() * kPanelRows, num_blocks = weight.num_blocks();
  const auto multiply_two = [&](int64_t panel, int64_t block, const Place& next) {
    multiply_some(x, weight, {panel, std::min(panel + kTilePanelsAtOnce, panels.end)},
                  {block, std::min(block + kChunkBlocks, num_blocks)}, next, scratch,
                  scratch.sums + (panel - panels.begin) * sums_each);
  };
  // Few rows stay in the second level, and the weights are read as they lie. Of many a part stays there, for all
  // panels.
  if (x.num_bytes() <= kFewBytes)
    for (int64_t panel = panels.begin; panel < panels.end; panel += kTilePanelsAtOnce)
      for (int64_t block = 0; block < num_blocks; block += kChunkBlocks)
        multiply_two(panel, block,
                     block + kChunkBlocks < num_blocks ? Place{panel, block + kChunkBlocks}
                                                       : Place{panel + kTilePanelsAtOnce, 0});
  else
    for (int64_t block = 0; block < num_blocks; block += kChunkBlocks)
      for (int64_t panel = panels.begin; panel < panels.end; panel += kTilePanelsAtOnce)
        multiply_two(panel, block,
                     panel + kTilePanelsAtOnce < panels.end ? Place{panel + kTilePanelsAtOnce, block}
                                                            : Place{panels.begin, block + kChunkBlocks});
  finish_panels(kernels_, {0, args_.m}, product, panels, {scratch.sums, sums_each});
}

void PromptCall::run() {
  const ArenaScope scope(*context_.arena);
  const HalvedInput x(context_, args_);
  int64_t panels = 0;
  for (const QuantizedProduct& product : args_.products) panels += product.weight->state().num_panels();
  // Few pieces read x seldom; several for each thread even out what else runs on its processor.
  const int64_t threads = num_threads(context_);
  const std::vector<PanelRange> ranges = cut_panels(args_, std::max(3 * threads, ceil_div(panels, kPanelsOfSums)));
  const int64_t sums_floats = kPanelsOfSums * x.padded_rows() * kPanelRows;
  const int64_t each = Scratch::loose_floats() + Scratch::tile_floats() + sums_floats;
  float* const memory = context_.arena->floats(threads * each);
  maybe_parallel(context_, true, static_cast<int64_t>(ranges.size()), [&](int64_t i, int thread) {
    const PanelRange& range = ranges[static_cast<size_t>(i)];
    float* const own = memory + thread * each;
    const Scratch scratch{.loose = own,
                          .tiles = reinterpret_cast<uint16_t*>(own + Scratch::loose_floats()),
                          .sums = own + Scratch::loose_floats() + Scratch::tile_floats()};
    cpu::configure_half_tiles();
    for (int64_t first = range.panels.begin; first < range.panels.end; first += kPanelsOfSums)
      multiply(x, *range.product, {first, std::min(first + kPanelsOfSums, range.panels.end)}, scratch);
    cpu::release_tiles();
  });
}

}  // namespace

void multiply_prompt(const KernelContext& context, const QuantizedGemmArgs& args) { PromptCall(context, args).run(); }

}  // namespace vitrine::kernels
