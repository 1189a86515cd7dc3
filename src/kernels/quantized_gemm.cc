// The loops around the quantized kernels: how x is rounded, and who multiplies which panels.
#include "kernels/quantized_gemm.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/look_ahead.h"
#include "kernels/cpu/quantized_amx.h"
#include "kernels/cpu/quantized_kernels.h"
#include "kernels/gemm_panels.h"
#include "kernels/quantized_calls.h"
#include "kernels/quantized_matrix.h"

namespace vitrine::kernels {
namespace {

using cpu::kBlock;
using cpu::kGroups;
using cpu::kMaxTileRows;
using cpu::kPanelRows;
using cpu::PanelFormat;

constexpr int64_t kChunkBlocks = 32;  // of a loose panel at once: with them it half-fills a first-level cache
constexpr int64_t kPanelsAtOnce = 4;  // for each of which the bytes of x are read once
/// Floats of a piece of a loose panel: codes, scales, minimums.
constexpr int64_t kLooseFloats = kChunkBlocks * (cpu::kLooseBytes / 4 + 4 * kPanelRows);
constexpr int64_t kBytesOfPiece = 16384;  // of the weights of one row's product: about a microsecond
constexpr int64_t kRowsAtOnce = 512;  // of x, whose bytes stay in the second level meanwhile

/// x rounded to bytes, tile after tile of rows that are multiplied together. With two passes each row of x has two
/// rows, one after the other: rounded, and what that leaves.
class RoundedInput {
 public:
  RoundedInput(const KernelContext& context, const cpu::QuantizedKernels& kernels, const QuantizedGemmArgs& args,
               int passes);

  int passes() const { return passes_; }
  int64_t num_tiles() const { return tiles_.count(); }
  Range tile(int64_t index) const { return {tiles_[index].begin * passes_, tiles_[index].end * passes_}; }
  /// On tile registers full tiles of rows are wanted: the last are zero.
  int64_t padded_rows() const { return rows_; }
  bool is_on_tiles() const { return on_tiles_; }
  /// The rows of a tile from a block on, as a product with weights of a format takes them.
  cpu::RoundedRows rows(Range tile, int64_t block, const PanelFormat& format) const;
  /// Makes the sums that a format needs.
  void prepare(const PanelFormat& format);

 private:
  void round_tile(const QuantizedGemmArgs& args, Range rows);

  const KernelContext& context_;
  const cpu::QuantizedKernels& kernels_;
  const int64_t num_blocks_;
  const int passes_;
  const bool on_tiles_;
  const int64_t rows_;
  RowPanels tiles_;  // of rows of x
  int8_t* bytes_;
  float* scales_;
  int32_t* half_sums_;  // [rows][num_blocks][2]
  int32_t* offset_sums_[cpu::kNumPanelFormats] = {};
  float* value_sums_[2] = {};  // by parts - 1
};

/// With more rows than the other bodies take at once.
bool takes_tiles(const KernelContext& context, int64_t rows) {
  return kernels_like(context.kernel_set) == KernelSet::kAvx512 && rows > kMaxTileRows &&
         cpu::amx_kernel(cpu::kPanelFormats[0]) != nullptr;
}

RoundedInput::RoundedInput(const KernelContext& context, const cpu::QuantizedKernels& kernels,
                           const QuantizedGemmArgs& args, int passes)
    : context_(context),
      kernels_(kernels),
      num_blocks_(args.k / kBlock),
      passes_(passes),
      on_tiles_(takes_tiles(context, args.m * passes)),
      rows_(on_tiles_ ? ceil_div(args.m * passes, cpu::kAmxTileRows) * cpu::kAmxTileRows : args.m * passes),
      tiles_({0, rows_ / passes}, (on_tiles_ ? cpu::kAmxTileRows : kMaxTileRows) / passes),
      bytes_(static_cast<int8_t*>(context.arena->allocate(rows_ * args.k))),
      scales_(context.arena->floats(rows_ * num_blocks_)),
      half_sums_(static_cast<int32_t*>(context.arena->allocate(rows_ * num_blocks_ * 8))) {
  maybe_parallel(context, args.m * args.k > 65536, num_tiles(),
                 [&](int64_t index, int) { round_tile(args, tile(index)); });
}

void RoundedInput::round_tile(const QuantizedGemmArgs& args, Range rows) {
  static_assert(kMaxTileRows % cpu::kMaxPasses == 0 && cpu::kAmxTileRows % cpu::kMaxPasses == 0);
  const int64_t count = rows.size();
  if (rows.end > args.m * passes_) {
    std::fill_n(bytes_ + rows.begin * args.k, count * args.k, int8_t{0});
    std::fill_n(scales_ + rows.begin * num_blocks_, count * num_blocks_, 0.0f);
    std::fill_n(half_sums_ + rows.begin * num_blocks_ * 2, count * num_blocks_ * 2, 0);
  }
  const auto target = [&](int64_t i) {
    return cpu::RoundingTarget{.bytes = bytes_ + rows.begin * args.k + (on_tiles_ ? kBlock : 4) * i,
                               .block_stride = kBlock * count,
                               .group_stride = on_tiles_ ? 4 : 4 * count,
                               .scales = scales_ + rows.begin * num_blocks_ + i,
                               .scale_stride = count,
                               .half_sums = half_sums_ + (rows.begin + i) * num_blocks_ * 2};
  };
  for (int64_t i = 0; i < std::min(count, args.m * passes_ - rows.begin); i += passes_) {
    const float* const x = args.x + (rows.begin + i) / passes_ * args.x_row_stride;
    if (passes_ == 1) {
      kernels_.round(x, num_blocks_, target(i), nullptr);
    } else {
      const cpu::RoundingTarget rest = target(i + 1);
      kernels_.round(x, num_blocks_, target(i), &rest);
    }
  }
}

void RoundedInput::prepare(const PanelFormat& format) {
  const int parts = format.parts();
  int32_t*& offset_sums = offset_sums_[cpu::panel_format_index(format.dtype)];
  float*& value_sums = value_sums_[parts - 1];
  const bool needs_offsets = format.code_offset != 0 && offset_sums == nullptr && !on_tiles_;
  const bool needs_values = format.has_minimum && value_sums == nullptr;
  if (!needs_offsets && !needs_values) return;
  const int64_t count = rows_ * num_blocks_ * parts;
  if (needs_offsets) offset_sums = static_cast<int32_t*>(context_.arena->allocate(count * 4));
  if (needs_values) value_sums = context_.arena->floats(count);
  const auto fill = [&](int64_t index, int) {
    const Range rows = tile(index);
    for (int64_t i = 0; i < rows.size(); ++i)
      for (int64_t block = 0; block < num_blocks_; ++block)
        for (int part = 0; part < parts; ++part) {
          const int32_t* const halves = half_sums_ + ((rows.begin + i) * num_blocks_ + block) * 2;
          const int32_t sum = parts == 2 ? halves[part] : halves[0] + halves[1];
          const int64_t first = rows.begin * num_blocks_ + block * rows.size();
          const int64_t at = first * parts + part * rows.size() + i;
          if (needs_offsets) offset_sums[at] = -format.code_offset * sum;
          if (needs_values) value_sums[at] = scales_[first + i] * static_cast<float>(sum);
        }
  };
  maybe_parallel(context_, count > 65536, num_tiles(), fill);
}

cpu::RoundedRows RoundedInput::rows(Range tile, int64_t block, const PanelFormat& format) const {
  const int parts = format.parts();
  const int64_t first = tile.begin * num_blocks_ + block * tile.size();
  cpu::RoundedRows rows{.bytes = bytes_ + first * kBlock, .scales = scales_ + first};
  if (format.code_offset != 0 && !on_tiles_)
    rows.offset_sums = offset_sums_[cpu::panel_format_index(format.dtype)] + first * parts;
  if (format.has_minimum) rows.value_sums = value_sums_[parts - 1] + first * parts;
  return rows;
}

class QuantizedCall {
 public:
  QuantizedCall(const KernelContext& context, const QuantizedGemmArgs& args)
      : context_(context), args_(args), kernels_(cpu::quantized_kernels(context.kernel_set)) {}
  void run();

 private:
  void multiply_one_row(const RoundedInput& x, const PanelRange& range) const;
  void multiply_rows(const RoundedInput& x, const PanelRange& range, float* memory) const;
  void multiply_group(const RoundedInput& x, const QuantizedProduct& product, Range panels, float* memory) const;
  const KernelContext& context_;
  const QuantizedGemmArgs& args_;
  const cpu::QuantizedKernels& kernels_;
};

void QuantizedCall::multiply_one_row(const RoundedInput& x, const PanelRange& range) const {
  const QuantizedMatrix::State& weight = range.product->weight->state();
  const cpu::FormatKernels& kernels = kernels_.formats[weight.format_index];
  alignas(64) float sums[cpu::kMaxPasses * kPanelRows];
  for (int64_t panel = range.panels.begin; panel < range.panels.end; ++panel) {
    kernels.packed[x.passes()]({.codes = weight.codes + panel * weight.panel_code_bytes(),
                                .scales = weight.scales + panel * weight.panel_scale_bytes(),
                                .x = x.rows({0, x.passes()}, 0, weight.format()),
                                .num_blocks = weight.num_blocks(),
                                .sums = sums});
    finish_panels(kernels_, args_.m, *range.product, {panel, panel + 1}, {sums, 0, x.passes()});
  }
}

/// Asks for bytes of the codes that are loosened next: memory is slow, and the products before keep it idle.
void prefetch_codes(const QuantizedMatrix::State& weight, Range panels, int64_t block, Range bytes) {
  constexpr int64_t kLine = 64;
  const int64_t first = block * weight.format().code_bytes();
  const Range wanted{first + bytes.begin / kLine * kLine, std::min(first + bytes.end, weight.panel_code_bytes())};
  for (int64_t panel = panels.begin; panel < panels.end; ++panel)
    for (int64_t at = wanted.begin; at < wanted.end; at += kLine)
      __builtin_prefetch(weight.codes + panel * weight.panel_code_bytes() + at, 0, 2);
}

/// A piece of some panels is loosened once and multiplied by all rows.
void QuantizedCall::multiply_rows(const RoundedInput& x, const PanelRange& range, float* memory) const {
  const PanelFormat& format = range.product->weight->state().format();
  if (x.is_on_tiles()) cpu::configure_tiles(format);
  for (int64_t first = range.panels.begin; first < range.panels.end; first += kPanelsAtOnce)
    multiply_group(x, *range.product, {first, std::min(first + kPanelsAtOnce, range.panels.end)}, memory);
  if (x.is_on_tiles()) cpu::release_tiles();
}

void QuantizedCall::multiply_group(const RoundedInput& x, const QuantizedProduct& product, Range panels,
                                   float* memory) const {
  const QuantizedMatrix::State& weight = product.weight->state();
  const PanelFormat& format = weight.format();
  const cpu::FormatKernels& kernels = kernels_.formats[weight.format_index];
  const cpu::PanelKernel on_tiles = x.is_on_tiles() ? cpu::amx_kernel(format) : nullptr;
  const auto loose = [&](int64_t index) {
    float* const scales = memory + index * kLooseFloats + kChunkBlocks * cpu::kLooseBytes / 4;
    return cpu::LoosePanel{.codes = reinterpret_cast<uint8_t*>(memory + index * kLooseFloats),
                           .scales = scales,
                           .minimums = scales + kChunkBlocks * 2 * kPanelRows};
  };
  float* const sums = memory + kPanelsAtOnce * kLooseFloats;
  const int64_t sums_each = x.padded_rows() * kPanelRows;
  for (int64_t block = 0; block < weight.num_blocks(); block += kChunkBlocks) {
    const int64_t count = std::min(kChunkBlocks, weight.num_blocks() - block);
    for (int64_t i = 0; i < panels.size(); ++i) {
      kernels.loosen(weight.codes + (panels.begin + i) * weight.panel_code_bytes() + block * format.code_bytes(),
                     weight.scales + (panels.begin + i) * weight.panel_scale_bytes() +
                         block / format.super_blocks * format.scale_bytes(),
                     count, loose(i));
      if (on_tiles && format.code_offset)
        cpu::subtract_offset(loose(i).codes, count * cpu::kLooseBytes, format.code_offset);
    }
    const int64_t next = block + kChunkBlocks < weight.num_blocks() ? block + kChunkBlocks : 0;
    const Range next_panels =
        next > 0 ? panels : Range{panels.end, std::min(panels.end + panels.size(), weight.num_panels())};
    for (int64_t i = 0; i < x.num_tiles(); ++i) {
      const Range tile = x.tile(i);
      prefetch_codes(weight, next_panels, next, part(kChunkBlocks * format.code_bytes(), x.num_tiles(), i));
      const cpu::PanelKernel multiply = on_tiles ? on_tiles : kernels.loose[tile.size()];
      const cpu::RoundedRows rows = x.rows(tile, block, format);
      for (int64_t j = 0; j < panels.size(); ++j)
        multiply({.codes = loose(j).codes,
                  .scales = reinterpret_cast<const uint8_t*>(loose(j).scales),
                  .minimums = loose(j).minimums,
                  .x = rows,
                  .num_blocks = count,
                  .sums = sums + j * sums_each + tile.begin * kPanelRows,
                  .adds = block > 0});
    }
  }
  finish_panels(kernels_, args_.m, product, panels, {sums, sums_each, x.passes()});
}

const std::byte* first_byte(const PanelRange& range) {
  const QuantizedMatrix::State& weight = range.product->weight->state();
  return reinterpret_cast<const std::byte*>(weight.codes + range.panels.begin * weight.panel_code_bytes());
}

/// Each thread goes through a share of its own from one end to the other, as memory likes it, and then helps the others.
template <typename Body>
void share_out(const KernelContext& context, const std::vector<PanelRange>& pieces, const Body& body) {
  struct alignas(64) Share {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };
  const int64_t count = num_threads(context);
  std::vector<Share> shares(static_cast<size_t>(count));
  LookAhead::Places starts{};
  for (int64_t i = 0; i < count; ++i) {
    const Range own = part(static_cast<int64_t>(pieces.size()), count, i);
    shares[i].next.store(own.begin, std::memory_order_relaxed);
    shares[i].end = own.end;
    if (i < LookAhead::kMaxThreads) starts[i] = first_byte(pieces[std::min(own.begin, static_cast<int64_t>(pieces.size()) - 1)]);
  }
  context.pool->begin_reading({starts.data(), static_cast<size_t>(std::min<int64_t>(count, LookAhead::kMaxThreads))});
  context.pool->parallel_for(count, [&](int64_t, int thread) {
    for (int64_t i = 0; i < count; ++i) {
      Share& share = shares[(thread + i) % count];
      for (int64_t piece; (piece = share.next.fetch_add(1, std::memory_order_relaxed)) < share.end;) body(pieces[piece]);
    }
  });
}

void QuantizedCall::run() {
  const ArenaScope scope(*context_.arena);
  std::optional<RoundedInput> inputs[2];  // plain, and for sensitive products
  int64_t weight_bytes = 0, rows = 0;
  for (const QuantizedProduct& product : args_.products) {
    std::optional<RoundedInput>& x = inputs[product.is_sensitive];
    if (!x) x.emplace(context_, kernels_, args_, product.is_sensitive ? cpu::kMaxPasses : 1);
    x->prepare(product.weight->state().format());
    weight_bytes += product.weight->num_bytes();
    rows = std::max(rows, x->padded_rows());
  }
  // Several pieces for each thread, since threads do not always get the same share of their processors; a piece takes
  // some 5 µs or more.
  constexpr int64_t kSmallestWork = 65536;
  const bool is_worth_threads = weight_bytes * (1 + args_.m / 8) > kSmallestWork && num_threads(context_) > 1;
  if (args_.m == 1) {
    const auto multiply = [&](const PanelRange& range) { multiply_one_row(*inputs[range.product->is_sensitive], range); };
    if (!is_worth_threads)
      for (const PanelRange& range : cut_panels(args_, 1)) multiply(range);
    else
      share_out(context_, cut_panels(args_, std::max(num_threads(context_), weight_bytes / kBytesOfPiece)), multiply);
    return;
  }
  const int64_t pieces =
      is_worth_threads ? std::clamp(weight_bytes * (1 + args_.m / 8) / kSmallestWork, num_threads(context_), 6 * num_threads(context_))
                       : 1;
  const std::vector<PanelRange> ranges = cut_panels(args_, pieces);
  const auto count = static_cast<int64_t>(ranges.size());
  const int64_t each = kPanelsAtOnce * (kLooseFloats + rows * kPanelRows);
  float* const scratch = context_.arena->floats(num_threads(context_) * each);
  maybe_parallel(context_, is_worth_threads, count, [&](int64_t i, int thread) {
    multiply_rows(*inputs[ranges[i].product->is_sensitive], ranges[i], scratch + thread * each);
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
