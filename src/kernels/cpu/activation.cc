#include "kernels/activation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/activation.cc"
#include "kernels/cpu/targets.h"
// Keep this order: targets, then the loop over them, then Highway.
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/activation-inl.h"
#include "kernels/cpu/row_math-inl.h"
#include "kernels/cpu/select.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels {
namespace HWY_NAMESPACE {

using cpu::HWY_NAMESPACE::Silu;
using cpu::HWY_NAMESPACE::with_activation;

void ActivationForwardRange(Activation activation, const float* x, float* y, int64_t count) {
  with_activation(activation, [&](auto function) HWY_ATTR {
    ForLanes(count, [&](auto d, int64_t i, size_t n)
                        HWY_ATTR { StoreLanes(d, function.value(d, LoadLanes(d, x + i, n)), y + i, n); });
  });
}

void ActivationBackwardRange(Activation activation, const float* x, const float* dy, float* dx, int64_t count,
                             bool accumulate) {
  with_activation(activation, [&](auto function) HWY_ATTR {
    ForLanes(count, [&](auto d, int64_t i, size_t n) HWY_ATTR {
      auto v = hn::Mul(LoadLanes(d, dy + i, n), function.derivative(d, LoadLanes(d, x + i, n)));
      if (accumulate) v = hn::Add(v, LoadLanes(d, dx + i, n));
      StoreLanes(d, v, dx + i, n);
    });
  });
}

void SwigluForwardRange(const float* gate, const float* up, float* y, int64_t count) {
  ForLanes(count, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    StoreLanes(d, hn::Mul(Silu::value(d, LoadLanes(d, gate + i, n)), LoadLanes(d, up + i, n)), y + i, n);
  });
}

void SwigluBackwardRange(const SwigluBackwardArgs& a, int64_t begin, int64_t end) {
  ForLanes(end - begin, [&](auto d, int64_t offset, size_t n) HWY_ATTR {
    const int64_t i = begin + offset;
    const auto gate = LoadLanes(d, a.gate + i, n), up = LoadLanes(d, a.up + i, n);
    const auto dy = LoadLanes(d, a.y_gradient + i, n);
    auto d_gate = hn::Mul(hn::Mul(dy, up), Silu::derivative(d, gate));
    auto d_up = hn::Mul(dy, Silu::value(d, gate));
    if (a.accumulate) {
      d_gate = hn::Add(d_gate, LoadLanes(d, a.gate_gradient + i, n));
      d_up = hn::Add(d_up, LoadLanes(d, a.up_gradient + i, n));
    }
    StoreLanes(d, d_gate, a.gate_gradient + i, n);
    StoreLanes(d, d_up, a.up_gradient + i, n);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "kernels/rows.h"

namespace vitrine::kernels {

// What a trace counts for one value of a function and of its derivative: about that of SiLU and the tanh form of GELU,
// with an exponential as one operation.
constexpr double kForwardFlops = 8, kBackwardFlops = 14;

void activation_forward(const KernelContext& context, Activation activation, const float* x, float* y, int64_t count) {
  const TraceScope scope(context.trace, "activation", [&] { return elementwise_work(count, kForwardFlops, 2); });
  const auto range = VITRINE_KERNEL(context.kernel_set, ActivationForwardRange);
  for_element_chunks(context, count,
                     [&](int64_t begin, int64_t end) { range(activation, x + begin, y + begin, end - begin); });
}

void activation_backward(const KernelContext& context, Activation activation, const float* x, const float* dy,
                         float* dx, int64_t count, bool accumulate) {
  const TraceScope scope(context.trace, "activation gradient",
                         [&] { return elementwise_work(count, kBackwardFlops, accumulate ? 4 : 3); });
  const auto range = VITRINE_KERNEL(context.kernel_set, ActivationBackwardRange);
  for_element_chunks(context, count, [&](int64_t begin, int64_t end) {
    range(activation, x + begin, dy + begin, dx + begin, end - begin, accumulate);
  });
}

void swiglu_forward(const KernelContext& context, const float* gate, const float* up, float* y, int64_t count) {
  const TraceScope scope(context.trace, "swiglu", [&] { return elementwise_work(count, kForwardFlops + 1, 3); });
  const auto range = VITRINE_KERNEL(context.kernel_set, SwigluForwardRange);
  for_element_chunks(context, count,
                     [&](int64_t begin, int64_t end) { range(gate + begin, up + begin, y + begin, end - begin); });
}

void swiglu_backward(const KernelContext& context, const SwigluBackwardArgs& args) {
  const TraceScope scope(context.trace, "swiglu gradient", [&] {
    return elementwise_work(args.count, kForwardFlops + kBackwardFlops + 3, args.accumulate ? 7 : 5);
  });
  const auto range = VITRINE_KERNEL(context.kernel_set, SwigluBackwardRange);
  for_element_chunks(context, args.count, [&](int64_t begin, int64_t end) { range(args, begin, end); });
}

}  // namespace vitrine::kernels
#endif  // HWY_ONCE
