// Picks the body of a kernel for a kernel set. For use once a file, inside `#if HWY_ONCE`.
#pragma once

#include <type_traits>

#include "core/kernel_context.h"

namespace vitrine::kernels::cpu {

/// A set that was not compiled falls back to the portable body (on AArch64 that is NEON).
template <typename Function>
Function* select_kernel(KernelSet set, Function* portable, std::type_identity_t<Function*> avx2,
                        std::type_identity_t<Function*> avx512, std::type_identity_t<Function*> neon) {
  set = kernels_like(set);
  Function* chosen = nullptr;
  if (set == KernelSet::kAvx2) chosen = avx2;
  if (set == KernelSet::kAvx512) chosen = avx512 ? avx512 : avx2;
  if (set == KernelSet::kNeon) chosen = neon;
  return chosen ? chosen : portable;
}

}  // namespace vitrine::kernels::cpu

#define VITRINE_KERNEL(set, function)                                                                      \
  ::vitrine::kernels::cpu::select_kernel((set), &HWY_STATIC_DISPATCH(function), HWY_CHOOSE_AVX2(function), \
                                         HWY_CHOOSE_AVX3(function), HWY_CHOOSE_NEON(function))
