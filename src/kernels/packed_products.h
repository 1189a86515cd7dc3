// Few rows times quantized panels as they lie: what decoding does, and memory alone bounds.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/cpu/quantized_kernels.h"
#include "kernels/quantized_calls.h"
#include "kernels/rounded_input.h"

namespace vitrine::kernels {

class PackedProducts {
 public:
  /// All arguments outlive this.
  PackedProducts(const KernelContext& context, const cpu::QuantizedKernels& kernels, const QuantizedGemmArgs& args,
                 const RoundedInputs& inputs)
      : context_(context), kernels_(kernels), args_(args), inputs_(inputs) {}

  /// c of some panels, whose input takes packed panels.
  void multiply(const PanelRange& range) const;
  /// All pieces, shared among threads.
  void multiply_all(const std::vector<PanelRange>& pieces) const;

 private:
  void multiply_pieces(const std::vector<PanelRange>& pieces, Range firsts, Range seconds) const;
  void multiply_streams(const PanelRange& first, const PanelRange& second) const;
  void multiply_panel(const PanelRange& range, int64_t index, float* sums) const;
  void multiply_pair(const PanelRange& first, const PanelRange& second, int64_t index, float* first_sums,
                     float* second_sums) const;
  void finish(const PanelRange& range, Range indices, const float* sums) const;
  const RoundedInput& input(const PanelRange& range) const { return inputs_.of(*range.product); }
  int64_t floats_of_panel(const PanelRange& range) const { return input(range).padded_rows() / input(range).passes() * cpu::kPanelRows; }

  const KernelContext& context_;
  const cpu::QuantizedKernels& kernels_;
  const QuantizedGemmArgs& args_;
  const RoundedInputs& inputs_;
};

}  // namespace vitrine::kernels
