// Values in f16.
#pragma once

#include <cstdint>

#include "core/kernel_context.h"

namespace vitrine::kernels {

/// x in f16, to nearest even: the bits of vitrine::quantize(). False where a value is not finite, or not in f16; what is
/// in `to` then is of no use.
bool narrow_to_f16(KernelSet set, const float* x, int64_t count, uint16_t* to);

}  // namespace vitrine::kernels
