// What the ways to multiply by quantized weights share: rows of a call, pieces for threads, sums on their way out.
#pragma once

#include <vector>

#include "kernels/cpu/quantized_kernels.h"
#include "kernels/gemm_panels.h"
#include "kernels/quantized_gemm.h"

namespace vitrine::kernels {

/// Some rows of a call, as a call.
class RowsOfCall {
 public:
  RowsOfCall(const QuantizedGemmArgs& args, Range rows);
  RowsOfCall(const RowsOfCall&) = delete;
  RowsOfCall& operator=(const RowsOfCall&) = delete;
  const QuantizedGemmArgs& args() const { return args_; }

 private:
  std::vector<QuantizedProduct> products_;
  QuantizedGemmArgs args_;
};

/// Panels of one product, to be shared among threads.
struct PanelRange {
  const QuantizedProduct* product;
  Range panels;
};

/// The panels of all products in about so many pieces of similar size.
std::vector<PanelRange> cut_panels(const QuantizedGemmArgs& args, int64_t num_pieces);

/// Codes of a panel that are read next, of which tile `index` of `num_tiles` of rows asks for a part, so many bytes at
/// each of its blocks: asked for all at once they would be waited for.
struct NextCodes {
  NextCodes(const cpu::PanelFormat& format, int64_t num_blocks, int64_t num_tiles, int64_t index) {
    constexpr int64_t kLine = 64;
    const int64_t lines = format.code_bytes() / kLine, each = ceil_div(lines, num_tiles);
    if (index * each >= lines) return;
    bytes_of_block = each * kLine;
    offset = index * bytes_of_block * num_blocks;
  }
  /// Of a panel's codes; null: none.
  const uint8_t* of(const uint8_t* codes) const { return bytes_of_block > 0 ? codes + offset : nullptr; }

  int64_t offset = 0;
  int64_t bytes_of_block = 0;
};

/// Sums of some panels, `panel_stride` floats apart, each [rows][kPanelRows].
struct PanelSums {
  const float* sums = nullptr;
  int64_t panel_stride = 0;
};
/// The sums of `panels` to their place in c, with bias and residual.
void finish_panels(const cpu::QuantizedKernels& kernels, Range rows, const QuantizedProduct& product, Range panels,
                   const PanelSums& sums);

/// Small work is not worth other threads. `body` gets an index and the thread's number.
template <typename Body>
void maybe_parallel(const KernelContext& context, bool worth_it, int64_t count, const Body& body) {
  if (worth_it && context.pool != nullptr) return context.pool->parallel_for(count, body);
  for (int64_t i = 0; i < count; ++i) body(i, 0);
}

inline int64_t num_threads(const KernelContext& context) { return context.pool ? context.pool->num_threads() : 1; }

/// The products of a call whose rows all belong to prompts, in bf16 on tile registers.
void multiply_prompt(const KernelContext& context, const QuantizedGemmArgs& args);

}  // namespace vitrine::kernels
