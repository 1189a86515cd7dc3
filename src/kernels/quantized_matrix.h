// The inside of a QuantizedMatrix, and how blocks of a file are put into panels.
#pragma once

#include <memory>

#include "core/memory.h"
#include "kernels/cpu/panel_format.h"
#include "kernels/quantized_gemm.h"

namespace vitrine::kernels {

/// One block of a file's row, with a byte for each code.
struct LooseBlock {
  uint16_t scale = 0, minimum = 0;  // f16; the minimum is added
  uint8_t codes[256];
  uint8_t scales[16], minimums[16];  // small ones of the K types
};

/// Takes a block of the format's type apart.
void loosen_block(const cpu::PanelFormat& format, const std::byte* block, LooseBlock& loose);

/// Panel after panel: codes, and apart from them scales.
struct QuantizedMatrix::State {
  int64_t n = 0, k = 0;
  int format_index = 0;
  std::shared_ptr<Storage> storage;  // matrices of less than a few huge pages share one
  uint8_t* codes = nullptr;
  uint8_t* scales = nullptr;

  const cpu::PanelFormat& format() const { return cpu::kPanelFormats[format_index]; }
  int64_t num_blocks() const { return k / cpu::kBlock; }
  int64_t num_panels() const { return (n + cpu::kPanelRows - 1) / cpu::kPanelRows; }
  int64_t panel_code_bytes() const { return num_blocks() * format().code_bytes(); }
  int64_t panel_scale_bytes() const { return num_blocks() / format().super_blocks * format().scale_bytes(); }
};

}  // namespace vitrine::kernels
