// The loops around the quantized kernels: how x is rounded, and who multiplies which panels.
#include "kernels/quantized_gemm.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/cpu/quantized_amx.h"
#include "kernels/cpu/quantized_kernels.h"
#include "kernels/gemm_panels.h"
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
constexpr int64_t kRowsAtOnce = 512;  // of x, whose bytes stay in the second level meanwhile

/// x rounded to bytes, tile after tile of rows that are multiplied together.
class RoundedInput {
 public:
  RoundedInput(const KernelContext& context, const cpu::QuantizedKernels& kernels, const QuantizedGemmArgs& args,
               bool on_tiles);

  const RowPanels& tiles() const { return tiles_; }
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
  const bool on_tiles_;
  const int64_t rows_;
  RowPanels tiles_;
  int8_t* bytes_;
  float* scales_;
  int32_t* half_sums_;  // [rows][num_blocks][2]
  int32_t* offset_sums_[cpu::kNumPanelFormats] = {};
  float* value_sums_[2] = {};  // by parts - 1
};

/// Rounding is worth other threads only where there is much of it.
template <typename Body>
void maybe_parallel(const KernelContext& context, bool worth_it, int64_t count, const Body& body) {
  if (worth_it && context.pool != nullptr) return context.pool->parallel_for(count, body);
  for (int64_t i = 0; i < count; ++i) body(i, 0);
}

RoundedInput::RoundedInput(const KernelContext& context, const cpu::QuantizedKernels& kernels,
                           const QuantizedGemmArgs& args, bool on_tiles)
    : context_(context),
      kernels_(kernels),
      num_blocks_(args.k / kBlock),
      on_tiles_(on_tiles),
      rows_(on_tiles ? ceil_div(args.m, cpu::kAmxTileRows) * cpu::kAmxTileRows : args.m),
      tiles_({0, rows_}, on_tiles ? cpu::kAmxTileRows : kMaxTileRows),
      bytes_(static_cast<int8_t*>(context.arena->allocate(rows_ * args.k))),
      scales_(context.arena->floats(rows_ * num_blocks_)),
      half_sums_(static_cast<int32_t*>(context.arena->allocate(rows_ * num_blocks_ * 8))) {
  maybe_parallel(context, args.m * args.k > 65536, tiles_.count(),
                 [&](int64_t tile, int) { round_tile(args, tiles_[tile]); });
}

void RoundedInput::round_tile(const QuantizedGemmArgs& args, Range rows) {
  const int64_t count = rows.size();
  if (rows.end > args.m) {
    std::fill_n(bytes_ + rows.begin * args.k, count * args.k, int8_t{0});
    std::fill_n(scales_ + rows.begin * num_blocks_, count * num_blocks_, 0.0f);
    std::fill_n(half_sums_ + rows.begin * num_blocks_ * 2, count * num_blocks_ * 2, 0);
  }
  for (int64_t i = 0; i < std::min(count, args.m - rows.begin); ++i)
    kernels_.round(args.x + (rows.begin + i) * args.x_row_stride, num_blocks_,
                   {.bytes = bytes_ + rows.begin * args.k + (on_tiles_ ? kBlock : 4) * i,
                    .block_stride = kBlock * count,
                    .group_stride = on_tiles_ ? 4 : 4 * count,
                    .scales = scales_ + rows.begin * num_blocks_ + i,
                    .scale_stride = count,
                    .half_sums = half_sums_ + (rows.begin + i) * num_blocks_ * 2});
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
  const auto fill = [&](int64_t tile, int) {
    const Range rows = tiles_[tile];
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
  maybe_parallel(context_, count > 65536, tiles_.count(), fill);
}

cpu::RoundedRows RoundedInput::rows(Range tile, int64_t block, const PanelFormat& format) const {
  const int parts = format.parts();
  const int64_t first = tile.begin * num_blocks_ + block * tile.size();
  cpu::RoundedRows rows{.bytes = bytes_ + first * kBlock, .scales = scales_ + first};
  if (format.code_offset != 0 && !on_tiles_) rows.offset_sums = offset_sums_[cpu::panel_format_index(format.dtype)] + first * parts;
  if (format.has_minimum) rows.value_sums = value_sums_[parts - 1] + first * parts;
  return rows;
}

/// Panels of one product, to be shared among threads.
struct PanelRange {
  const QuantizedProduct* product;
  Range panels;
};

/// The panels of all products in pieces of similar size.
std::vector<PanelRange> cut_panels(std::span<const QuantizedProduct> products, int64_t num_pieces) {
  int64_t total = 0;
  for (const QuantizedProduct& product : products) total += product.weight->num_bytes();
  std::vector<PanelRange> pieces;
  for (const QuantizedProduct& product : products) {
    const int64_t panels = product.weight->state().num_panels(), bytes = product.weight->num_bytes();
    const int64_t count = std::clamp<int64_t>((bytes * num_pieces + total / 2) / std::max<int64_t>(total, 1), 1, panels);
    for (int64_t i = 0; i < count; ++i) pieces.push_back({&product, part(panels, count, i)});
  }
  return pieces;
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
  bool uses_tiles() const;
  void finish(const QuantizedProduct& product, int64_t panel, Range rows, const float* sums) const;
  int64_t num_threads() const { return context_.pool ? context_.pool->num_threads() : 1; }

  const KernelContext& context_;
  const QuantizedGemmArgs& args_;
  const cpu::QuantizedKernels& kernels_;
};

void QuantizedCall::finish(const QuantizedProduct& product, int64_t panel, Range rows, const float* sums) const {
  const int64_t column = panel * kPanelRows;
  kernels_.finish({.sums = sums,
                   .rows = rows.size(),
                   .columns = static_cast<int>(std::min<int64_t>(kPanelRows, product.weight->n() - column)),
                   .c = product.c + rows.begin * product.c_row_stride + column,
                   .c_row_stride = product.c_row_stride,
                   .bias = product.bias ? product.bias + column : nullptr,
                   .residual = product.residual ? product.residual + rows.begin * product.residual_row_stride + column
                                                : nullptr,
                   .residual_row_stride = product.residual_row_stride});
}

void QuantizedCall::multiply_one_row(const RoundedInput& x, const PanelRange& range) const {
  const QuantizedMatrix::State& weight = range.product->weight->state();
  const cpu::FormatKernels& kernels = kernels_.formats[weight.format_index];
  alignas(64) float sums[kPanelRows];
  for (int64_t panel = range.panels.begin; panel < range.panels.end; ++panel) {
    kernels.one_row({.codes = weight.codes + panel * weight.panel_code_bytes(),
                     .scales = weight.scales + panel * weight.panel_scale_bytes(),
                     .x = x.rows({0, 1}, 0, weight.format()),
                     .num_blocks = weight.num_blocks(),
                     .sums = sums});
    finish(*range.product, panel, {0, 1}, sums);
  }
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
    for (int64_t i = 0; i < x.tiles().count(); ++i) {
      const Range tile = x.tiles()[i];
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
  for (int64_t i = 0; i < panels.size(); ++i)
    finish(product, panels.begin + i, {0, args_.m}, sums + i * sums_each);
}

/// With more rows than the other bodies take at once.
bool QuantizedCall::uses_tiles() const {
  return context_.kernel_set == KernelSet::kAvx512 && args_.m > kMaxTileRows &&
         cpu::amx_kernel(cpu::kPanelFormats[0]) != nullptr;
}

void QuantizedCall::run() {
  const ArenaScope scope(*context_.arena);
  RoundedInput x(context_, kernels_, args_, uses_tiles());
  int64_t weight_bytes = 0;
  for (const QuantizedProduct& product : args_.products) {
    x.prepare(product.weight->state().format());
    weight_bytes += product.weight->num_bytes();
  }
  // Several pieces for each thread, since threads do not always get the same share of their processors; a piece takes
  // some 5 µs or more.
  constexpr int64_t kSmallestWork = 65536;
  const bool is_worth_threads = weight_bytes * (1 + args_.m / 8) > kSmallestWork && num_threads() > 1;
  const int64_t pieces = is_worth_threads ? std::clamp(weight_bytes * (1 + args_.m / 8) / kSmallestWork, num_threads(),
                                                       6 * num_threads())
                                          : 1;
  const std::vector<PanelRange> ranges = cut_panels(args_.products, pieces);
  const auto count = static_cast<int64_t>(ranges.size());
  if (args_.m == 1)
    return maybe_parallel(context_, is_worth_threads, count, [&](int64_t i, int) { multiply_one_row(x, ranges[i]); });
  const int64_t each = kPanelsAtOnce * (kLooseFloats + x.padded_rows() * kPanelRows);
  float* const scratch = context_.arena->floats(num_threads() * each);
  maybe_parallel(context_, is_worth_threads, count,
                 [&](int64_t i, int thread) { multiply_rows(x, ranges[i], scratch + thread * each); });
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
  if (args.m == 0) return;
  for (int64_t row = 0; row < args.m; row += kRowsAtOnce) {
    QuantizedGemmArgs some = args;
    std::vector<QuantizedProduct> products(args.products.begin(), args.products.end());
    for (QuantizedProduct& product : products) {
      product.c += row * product.c_row_stride;
      if (product.residual) product.residual += row * product.residual_row_stride;
    }
    some.m = std::min(kRowsAtOnce, args.m - row);
    some.x += row * args.x_row_stride;
    some.products = products;
    QuantizedCall(context, some).run();
  }
}

}  // namespace vitrine::kernels
