// Rows of x as products with weights in panels take them: bytes, or values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "kernels/cpu/quantized_kernels.h"
#include "kernels/gemm_panels.h"
#include "kernels/quantized_gemm.h"

namespace vitrine::kernels {

/// So few rows are multiplied by panels as they lie: memory is slower than unpacking them for each tile of rows.
constexpr int64_t kMaxPackedRows = 16;

/// x rounded to bytes, tile after tile of rows that are multiplied together. With two passes each row of x has two
/// rows, one after the other: rounded, and what that leaves in 256ths of the scale. For panels of values x stays f32,
/// or is rounded to bf16.
class RoundedInput {
 public:
  RoundedInput(const KernelContext& context, const cpu::QuantizedKernels& kernels, const QuantizedGemmArgs& args,
               cpu::InputForm form, int passes);

  int passes() const { return passes_; }
  int64_t num_tiles() const { return tiles_.count(); }
  Range tile(int64_t index) const { return {tiles_[index].begin * passes_, tiles_[index].end * passes_}; }
  /// On tile registers, and on panels as they lie, full tiles of rows are wanted: the last are zero.
  int64_t padded_rows() const { return rows_; }
  bool is_on_tiles() const { return on_tiles_; }
  bool takes_packed_panels() const { return rows_ <= kMaxPackedRows; }
  /// The rows of a tile from a block on, as a product with weights of a format takes them.
  cpu::RoundedRows rows(Range tile, int64_t block, const cpu::PanelFormat& format) const;
  /// Makes the sums that a format needs.
  void prepare(const cpu::PanelFormat& format);

 private:
  void round_tile(const QuantizedGemmArgs& args, Range rows);
  void round_rows(const float* x, int64_t x_row_stride, Range blocks, int64_t count, const cpu::RoundingTarget& target,
                  int64_t row_bytes) const;
  template <typename Put>
  void for_each_sum(int64_t row, int64_t tile_rows, int parts, const Put& put) const;
  void fill_offset_sums(Range rows, int parts, int offset, int32_t* sums) const;
  void fill_value_sums(Range rows, int parts, float* sums) const;
  void lay_tile(const QuantizedGemmArgs& args, Range rows);
  /// Of a row's part of a block, laid out.
  int64_t laid_bytes() const { return cpu::kBlock * (form_ == cpu::InputForm::kFloats ? 4 : 2); }

  const KernelContext& context_;
  const cpu::QuantizedKernels& kernels_;
  const cpu::InputForm form_;
  const int64_t num_blocks_;
  const int passes_;
  const bool on_tiles_;
  const int64_t full_tile_;
  const int64_t rows_;
  RowPanels tiles_;  // of rows of x
  std::byte* laid_ = nullptr;
  int8_t* bytes_ = nullptr;
  float* scales_ = nullptr;
  int32_t* half_sums_ = nullptr;  // [rows][num_blocks][2]
  int32_t* offset_sums_[cpu::kNumPanelFormats] = {};
  float* value_sums_[2] = {};  // by parts - 1
};

/// x in each of the forms that the products of a call need.
class RoundedInputs {
 public:
  RoundedInputs(const KernelContext& context, const cpu::QuantizedKernels& kernels, const QuantizedGemmArgs& args);
  const RoundedInput& of(const QuantizedProduct& product) const { return *inputs_[index(product)]; }
  /// The most that any of them has.
  int64_t padded_rows() const;

 private:
  size_t index(const QuantizedProduct& product) const;
  const cpu::QuantizedKernels& kernels_;
  std::array<std::optional<RoundedInput>, 4> inputs_;  // bytes in one pass and in two, f32, bf16
};

}  // namespace vitrine::kernels
