// Pairs of rows in bf16, as right tiles of TDPBF16PS have them (Intel SDM). Include between HWY_PUSH_ATTRIBUTES, with
// avx512bf16 among them, and HWY_POP_ATTRIBUTES.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace vitrine::kernels::cpu {
namespace {

/// Pairs (a, b) of the lanes, rounded to nearest even: lane i of a, then lane i of b.
inline __attribute__((always_inline)) __m512i pairs(__m512 a, __m512 b) {
  alignas(64) static constexpr auto kOrder = [] {
    struct {
      uint16_t at[32];
    } order{};
    for (uint16_t i = 0; i < 16; ++i) order.at[2 * i] = i, order.at[2 * i + 1] = static_cast<uint16_t>(16 + i);
    return order;
  }();
  const auto halves = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(b, a));
  return _mm512_permutexvar_epi16(_mm512_load_si512(kOrder.at), halves);
}

}  // namespace
}  // namespace vitrine::kernels::cpu
