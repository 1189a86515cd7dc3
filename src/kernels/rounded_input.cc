#include "kernels/rounded_input.h"

#include <algorithm>

#include "kernels/cpu/quantized_amx.h"
#include "kernels/quantized_calls.h"
#include "kernels/quantized_matrix.h"

namespace vitrine::kernels {

using cpu::kBlock;
using cpu::kMaxTileRows;
using cpu::PanelFormat;

namespace {

bool takes_tiles(const KernelContext& context, cpu::InputForm form, int64_t rows) {
  return form == cpu::InputForm::kBytes && kernels_like(context.kernel_set) == KernelSet::kAvx512 &&
         rows > kMaxPackedRows && cpu::amx_kernel(cpu::kPanelFormats[0], 1) != nullptr;
}

/// Rows of a full tile, or 0 where tiles need not be full.
int64_t full_tile(const cpu::QuantizedKernels& kernels, bool on_tiles, int64_t rows) {
  if (on_tiles) return cpu::kAmxTileRows;
  if (rows > kMaxPackedRows) return 0;
  if (rows <= 4) return rows <= 2 ? rows : 4;
  return rows <= kMaxTileRows ? kMaxTileRows : kernels.packed_tile_rows;
}

int64_t tile_rows(const cpu::QuantizedKernels& kernels, cpu::InputForm form, int64_t full_tile) {
  if (full_tile > 0) return full_tile;
  return form == cpu::InputForm::kBytes ? kMaxTileRows : kernels.packed_tile_rows;
}

int64_t padded_rows(int64_t full_tile, int64_t rows) {
  return full_tile > 0 ? ceil_div(rows, full_tile) * full_tile : rows;
}

}  // namespace

RoundedInput::RoundedInput(const KernelContext& context, const cpu::QuantizedKernels& kernels,
                           const QuantizedGemmArgs& args, cpu::InputForm form, int passes)
    : context_(context),
      kernels_(kernels),
      form_(form),
      num_blocks_(args.k / kBlock),
      passes_(passes),
      on_tiles_(takes_tiles(context, form, args.m * passes)),
      full_tile_(full_tile(kernels, on_tiles_, args.m * passes)),
      rows_(vitrine::kernels::padded_rows(full_tile_, args.m * passes)),
      tiles_({0, rows_ / passes}, tile_rows(kernels, form, full_tile_) / passes) {
  if (form == cpu::InputForm::kBytes) {
    bytes_ = static_cast<int8_t*>(context.arena->allocate(rows_ * args.k));
    scales_ = context.arena->floats(rows_ / passes * num_blocks_);
    half_sums_ = static_cast<int32_t*>(context.arena->allocate(rows_ * num_blocks_ * 8));
  } else {
    laid_ = static_cast<std::byte*>(context.arena->allocate(rows_ * num_blocks_ * laid_bytes()));
  }
  maybe_parallel(context, args.m * args.k > 65536, num_tiles(), [&](int64_t index, int) {
    form_ == cpu::InputForm::kBytes ? round_tile(args, tile(index)) : lay_tile(args, tile(index));
  });
}

void RoundedInput::lay_tile(const QuantizedGemmArgs& args, Range rows) {
  std::byte* const to = laid_ + rows.begin * num_blocks_ * laid_bytes();
  if (rows.end > args.m) std::fill_n(to, rows.size() * num_blocks_ * laid_bytes(), std::byte{0});
  const DType dtype = form_ == cpu::InputForm::kFloats ? DType::kF16 : DType::kBF16;
  const cpu::LayKernel lay = kernels_.formats[cpu::panel_format_index(dtype)].lay;
  for (int64_t i = 0; i < std::min(rows.size(), args.m - rows.begin); ++i)
    lay(args.x + (rows.begin + i) * args.x_row_stride, num_blocks_, rows.size(), to + 4 * i);
}

void RoundedInput::round_tile(const QuantizedGemmArgs& args, Range rows) {
  static_assert(kMaxTileRows % cpu::kMaxPasses == 0 && cpu::kAmxTileRows % cpu::kMaxPasses == 0);
  const int64_t count = rows.size();
  if (rows.end > args.m * passes_) {
    std::fill_n(bytes_ + rows.begin * args.k, count * args.k, int8_t{0});
    std::fill_n(scales_ + rows.begin / passes_ * num_blocks_, count / passes_ * num_blocks_, 0.0f);
    std::fill_n(half_sums_ + rows.begin * num_blocks_ * 2, count * num_blocks_ * 2, 0);
  }
  const int64_t used = std::min(count, args.m * passes_ - rows.begin);
  const float* const x = args.x + rows.begin / passes_ * args.x_row_stride;
  const cpu::RoundingTarget first{.bytes = bytes_ + rows.begin * args.k,
                                  .block_stride = kBlock * count,
                                  .group_stride = on_tiles_ ? 4 : 4 * count,
                                  .scales = scales_ + rows.begin / passes_ * num_blocks_,
                                  .scale_stride = count / passes_,
                                  .half_sums = half_sums_ + rows.begin * num_blocks_ * 2};
  if (kernels_.interleave == nullptr || on_tiles_ || count % cpu::kInterleavedRows != 0)
    return round_rows(x, args.x_row_stride, {0, num_blocks_}, used, first, on_tiles_ ? kBlock : 4);
  // A row's bytes side by side first: a tile's lines are then written whole.
  constexpr int64_t kBlocks = 32;
  alignas(64) int8_t side_by_side[cpu::kMaxPackedTileRows * kBlocks * kBlock];
  if (used < count) std::fill_n(side_by_side, count * kBlocks * kBlock, int8_t{0});
  for (int64_t block = 0; block < num_blocks_; block += kBlocks) {
    const Range blocks{block, std::min(block + kBlocks, num_blocks_)};
    cpu::RoundingTarget target = first;
    target.bytes = side_by_side, target.block_stride = kBlock, target.group_stride = 4;
    round_rows(x, args.x_row_stride, blocks, used, target, kBlocks * kBlock);
    kernels_.interleave(side_by_side, kBlocks * kBlock, count, blocks.size(), first.bytes + block * first.block_stride);
  }
}

/// Some blocks of the first `count` rows of bytes. `target` is the first row's, with its scales and sums from block 0
/// on and its bytes from the first of `blocks`; the next row's bytes lie `row_bytes` further.
void RoundedInput::round_rows(const float* x, int64_t x_row_stride, Range blocks, int64_t count,
                              const cpu::RoundingTarget& target, int64_t row_bytes) const {
  const auto row = [&](int64_t i) {
    cpu::RoundingTarget own = target;
    own.bytes += i * row_bytes;
    own.scales += i / passes_ + blocks.begin * target.scale_stride;
    own.half_sums += (i * num_blocks_ + blocks.begin) * 2;
    return own;
  };
  x += blocks.begin * kBlock;
  for (int64_t i = 0; i < count; i += passes_, x += x_row_stride) {
    const cpu::RoundingTarget rest = row(i + 1);
    kernels_.round(x, blocks.size(), row(i), passes_ == 2 ? &rest : nullptr);
  }
}

void RoundedInput::prepare(const PanelFormat& format) {
  if (form_ != cpu::InputForm::kBytes) return;
  const int parts = format.parts();
  int32_t*& offset_sums = offset_sums_[cpu::panel_format_index(format.dtype)];
  float*& value_sums = value_sums_[parts - 1];
  const bool needs_offsets = format.code_offset != 0 && offset_sums == nullptr && !on_tiles_;
  const bool needs_values = format.has_minimum && value_sums == nullptr;
  if (!needs_offsets && !needs_values) return;
  const int64_t count = rows_ * num_blocks_ * parts;
  if (needs_offsets) offset_sums = static_cast<int32_t*>(context_.arena->allocate(count * 4));
  if (needs_values) value_sums = context_.arena->floats(count / passes_);
  const auto fill = [&](int64_t index, int) {
    if (needs_offsets) fill_offset_sums(tile(index), parts, format.code_offset, offset_sums);
    if (needs_values) fill_value_sums(tile(index), parts, value_sums);
  };
  maybe_parallel(context_, count > 65536, num_tiles(), fill);
}

/// Calls put(place in a row's sums, sum of its bytes) for the parts of all blocks of a row of bytes of a tile.
template <typename Put>
void RoundedInput::for_each_sum(int64_t row, int64_t tile_rows, int parts, const Put& put) const {
  const int32_t* halves = half_sums_ + row * num_blocks_ * 2;
  for (int64_t at = 0; at < num_blocks_ * parts * tile_rows; halves += 2) {
    put(at, parts == 2 ? halves[0] : halves[0] + halves[1]);
    at += tile_rows;
    if (parts == 1) continue;
    put(at, halves[1]);
    at += tile_rows;
  }
}

void RoundedInput::fill_offset_sums(Range rows, int parts, int offset, int32_t* sums) const {
  sums += rows.begin * num_blocks_ * parts;
  for (int64_t i = 0; i < rows.size(); ++i)
    for_each_sum(rows.begin + i, rows.size(), parts, [&](int64_t at, int32_t sum) { sums[at + i] = -offset * sum; });
}

/// Of two passes the second's bytes are 256ths.
void RoundedInput::fill_value_sums(Range rows, int parts, float* sums) const {
  const int64_t first = rows.begin / passes_ * num_blocks_, count = rows.size() / passes_;
  const float* const scales = scales_ + first;
  sums += first * parts;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row = rows.begin + i * passes_;
    float* const to = sums + i;
    for_each_sum(row, count, parts, [&](int64_t at, int32_t sum) { to[at] = static_cast<float>(sum); });
    if (passes_ == 2)
      for_each_sum(row + 1, count, parts, [&](int64_t at, int32_t sum) {
        to[at] = static_cast<float>(256 * static_cast<int32_t>(to[at]) + sum);
      });
    for (int64_t block = 0; block < num_blocks_; ++block)
      for (int part = 0; part < parts; ++part) to[(block * parts + part) * count] *= scales[block * count + i];
  }
}

cpu::RoundedRows RoundedInput::rows(Range tile, int64_t block, const PanelFormat& format) const {
  const int parts = format.parts();
  const int64_t first = tile.begin * num_blocks_ + block * tile.size();
  if (form_ != cpu::InputForm::kBytes) return {.values = laid_ + first * laid_bytes()};
  cpu::RoundedRows rows{.bytes = bytes_ + first * kBlock, .scales = scales_ + first / passes_};
  if (format.code_offset != 0 && !on_tiles_)
    rows.offset_sums = offset_sums_[cpu::panel_format_index(format.dtype)] + first * parts;
  if (format.has_minimum) rows.value_sums = value_sums_[parts - 1] + first * parts / passes_;
  return rows;
}

RoundedInputs::RoundedInputs(const KernelContext& context, const cpu::QuantizedKernels& kernels,
                             const QuantizedGemmArgs& args)
    : kernels_(kernels) {
  for (const QuantizedProduct& product : args.products) {
    std::optional<RoundedInput>& input = inputs_[index(product)];
    const QuantizedMatrix::State& weight = product.weight->state();
    const cpu::InputForm form = kernels.formats[weight.format_index].input;
    const int passes = form == cpu::InputForm::kBytes && product.is_sensitive ? cpu::kMaxPasses : 1;
    if (!input) input.emplace(context, kernels, args, form, passes);
    input->prepare(weight.format());
  }
}

size_t RoundedInputs::index(const QuantizedProduct& product) const {
  const cpu::InputForm form = kernels_.formats[product.weight->state().format_index].input;
  return form == cpu::InputForm::kBytes ? size_t{product.is_sensitive} : 1 + static_cast<size_t>(form);
}

int64_t RoundedInputs::padded_rows() const {
  int64_t rows = 0;
  for (const std::optional<RoundedInput>& input : inputs_)
    if (input) rows = std::max(rows, input->padded_rows());
  return rows;
}

}  // namespace vitrine::kernels
