// Quantized products of many rows on Intel's tile registers.
#pragma once

#include "kernels/cpu/amx_tiles.h"
#include "kernels/cpu/quantized_kernels.h"

namespace vitrine::kernels::cpu {

/// Multiplies a loose panel of the format, whose codes subtract_offset() has made signed, by kAmxTileRows rows of bytes
/// of x in so many passes, which lie row after row within a block. Null where processor or kernel have no tiles.
PanelKernel amx_kernel(const PanelFormat& format, int passes);

/// To be called by a thread before such kernels of a format; release_tiles() afterwards.
void configure_tiles(const PanelFormat& format);

/// codes[i] -= offset, for a count that is a multiple of 64.
void subtract_offset(uint8_t* codes, int64_t count, int offset);

}  // namespace vitrine::kernels::cpu
