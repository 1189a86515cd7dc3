#include "kernels/kernel_sets.h"

#include <fmt/format.h>
#include <hwy/targets.h>

#include "base/error.h"
#include "kernels/cpu/amx_tiles.h"

namespace vitrine::kernels {

std::vector<KernelSet> available_kernel_sets() {
  std::vector<KernelSet> sets{KernelSet::kPortable};
  [[maybe_unused]] const int64_t targets = hwy::SupportedTargets();
#if HWY_ARCH_X86_64
  if (targets & HWY_AVX2) sets.push_back(KernelSet::kAvx2);
  if (targets & HWY_AVX3) sets.push_back(KernelSet::kAvx512);
  if (targets & HWY_AVX3 && cpu::has_amx_int8() && cpu::has_amx_bf16()) sets.push_back(KernelSet::kAmx);
#elif HWY_ARCH_ARM_A64
  sets.push_back(KernelSet::kNeon);
#endif
  return sets;
}

KernelSet best_kernel_set() { return available_kernel_sets().back(); }

KernelSet require_kernel_set(std::string_view name) {
  std::string names;
  for (const KernelSet set : available_kernel_sets())
    names += fmt::format("{}{}", names.empty() ? "" : ", ", kernel_set_name(set));
  const std::string hint = "this processor has: " + names;
  const auto set = kernel_set_from_name(name);
  if (!set) throw Error(ErrorCode::kInvalidArgument, fmt::format("kernels: unknown set (got '{}')", name), hint);
  for (const KernelSet available : available_kernel_sets())
    if (available == *set) return *set;
  throw Error(ErrorCode::kUnsupported, fmt::format("kernels: this processor lacks '{}'", name), hint);
}

}  // namespace vitrine::kernels
