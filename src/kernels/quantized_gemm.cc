// The loops around the quantized kernels: who multiplies which panels.
#include "kernels/quantized_gemm.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "kernels/cpu/quantized_amx.h"
#include "kernels/gemm_panels.h"
#include "kernels/packed_products.h"
#include "kernels/quantized_calls.h"
#include "kernels/quantized_matrix.h"
#include "kernels/rounded_input.h"

namespace vitrine::kernels {
namespace {

using cpu::kMaxTileRows;
using cpu::kPanelRows;
using cpu::PanelFormat;

constexpr int64_t kLooseFloats = int64_t{64} << 10;  // of the panels that are loose at once: a part of the second level
constexpr int64_t kChunkBlocks = 64, kMostPanels = 32;
/// On tile registers the first level holds them.
constexpr int64_t kChunkBlocksOnTiles = 8, kPanelsOnTiles = 2;
constexpr int64_t kBytesOfPiece = 16384;  // of the weights of one row's product: about a microsecond
constexpr int64_t kPanelsOfPiece = 8;     // of several rows'
/// So many panels' sums go to c at once: many would wait for its lines together.
constexpr int64_t kPanelsFinished = 2;
constexpr int64_t kRowsAtOnce = 512;  // of x, whose bytes stay in the second level meanwhile

/// Floats of a block of a loose panel: codes, scales, minimums; or values, which stay where they lie.
int64_t loose_floats(const PanelFormat& format) {
  return format.holds_values() ? format.code_bytes() / 4 : cpu::kLooseBytes / 4 + 4 * kPanelRows;
}

/// How much of a weight is loosened at once, and multiplied by all rows.
struct LoosePart {
  LoosePart(const RoundedInput& x, const QuantizedMatrix::State& weight)
      : block_floats(loose_floats(weight.format())),
        blocks(std::min(x.is_on_tiles() ? kChunkBlocksOnTiles : kChunkBlocks, weight.num_blocks())),
        panels(x.is_on_tiles() ? kPanelsOnTiles : std::min(kMostPanels, kLooseFloats / (blocks * block_floats))),
        is_whole(blocks == weight.num_blocks()),
        sums_rows(is_whole ? std::max<int64_t>(cpu::kMaxPackedTileRows, cpu::kAmxTileRows)
                           : x.padded_rows() / x.passes()) {}
  int64_t panel_floats() const { return blocks * block_floats; }
  int64_t num_floats() const { return panels * (panel_floats() + sums_rows * kPanelRows); }
  const int64_t block_floats, blocks, panels;
  const bool is_whole;      // panels
  const int64_t sums_rows;  // whose sums are kept: of whole panels those of one tile
};

/// Where the loose panels of a part lie in `memory`; their sums follow.
void place_panels(const LoosePart& part, int64_t count, float* memory, cpu::LoosePanel* loose) {
  for (int64_t i = 0; i < count; ++i) {
    float* const codes = memory + i * part.panel_floats();
    float* const scales = codes + part.blocks * cpu::kLooseBytes / 4;
    loose[i] = {.codes = reinterpret_cast<uint8_t*>(codes),
                .scales = scales,
                .minimums = scales + part.blocks * 2 * kPanelRows};
  }
}

class QuantizedCall {
 public:
  QuantizedCall(const KernelContext& context, const QuantizedGemmArgs& args)
      : context_(context), args_(args), kernels_(cpu::quantized_kernels(context.kernel_set)) {}
  void run();

 private:
  void multiply_rows(const RoundedInput& x, const PanelRange& range, float* memory) const;
  void multiply_group(const RoundedInput& x, const QuantizedProduct& product, Range panels, float* memory) const;
  void multiply_tile(const RoundedInput& x, int64_t index, const QuantizedProduct& product, Range panels, Range blocks,
                     const cpu::LoosePanel* loose, float* sums) const;
  void loosen(const QuantizedMatrix::State& weight, Range panels, Range blocks, bool on_tiles,
              const cpu::LoosePanel* loose) const;
  const KernelContext& context_;
  const QuantizedGemmArgs& args_;
  const cpu::QuantizedKernels& kernels_;
};

void QuantizedCall::multiply_rows(const RoundedInput& x, const PanelRange& range, float* memory) const {
  const QuantizedMatrix::State& weight = range.product->weight->state();
  const int64_t at_once = LoosePart(x, weight).panels;
  if (x.is_on_tiles()) cpu::configure_tiles(weight.format());
  for (int64_t first = range.panels.begin; first < range.panels.end; first += at_once)
    multiply_group(x, *range.product, {first, std::min(first + at_once, range.panels.end)}, memory);
  if (x.is_on_tiles()) cpu::release_tiles();
}

/// Tile after tile of rows stays in the first level while all panels pass by: so x is read once, and its sums go to c
/// at once where the panels are loose as a whole.
void QuantizedCall::multiply_group(const RoundedInput& x, const QuantizedProduct& product, Range panels,
                                   float* memory) const {
  const QuantizedMatrix::State& weight = product.weight->state();
  const LoosePart part(x, weight);
  cpu::LoosePanel loose[kMostPanels];
  place_panels(part, panels.size(), memory, loose);
  float* const sums = memory + part.panels * part.panel_floats();
  for (int64_t block = 0; block < weight.num_blocks(); block += part.blocks) {
    const Range blocks{block, std::min(block + part.blocks, weight.num_blocks())};
    if (!weight.format().holds_values()) loosen(weight, panels, blocks, x.is_on_tiles(), loose);
    for (int64_t i = 0; i < x.num_tiles(); ++i) {
      const int64_t rows_before = part.is_whole ? 0 : x.tile(i).begin / x.passes();
      multiply_tile(x, i, product, panels, blocks, loose, sums + rows_before * kPanelRows * panels.size());
    }
  }
}

/// One tile of rows by some blocks of each panel; behind the last block the sums go to c. It asks for its part of what
/// is read next: later blocks, or the first ones of later panels.
void QuantizedCall::multiply_tile(const RoundedInput& x, int64_t index, const QuantizedProduct& product, Range panels,
                                  Range blocks, const cpu::LoosePanel* loose, float* sums) const {
  const QuantizedMatrix::State& weight = product.weight->state();
  const PanelFormat& format = weight.format();
  const Range tile = x.tile(index), x_rows{tile.begin / x.passes(), tile.end / x.passes()};
  const int64_t sums_each = x_rows.size() * kPanelRows;
  const cpu::PanelKernel multiply =
      x.is_on_tiles() ? cpu::amx_kernel(format, x.passes())
                      : kernels_.formats[weight.format_index].passes[x.passes() - 1].loose[tile.size()];
  const cpu::RoundedRows rows = x.rows(tile, blocks.begin, format);
  const bool is_last = blocks.end == weight.num_blocks();
  const int64_t next_panel = is_last ? panels.end : panels.begin, next_block = is_last ? 0 : blocks.end;
  const auto codes_at = [&](int64_t panel, int64_t block) {
    return weight.codes + panel * weight.panel_code_bytes() + block * format.code_bytes();
  };
  const NextCodes ahead(format, blocks.size(), x.num_tiles(), index);
  for (int64_t i = 0; i < panels.size(); ++i) {
    multiply({.codes = format.holds_values() ? codes_at(panels.begin + i, blocks.begin) : loose[i].codes,
              .scales = reinterpret_cast<const uint8_t*>(loose[i].scales),
              .minimums = loose[i].minimums,
              .x = rows,
              .num_blocks = blocks.size(),
              .sums = sums + i * sums_each,
              .adds = blocks.begin > 0,
              .next_codes = ahead.of(codes_at(next_panel + i, next_block)),
              .next_bytes = ahead.bytes_of_block});
    if (!is_last || ((i + 1) % kPanelsFinished != 0 && i + 1 != panels.size())) continue;
    const int64_t first = i / kPanelsFinished * kPanelsFinished;
    finish_panels(kernels_, {x_rows.begin, std::min(x_rows.end, args_.m)}, product,
                  {panels.begin + first, panels.begin + i + 1}, {sums + first * sums_each, sums_each});
  }
}

/// Some blocks of some panels.
void QuantizedCall::loosen(const QuantizedMatrix::State& weight, Range panels, Range blocks, bool on_tiles,
                           const cpu::LoosePanel* loose) const {
  const PanelFormat& format = weight.format();
  for (int64_t panel = panels.begin; panel < panels.end; ++panel, ++loose) {
    kernels_.formats[weight.format_index].loosen(
        weight.codes + panel * weight.panel_code_bytes() + blocks.begin * format.code_bytes(),
        weight.scales + panel * weight.panel_scale_bytes() + blocks.begin / format.super_blocks * format.scale_bytes(),
        blocks.size(), *loose);
    if (on_tiles && format.code_offset)
      cpu::subtract_offset(loose->codes, blocks.size() * cpu::kLooseBytes, format.code_offset);
  }
}

void QuantizedCall::run() {
  const ArenaScope scope(*context_.arena);
  const RoundedInputs inputs(context_, kernels_, args_);
  int64_t weight_bytes = 0, panels = 0, each = 0;
  for (const QuantizedProduct& product : args_.products) {
    const RoundedInput& x = inputs.of(product);
    weight_bytes += product.weight->num_bytes();
    panels += product.weight->state().num_panels();
    if (!x.takes_packed_panels()) each = std::max(each, LoosePart(x, product.weight->state()).num_floats());
  }
  // A piece takes some microseconds or more.
  constexpr int64_t kSmallestWork = 65536;
  const int64_t work = weight_bytes * (1 + args_.m / 8);
  const PackedProducts packed(context_, kernels_, args_, inputs);
  if (inputs.padded_rows() <= kMaxPackedRows && work > kSmallestWork)
    return packed.multiply_all(cut_panels(
        args_,
        std::max(2 * num_threads(context_), args_.m == 1 ? weight_bytes / kBytesOfPiece : panels / kPanelsOfPiece)));

  const bool is_worth_threads = work > kSmallestWork && num_threads(context_) > 1;
  // Several for each thread, since threads do not always get the same share of their processors.
  const int64_t pieces =
      is_worth_threads ? std::clamp(work / kSmallestWork, num_threads(context_), 6 * num_threads(context_)) : 1;
  float* const scratch = context_.arena->floats(num_threads(context_) * each);
  const std::vector<PanelRange> ranges = cut_panels(args_, pieces);
  maybe_parallel(context_, is_worth_threads, static_cast<int64_t>(ranges.size()), [&](int64_t i, int thread) {
    const RoundedInput& x = inputs.of(*ranges[i].product);
    x.takes_packed_panels() ? packed.multiply(ranges[i]) : multiply_rows(x, ranges[i], scratch + thread * each);
  });
}

TraceWork quantized_work(const QuantizedGemmArgs& args) {
  TraceWork work;
  int64_t columns = 0;
  for (const QuantizedProduct& product : args.products) {
    columns += product.weight->n();
    work.bytes += static_cast<double>(product.weight->num_bytes());
    if (product.residual) work.bytes += 4.0 * static_cast<double>(args.m * product.weight->n());
  }
  work.flops = 2.0 * static_cast<double>(args.m * args.k) * static_cast<double>(columns);
  work.bytes += 4.0 * static_cast<double>(args.m) * static_cast<double>(args.k + columns);
  work.extents = {args.m, columns, args.k};
  return work;
}

}  // namespace

void quantized_gemm(const KernelContext& context, const QuantizedGemmArgs& args) {
  const TraceScope scope(context.trace, "quantized gemm", [&] { return quantized_work(args); });
  for (const QuantizedProduct& product : args.products) {
    VITRINE_CHECK(product.weight->k() == args.k, "quantized gemm: a weight of another width");
    VITRINE_CHECK(multiplies_panels_of(context.kernel_set, product.weight->dtype()),
                  "quantized gemm: panels of values on a kernel set that has no products with them");
  }
  const int64_t prompt_rows = reads_prompts_otherwise(context) ? std::min(args.prompt_rows, args.m) : 0;
  for (int64_t row = 0; row < args.m;) {
    const bool is_prompt = row < prompt_rows;
    const RowsOfCall some(args, {row, std::min(row + kRowsAtOnce, is_prompt ? prompt_rows : args.m)});
    if (is_prompt)
      multiply_prompt(context, some.args());
    else
      QuantizedCall(context, some.args()).run();
    row += some.args().m;
  }
}

bool multiplies_panels_of(KernelSet set, DType dtype) {
  const int format = cpu::panel_format_index(dtype);
  return format >= 0 && cpu::quantized_kernels(set).formats[format].passes[0].loose != nullptr;
}

bool reads_prompts_otherwise(const KernelContext& context) {
  return context.kernel_set == KernelSet::kAmx && context.precision == Precision::kFast && cpu::has_amx_bf16();
}

}  // namespace vitrine::kernels
