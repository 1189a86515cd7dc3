// Vectorised exp, tanh, sigmoid, erf and the activations made of them, for the f32 kernels of this folder.
// Compiled once for each kernel set: include after hwy/highway.h, in files that use foreach_target.h.
// Bounds (against f64, every kernel set, see math_test.cc) are relative for exp, expm1, tanh, sigmoid and erf: 5e-7.
// normal_cdf, gelu, gelu_erf and silu keep a relative 1e-6 above -3 and an absolute 1e-8 below; derivatives of
// activations are within an absolute 1e-6. NaN in gives NaN out; results below the smallest normal number become 0.
#if defined(VITRINE_KERNELS_CPU_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_MATH_INL_H_
#undef VITRINE_KERNELS_CPU_MATH_INL_H_
#else
#define VITRINE_KERNELS_CPU_MATH_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// min(x, bound) and max(x, bound) that keep NaN in every kernel set.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V at_most(D d, V x, float bound) {
  const V limit = hn::Set(d, bound);
  return hn::IfThenElse(hn::Gt(x, limit), limit, x);
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V at_least(D d, V x, float bound) {
  const V limit = hn::Set(d, bound);
  return hn::IfThenElse(hn::Lt(x, limit), limit, x);
}

/// The parts of exp(x) = 2^n * (1 + small), with n = round(x / ln 2): `small` = expm1(x - n ln 2), and n in the low
/// bits of the float `shifted`.
template <class D, class V = hn::Vec<D>>
struct ExpParts {
  V small, shifted;
};

template <class D, class V = hn::Vec<D>>
HWY_INLINE ExpParts<D> exp_parts(D d, V x) {
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low mantissa bits.
  const V kShift = hn::Set(d, 12582912.0f);
  const V shifted = hn::MulAdd(x, hn::Set(d, 1.44269504f), kShift);
  const V n = hn::Sub(shifted, kShift);
  // ln 2 in two parts; the first has few enough bits that n times it is exact.
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
  V p = hn::Set(d, 1.3882515e-3f);
  p = hn::MulAdd(p, r, hn::Set(d, 8.3665205e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.16672006e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.166665435f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.49999997f));
  return {hn::MulAdd(hn::Mul(r, r), p, r), shifted};
}

/// e^x; 0 below -87.33 (also for -infinity), infinity above 88.72.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto parts = exp_parts(d, x);
  const V mantissa = hn::Add(parts.small, hn::Set(d, 1.0f));
  const V result =
      hn::BitCast(d, hn::Add(hn::BitCast(di, mantissa), hn::ShiftLeft<23>(hn::BitCast(di, parts.shifted))));
  const V high = hn::Add(x, hn::Inf(d));  // also carries NaN
  const V bounded = hn::IfThenElse(hn::Le(x, hn::Set(d, 88.7228f)), result, high);
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, -87.3365f)), bounded);
}

/// e^x - 1 without cancellation near 0. Only for |x| <= 87 (or NaN).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V expm1_bounded(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto parts = exp_parts(d, x);
  const V one = hn::Set(d, 1.0f);
  const V power = hn::BitCast(d, hn::Add(hn::BitCast(di, one), hn::ShiftLeft<23>(hn::BitCast(di, parts.shifted))));
  return hn::MulAdd(power, parts.small, hn::Sub(power, one));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V tanh(D d, V x) {
  const V doubled = at_most(d, hn::Abs(hn::Add(x, x)), 20.0f);
  const V e = expm1_bounded(d, doubled);
  return hn::CopySignToAbs(hn::Div(e, hn::Add(e, hn::Set(d, 2.0f))), x);
}

/// 1 / (1 + e^-x).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  return hn::Div(one, hn::Add(one, exp(d, hn::Neg(x))));
}

/// erfc(y) / e^(-y*y) for y >= 0: a polynomial in t = 1 / (1 + 0.3 y) times t, fitted to relative 2e-8.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V scaled_erfc(D d, V y) {
  const V one = hn::Set(d, 1.0f);
  const V t = hn::Div(one, hn::MulAdd(y, hn::Set(d, 0.3f), one));
  V p = hn::Set(d, -0.129556015f);
  p = hn::MulAdd(p, t, hn::Set(d, 0.485737085f));
  p = hn::MulAdd(p, t, hn::Set(d, -0.512669504f));
  p = hn::MulAdd(p, t, hn::Set(d, 0.548212647f));
  p = hn::MulAdd(p, t, hn::Set(d, -0.0950292274f));
  p = hn::MulAdd(p, t, hn::Set(d, 0.215107605f));
  p = hn::MulAdd(p, t, hn::Set(d, 0.148286179f));
  p = hn::MulAdd(p, t, hn::Set(d, 0.170723826f));
  p = hn::MulAdd(p, t, hn::Set(d, 0.169187412f));
  return hn::Mul(p, t);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V erf(D d, V x) {
  const V y = hn::Abs(x);
  const V square = hn::Mul(y, y);
  const V far = hn::NegMulAdd(scaled_erfc(d, y), exp(d, hn::Neg(square)), hn::Set(d, 1.0f));
  V p = hn::Set(d, 7.85387674e-5f);
  p = hn::MulAdd(p, square, hn::Set(d, -8.01019836e-4f));
  p = hn::MulAdd(p, square, hn::Set(d, 5.18832821e-3f));
  p = hn::MulAdd(p, square, hn::Set(d, -2.68538129e-2f));
  p = hn::MulAdd(p, square, hn::Set(d, 0.112835854f));
  p = hn::MulAdd(p, square, hn::Set(d, -0.37612626f));
  p = hn::MulAdd(p, square, hn::Set(d, 1.12837911f));
  const V result = hn::IfThenElse(hn::Lt(y, hn::Set(d, 1.0f)), hn::Mul(p, y), far);
  return hn::CopySignToAbs(result, x);
}

/// The standard normal distribution below x, and its density at x.
template <class D, class V = hn::Vec<D>>
struct Normal {
  V below, density;
};

template <class D, class V = hn::Vec<D>>
HWY_INLINE Normal<D> normal_cdf(D d, V x) {
  const V half = hn::Set(d, 0.5f);
  const V e = exp(d, hn::Mul(hn::Mul(x, hn::Neg(half)), x));
  const V tail = hn::Mul(hn::Mul(scaled_erfc(d, hn::Mul(hn::Abs(x), hn::Set(d, 0.707106781f))), half), e);
  const V below = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(hn::Set(d, 1.0f), tail));
  return {below, hn::Mul(e, hn::Set(d, 0.398942280f))};
}

/// Source: Hendrycks & Gimpel 2016, arXiv:1606.08415. 0.5 x (1 + tanh(u)) is x sigmoid(2u), which keeps the left tail.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu(D d, V x) {
  const V square = at_most(d, hn::Mul(x, x), 1e4f);  // bounded: far out, the sigmoid is 0 or 1 anyway
  const V slope = hn::MulAdd(square, hn::Set(d, -0.0713548163f), hn::Set(d, -1.59576912f));
  const V one = hn::Set(d, 1.0f);
  return hn::Div(x, hn::Add(one, exp(d, hn::Mul(slope, x))));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu_derivative(D d, V x) {
  x = at_least(d, at_most(d, x, 10.0f), -10.0f);  // 0 and 1 beyond; e stays finite
  const V square = hn::Mul(x, x);
  const V slope = hn::MulAdd(square, hn::Set(d, -0.0713548163f), hn::Set(d, -1.59576912f));
  const V one = hn::Set(d, 1.0f);
  const V e = exp(d, hn::Mul(slope, x));
  const V s = hn::Div(one, hn::Add(one, e));
  const V inner = hn::MulAdd(square, hn::Set(d, 0.214064449f), hn::Set(d, 1.59576912f));  // d(2u)/dx
  return hn::MulAdd(hn::Mul(hn::Mul(x, inner), s), hn::Mul(e, s), s);  // e s = 1 - s without cancellation
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu_erf(D d, V x) {
  return hn::Mul(x, normal_cdf(d, x).below);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu_erf_derivative(D d, V x) {
  const auto normal = normal_cdf(d, x);
  return hn::MulAdd(x, normal.density, normal.below);
}

/// x sigmoid(x).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V silu(D d, V x) {
  return hn::Div(x, hn::Add(hn::Set(d, 1.0f), exp(d, hn::Neg(x))));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V silu_derivative(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const V s = sigmoid(d, x);
  return hn::MulAdd(hn::Mul(x, s), hn::Sub(one, s), s);
}

/// max(x, 0) squared.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V relu2(D d, V x) {
  const V positive = at_least(d, x, 0.0f);
  return hn::Mul(positive, positive);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V relu2_derivative(D d, V x) {
  const V positive = at_least(d, x, 0.0f);
  return hn::Add(positive, positive);
}

}  // namespace vitrine::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // VITRINE_KERNELS_CPU_MATH_INL_H_
