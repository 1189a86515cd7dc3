// Values and derivatives of the activations, one Highway target at a time.
#if defined(VITRINE_KERNELS_CPU_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_ACTIVATION_INL_H_
#undef VITRINE_KERNELS_CPU_ACTIVATION_INL_H_
#else
#define VITRINE_KERNELS_CPU_ACTIVATION_INL_H_
#endif

#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"
#include "kernels/gemm.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// 1 / (1 + exp(-x)); exp saturates, so large |x| give 0 and 1 exactly.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Sigmoid(D d, V x) {
  const V bounded = hn::Max(hn::Min(x, hn::Set(d, 80.0f)), hn::Set(d, -80.0f));
  return hn::Div(hn::Set(d, 1.0f), hn::Add(hn::Set(d, 1.0f), hn::Exp(d, hn::Neg(bounded))));
}

struct Identity {
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Value(D, V x) {
    return x;
  }
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Derivative(D d, V) {
    return hn::Set(d, 1.0f);
  }
};

/// GPT-2's tanh form, written with the logistic function: (1 + tanh(u)) / 2 = sigmoid(2u).
struct Gelu {
  static constexpr float kTwoRootTwoOverPi = 1.5957691216057308f;
  static constexpr float kCubic = 0.044715f;
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Gate(D d, V x) {
    const V inner = hn::MulAdd(hn::Mul(hn::Set(d, kCubic), hn::Mul(x, x)), x, x);
    return Sigmoid(d, hn::Mul(hn::Set(d, kTwoRootTwoOverPi), inner));
  }
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Value(D d, V x) {
    return hn::Mul(x, Gate(d, x));
  }
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Derivative(D d, V x) {
    const V s = Gate(d, x);
    const V slope =
        hn::Mul(hn::Set(d, kTwoRootTwoOverPi), hn::MulAdd(hn::Set(d, 3 * kCubic), hn::Mul(x, x), hn::Set(d, 1.0f)));
    return hn::MulAdd(hn::Mul(x, slope), hn::Mul(s, hn::Sub(hn::Set(d, 1.0f), s)), s);
  }
};

/// x Phi(x) with erf by Abramowitz & Stegun 7.1.26, absolute error below 1.5e-7.
struct GeluErf {
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Phi(D d, V x) {
    const V z = hn::Mul(hn::Abs(x), hn::Set(d, 0.70710678f));
    const V t = hn::Div(hn::Set(d, 1.0f), hn::MulAdd(hn::Set(d, 0.3275911f), z, hn::Set(d, 1.0f)));
    V p = hn::MulAdd(hn::Set(d, 1.061405429f), t, hn::Set(d, -1.453152027f));
    p = hn::MulAdd(p, t, hn::Set(d, 1.421413741f));
    p = hn::MulAdd(p, t, hn::Set(d, -0.284496736f));
    p = hn::MulAdd(p, t, hn::Set(d, 0.254829592f));
    const V tail = hn::Mul(hn::Mul(hn::Set(d, 0.5f), hn::Mul(p, t)), ExpMinusSquare(d, z));  // (1 - erf z) / 2
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(hn::Set(d, 1.0f), tail));
  }
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Value(D d, V x) {
    return hn::Mul(x, Phi(d, x));
  }
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Derivative(D d, V x) {
    const V density = hn::Mul(hn::Set(d, 0.39894228f), ExpMinusSquare(d, hn::Mul(x, hn::Set(d, 0.70710678f))));
    return hn::MulAdd(x, density, Phi(d, x));
  }

 private:
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V ExpMinusSquare(D d, V z) {
    return hn::Exp(d, hn::Max(hn::Neg(hn::Mul(z, z)), hn::Set(d, -80.0f)));
  }
};

/// max(x, 0)^2. Source: So et al. 2021, arXiv:2109.08668.
struct Relu2 {
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Value(D d, V x) {
    const V positive = hn::Max(x, hn::Zero(d));
    return hn::Mul(positive, positive);
  }
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Derivative(D d, V x) {
    const V positive = hn::Max(x, hn::Zero(d));
    return hn::Add(positive, positive);
  }
};

struct Silu {
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Value(D d, V x) {
    return hn::Mul(x, Sigmoid(d, x));
  }
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V Derivative(D d, V x) {
    const V s = Sigmoid(d, x);
    return hn::MulAdd(hn::Mul(x, s), hn::Sub(hn::Set(d, 1.0f), s), s);
  }
};

/// Calls body with the functions of an activation, so that the choice is made once and not per element.
template <class Body>
HWY_INLINE void WithActivation(Activation activation, const Body& body) {
  switch (activation) {
    case Activation::kNone:
      return body(Identity{});
    case Activation::kGelu:
      return body(Gelu{});
    case Activation::kGeluErf:
      return body(GeluErf{});
    case Activation::kRelu2:
      return body(Relu2{});
    case Activation::kSilu:
      return body(Silu{});
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels
HWY_AFTER_NAMESPACE();
#endif
