// Loops over the lanes of a row, and sums of rows, for one Highway target at a time.
#if defined(VITRINE_KERNELS_CPU_ROW_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_ROW_MATH_INL_H_
#undef VITRINE_KERNELS_CPU_ROW_MATH_INL_H_
#else
#define VITRINE_KERNELS_CPU_ROW_MATH_INL_H_
#endif

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using FloatTag = hn::ScalableTag<float>;
constexpr FloatTag kFloats{};

/// Calls body(tag, index, lanes) over a row: whole vectors first, then once with fewer lanes.
template <typename Body>
HWY_INLINE void ForLanes(int64_t count, const Body& body) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(kFloats));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) body(kFloats, i, static_cast<size_t>(lanes));
  if (i < count) body(kFloats, i, static_cast<size_t>(count - i));
}

/// Loads `n` lanes, the others zero. A part of a vector goes through a buffer: masked loads and stores of some targets
/// touch the whole vector.
HWY_INLINE hn::Vec<FloatTag> LoadLanes(FloatTag d, const float* from, size_t n) {
  if (HWY_LIKELY(n == hn::Lanes(d))) return hn::LoadU(d, from);
  alignas(64) float buffer[16] = {};
  std::memcpy(buffer, from, n * sizeof(float));
  return hn::Load(d, buffer);
}
HWY_INLINE void StoreLanes(FloatTag d, hn::Vec<FloatTag> v, float* to, size_t n) {
  if (HWY_LIKELY(n == hn::Lanes(d))) return hn::StoreU(v, d, to);
  alignas(64) float buffer[16];
  hn::Store(v, d, buffer);
  std::memcpy(to, buffer, n * sizeof(float));
}

HWY_INLINE float DotRow(const float* a, const float* b, int64_t count) {
  auto sum = hn::Zero(kFloats);
  ForLanes(count, [&](auto d, int64_t i, size_t n)
                      HWY_ATTR { sum = hn::MulAdd(LoadLanes(d, a + i, n), LoadLanes(d, b + i, n), sum); });
  return hn::GetLane(hn::SumOfLanes(kFloats, sum));
}

HWY_INLINE float SumRow(const float* a, int64_t count) {
  auto sum = hn::Zero(kFloats);
  ForLanes(count, [&](auto d, int64_t i, size_t n) HWY_ATTR { sum = hn::Add(LoadLanes(d, a + i, n), sum); });
  return hn::GetLane(hn::SumOfLanes(kFloats, sum));
}

/// Sum over the row of (a - centre)^2.
HWY_INLINE float SquaredDistanceRow(const float* a, float centre, int64_t count) {
  auto sum = hn::Zero(kFloats);
  ForLanes(count, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    auto v = hn::Sub(LoadLanes(d, a + i, n), hn::Set(d, centre));
    if (n < hn::Lanes(d)) v = hn::IfThenElseZero(hn::FirstN(d, n), v);
    sum = hn::MulAdd(v, v, sum);
  });
  return hn::GetLane(hn::SumOfLanes(kFloats, sum));
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels
HWY_AFTER_NAMESPACE();
#endif
