// Which kernel sets this build and this processor have.
#pragma once

#include <string_view>
#include <vector>

#include "core/kernel_context.h"

namespace vitrine::kernels {

/// Sets that can run here, slowest first; never empty.
std::vector<KernelSet> available_kernel_sets();

/// The fastest set that can run here.
KernelSet best_kernel_set();

/// Turns `--kernels NAME` into a set. Errors: kInvalidArgument for an unknown name, kUnsupported for one that this
/// processor lacks; the hint lists what it has.
KernelSet require_kernel_set(std::string_view name);

}  // namespace vitrine::kernels
