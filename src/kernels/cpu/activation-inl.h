// The activations by name, over the functions of math-inl.h: a loop chooses its function once and not per element.
#if defined(VITRINE_KERNELS_CPU_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VITRINE_KERNELS_CPU_ACTIVATION_INL_H_
#undef VITRINE_KERNELS_CPU_ACTIVATION_INL_H_
#else
#define VITRINE_KERNELS_CPU_ACTIVATION_INL_H_
#endif

#include <hwy/highway.h>

#include "kernels/cpu/math-inl.h"
#include "kernels/gemm.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu::HWY_NAMESPACE {

struct Identity {
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V value(D, V x) {
    return x;
  }
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V derivative(D d, V) {
    return hn::Set(d, 1.0f);
  }
};

#define VITRINE_ACTIVATION(Name, function)     \
  struct Name {                                \
    template <class D, class V = hn::Vec<D>>   \
    static HWY_INLINE V value(D d, V x) {      \
      return function(d, x);                   \
    }                                          \
    template <class D, class V = hn::Vec<D>>   \
    static HWY_INLINE V derivative(D d, V x) { \
      return function##_derivative(d, x);      \
    }                                          \
  }
VITRINE_ACTIVATION(Gelu, gelu);
VITRINE_ACTIVATION(GeluErf, gelu_erf);
VITRINE_ACTIVATION(Relu2, relu2);
VITRINE_ACTIVATION(Silu, silu);
#undef VITRINE_ACTIVATION

/// Calls body with the functions of an activation.
template <class Body>
HWY_INLINE void with_activation(Activation activation, const Body& body) {
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

}  // namespace vitrine::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // VITRINE_KERNELS_CPU_ACTIVATION_INL_H_
