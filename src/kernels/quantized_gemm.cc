// The loops around the quantized kernels: who multiplies which panels.
#include "kernels/quantized_gemm.h"

#include <algorithm>
#include <optional>
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

constexpr int64_t kLooseFloatsOfBlock = cpu::kLooseBytes / 4 + 4 * kPanelRows;  // codes, scales, minimums
constexpr int64_t kLooseFloats = int64_t{64} << 10;  // of the panels that are loose at once: a part of the second level
constexpr int64_t kChunkBlocks = 64, kMostPanels = 32;
/// On tile registers the first level holds them.
constexpr int64_t kChunkBlocksOnTiles = 8, kPanelsOnTiles = 2;
constexpr int64_t kBytesOfPiece = 16384;  // of the weights of one row's product: about a microsecond
constexpr int64_t kPanelsOfPiece = 8;     // of several rows'
constexpr int64_t kRowsAtOnce = 512;      // of x, whose bytes stay in the second level meanwhile

/// How much of a weight is loosened at once, and multiplied by all rows.
struct LoosePart {
  LoosePart(const RoundedInput& x, int64_t num_blocks)
      : blocks(std::min(x.is_on_tiles() ? kChunkBlocksOnTiles : kChunkBlocks, num_blocks)),
        panels(x.is_on_tiles() ? kPanelsOnTiles : std::min(kMostPanels, kLooseFloats / (blocks * kLooseFloatsOfBlock))),
        is_whole(blocks == num_blocks),
        sums_rows(is_whole ? std::max<int64_t>(kMaxTileRows, cpu::kAmxTileRows) : x.padded_rows()) {}
  int64_t panel_floats() const { return blocks * kLooseFloatsOfBlock; }
  int64_t num_floats() const { return panels * (panel_floats() + sums_rows * kPanelRows); }
  const int64_t blocks, panels;
  const bool is_whole;      // panels
  const int64_t sums_rows;  // whose sums are kept: of whole panels those of one tile
};

class QuantizedCall {
 public:
  QuantizedCall(const KernelContext& context, const QuantizedGemmArgs& args)
      : context_(context), args_(args), kernels_(cpu::quantized_kernels(context.kernel_set)) {}
  void run();

 private:
  void multiply_rows(const RoundedInput& x, const PanelRange& range, float* memory) const;
  void multiply_group(const RoundedInput& x, const QuantizedProduct& product, Range panels, float* memory) const;
  const KernelContext& context_;
  const QuantizedGemmArgs& args_;
  const cpu::QuantizedKernels& kernels_;
};

void QuantizedCall::multiply_rows(const RoundedInput& x, const PanelRange& range, float* memory) const {
  const QuantizedMatrix::State& weight = range.product->weight->state();
  const int64_t at_once = LoosePart(x, weight.num_blocks()).panels;
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
  const PanelFormat& format = weight.format();
  const cpu::FormatKernels& kernels = kernels_.formats[weight.format_index];
  const cpu::PanelKernel on_tiles = x.is_on_tiles() ? cpu::amx_kernel(format) : nullptr;
  const LoosePart part(x, weight.num_blocks());
  const auto loose = [&](int64_t index) {
    float* const codes = memory + index * part.panel_floats();
    float* const scales = codes + part.blocks * cpu::kLooseBytes / 4;
    return cpu::LoosePanel{.codes = reinterpret_cast<uint8_t*>(codes),
                           .scales = scales,
                           .minimums = scales + part.blocks * 2 * kPanelRows};
  };
  float* const sums = memory + part.panels * part.panel_floats();
  for (int64_t block = 0; block < weight.num_blocks(); block += part.blocks) {
    const int64_t count = std::min(part.blocks, weight.num_blocks() - block);
    for (int64_t i = 0; i < panels.size(); ++i) {
      kernels.loosen(weight.codes + (panels.begin + i) * weight.panel_code_bytes() + block * format.code_bytes(),
                     weight.scales + (panels.begin + i) * weight.panel_scale_bytes() +
                         block / format.super_blocks * format.scale_bytes(),
                     count, loose(i));
      if (on_tiles && format.code_offset)
        cpu::subtract_offset(loose(i).codes, count * cpu::kLooseBytes, format.code_offset);
    }
    const bool is_last = block + count == weight.num_blocks();
    const int64_t next_panel = is_last ? panels.end : panels.begin, next_block = is_last ? 0 : block + count;
    for (int64_t i = 0; i < x.num_tiles(); ++i) {
      const Range tile = x.tile(i);
      const cpu::PanelKernel multiply = on_tiles ? on_tiles : kernels.loose[tile.size()];
      const cpu::RoundedRows rows = x.rows(tile, block, format);
      const int64_t sums_each = tile.size() * kPanelRows;
      float* const tile_sums = sums + (part.is_whole ? 0 : tile.begin * kPanelRows * panels.size());
      for (int64_t j = 0; j < panels.size(); ++j) {
        const NextCodes ahead(
            weight.codes + (next_panel + j) * weight.panel_code_bytes() + next_block * format.code_bytes(), format,
            count, x.num_tiles(), i);
        multiply({.codes = loose(j).codes,
                  .scales = reinterpret_cast<const uint8_t*>(loose(j).scales),
                  .minimums = loose(j).minimums,
                  .x = rows,
                  .num_blocks = count,
                  .sums = tile_sums + j * sums_each,
                  .adds = block > 0,
                  .next_codes = ahead.begin,
                  .next_bytes = ahead.bytes_of_block});
      }
      if (is_last)
        finish_panels(kernels_, {tile.begin / x.passes(), std::min(tile.end / x.passes(), args_.m)}, product, panels,
                      {tile_sums, sums_each, x.passes()});
    }
  }
}

void QuantizedCall::run() {
  const ArenaScope scope(*context_.arena);
  std::optional<RoundedInput> inputs[2];  // plain, and for sensitive products
  int64_t weight_bytes = 0, panels = 0, rows = 0, each = 0;
  for (const QuantizedProduct& product : args_.products) {
    std::optional<RoundedInput>& x = inputs[product.is_sensitive];
    if (!x) x.emplace(context_, kernels_, args_, product.is_sensitive ? cpu::kMaxPasses : 1);
    x->prepare(product.weight->state().format());
    weight_bytes += product.weight->num_bytes();
    panels += product.weight->state().num_panels();
    rows = std::max(rows, x->padded_rows());
    if (!x->takes_packed_panels())
      each = std::max(each, LoosePart(*x, product.weight->state().num_blocks()).num_floats());
  }
  // A piece takes some microseconds or more.
  constexpr int64_t kSmallestWork = 65536;
  const int64_t work = weight_bytes * (1 + args_.m / 8);
  const auto address = [](const std::optional<RoundedInput>& x) { return x ? &*x : nullptr; };
  const PackedProducts packed(context_, kernels_, args_, {address(inputs[0]), address(inputs[1])});
  if (rows <= kMaxPackedRows && work > kSmallestWork)
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
    const RoundedInput& x = *inputs[ranges[i].product->is_sensitive];
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
  for (const QuantizedProduct& product : args.products)
    VITRINE_CHECK(product.weight->k() == args.k, "quantized gemm: a weight of another width");
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

bool reads_prompts_otherwise(const KernelContext& context) {
  return context.kernel_set == KernelSet::kAmx && context.precision == Precision::kFast && cpu::has_amx_bf16();
}

}  // namespace vitrine::kernels
