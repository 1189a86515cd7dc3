// 2^x as rounding to bf16 needs it. Include where AVX-512 (F and DQ) is enabled.
#pragma once

#include <immintrin.h>

namespace vitrine::kernels::cpu {
namespace {

/// 2^x for x up to some powers above 0, within 1.1e-4: bf16 keeps less. Exactly 1 at 0, exactly 0 for -inf, NaN for
/// NaN.
inline __attribute__((always_inline)) __m512 power_of_two(__m512 x) {
  constexpr int kToFloor = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
  const __m512 fraction = _mm512_reduce_ps(x, kToFloor);
  __m512 p = _mm512_fmadd_ps(fraction, _mm512_set1_ps(0.0782679692f), _mm512_set1_ps(0.226307675f));
  p = _mm512_fmadd_ps(fraction, p, _mm512_set1_ps(0.695424378f));
  p = _mm512_fmadd_ps(fraction, p, _mm512_set1_ps(1.0f));
  return _mm512_scalef_ps(p, x);
}

}  // namespace
}  // namespace vitrine::kernels::cpu
