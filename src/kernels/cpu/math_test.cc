#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "kernels/cpu/targets.h"
#include "kernels/kernel_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/math_test.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/math-inl.h"
#include "kernels/cpu/select.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu::HWY_NAMESPACE {

enum Which { kExp, kExpm1, kTanh, kSigmoid, kErf, kCdf, kGelu, kGeluD, kGeluErf, kGeluErfD, kSilu, kSiluD };

HWY_INLINE hn::Vec<hn::ScalableTag<float>> apply(int which, hn::Vec<hn::ScalableTag<float>> x) {
  const hn::ScalableTag<float> d;
  switch (which) {
    case kExp:
      return exp(d, x);
    case kExpm1:
      return expm1_bounded(d, x);
    case kTanh:
      return tanh(d, x);
    case kSigmoid:
      return sigmoid(d, x);
    case kErf:
      return erf(d, x);
    case kCdf:
      return normal_cdf(d, x).below;
    case kGelu:
      return gelu(d, x);
    case kGeluD:
      return gelu_derivative(d, x);
    case kGeluErf:
      return gelu_erf(d, x);
    case kGeluErfD:
      return gelu_erf_derivative(d, x);
    case kSilu:
      return silu(d, x);
    default:
      return silu_derivative(d, x);
  }
}

void map(int which, const float* x, float* y, size_t count) {
  const hn::ScalableTag<float> d;
  for (size_t i = 0; i < count; i += hn::Lanes(d)) hn::StoreU(apply(which, hn::LoadU(d, x + i)), d, y + i);
}

}  // namespace vitrine::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vitrine::kernels::cpu {
namespace {

using Reference = std::function<double(double)>;

double sigmoid64(double x) { return 1 / (1 + std::exp(-x)); }
double cdf64(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double u64(double x) { return std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x); }
double gelu64(double x) { return x * sigmoid64(2 * u64(x)); }
double gelu_derivative64(double x) {
  const double s = sigmoid64(2 * u64(x));
  return s + x * s * (1 - s) * 2 * std::sqrt(2 / M_PI) * (1 + 3 * 0.044715 * x * x);
}

std::vector<float> run(KernelSet set, int which, std::vector<float> x) {
  const size_t count = x.size();
  x.resize((count + 63) / 64 * 64);
  std::vector<float> y(x.size());
  VITRINE_KERNEL(set, map)(which, x.data(), y.data(), x.size());
  y.resize(count);
  return y;
}

/// Largest error over [low, high] where an error may be relative * |expected| + absolute, as a share of that.
double worst(KernelSet set, int which, const Reference& reference, double low, double high, double relative,
             double absolute) {
  std::vector<float> x;
  constexpr int kCount = 200000;
  for (int i = 0; i <= kCount; ++i) x.push_back(static_cast<float>(low + (high - low) * i / kCount));
  for (float small = 1e-30f; small < 1; small *= 1.01f)
    for (const float value : {small, -small})
      if (value >= low && value <= high) x.push_back(value);
  const std::vector<float> y = run(set, which, x);
  double result = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double expected = reference(static_cast<double>(x[i]));
    const double share = std::abs(y[i] - expected) / (relative * std::abs(expected) + absolute);
    if (!(share <= result)) result = share;
  }
  return result;
}

constexpr double kTiny = 2e-38;  // results below the smallest normal number become 0

TEST(CpuMath, ExponentialFamilyIsWithinItsRelativeBound) {
  using namespace HWY_NAMESPACE;
  for (const KernelSet set : available_kernel_sets()) {
    EXPECT_LE(worst(
                  set, kExp, [](double x) { return std::exp(x); }, -100, 88.7, 5e-7, kTiny),
              1);
    EXPECT_LE(worst(
                  set, kExpm1, [](double x) { return std::expm1(x); }, -80, 80, 5e-7, kTiny),
              1);
    EXPECT_LE(worst(
                  set, kTanh, [](double x) { return std::tanh(x); }, -30, 30, 5e-7, kTiny),
              1);
    EXPECT_LE(worst(set, kSigmoid, sigmoid64, -80, 80, 5e-7, kTiny), 1);
    EXPECT_LE(worst(
                  set, kErf, [](double x) { return std::erf(x); }, -10, 10, 5e-7, kTiny),
              1);
  }
}

TEST(CpuMath, ActivationsAreWithinTheirBounds) {
  using namespace HWY_NAMESPACE;
  const auto gelu_erf64 = [](double x) { return x * cdf64(x); };
  const auto silu64 = [](double x) { return x * sigmoid64(x); };
  for (const KernelSet set : available_kernel_sets()) {
    const auto both = [&](int which, const Reference& reference) {
      EXPECT_LE(worst(set, which, reference, -3, 40, 1e-6, kTiny), 1) << which;
      EXPECT_LE(worst(set, which, reference, -40, -3, 1e-6, 1e-8), 1) << which;
    };
    both(kCdf, cdf64);
    both(kGelu, gelu64);
    both(kGeluErf, gelu_erf64);
    both(kSilu, silu64);
  }
}

TEST(CpuMath, DerivativesAreWithinTheirAbsoluteBound) {
  using namespace HWY_NAMESPACE;
  const auto gelu_erf_derivative64 = [](double x) { return cdf64(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * M_PI); };
  const auto silu_derivative64 = [](double x) { return sigmoid64(x) * (1 + x * (1 - sigmoid64(x))); };
  for (const KernelSet set : available_kernel_sets()) {
    EXPECT_LE(worst(set, kGeluD, gelu_derivative64, -40, 40, 0, 1e-6), 1);
    EXPECT_LE(worst(set, kGeluErfD, gelu_erf_derivative64, -40, 40, 0, 1e-6), 1);
    EXPECT_LE(worst(set, kSiluD, silu_derivative64, -40, 40, 0, 1e-6), 1);
  }
}

TEST(CpuMath, ExtremesAreWhatTheyShouldBe) {
  using namespace HWY_NAMESPACE;
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float nan_with_payload = std::bit_cast<float>(uint32_t{0x7fc000ff});
  for (const KernelSet set : available_kernel_sets()) {
    EXPECT_EQ(run(set, kExp, {-inf, -1e30f, -104.0f, 0.0f, -0.0f, 89.0f, 1e30f, inf}),
              (std::vector<float>{0, 0, 0, 1, 1, inf, inf, inf}));
    EXPECT_EQ(run(set, kTanh, {-inf, -1e30f, 0.0f, 1e30f, inf}), (std::vector<float>{-1, -1, 0, 1, 1}));
    EXPECT_EQ(run(set, kErf, {-inf, -1e30f, 0.0f, 1e30f, inf}), (std::vector<float>{-1, -1, 0, 1, 1}));
    EXPECT_EQ(run(set, kSigmoid, {-inf, -1e30f, 0.0f, 1e30f, inf}), (std::vector<float>{0, 0, 0.5f, 1, 1}));
    for (const int which : {kGelu, kGeluErf, kSilu})
      EXPECT_EQ(run(set, which, {-1e15f, 0.0f, 1e15f, 1e30f}), (std::vector<float>{-0.0f, 0, 1e15f, 1e30f})) << which;
    for (const int which : {kGeluD, kGeluErfD, kSiluD}) {
      const std::vector<float> y = run(set, which, {-1e30f, 0.0f, 1e30f});
      EXPECT_NEAR(y[0], 0, 1e-30);
      EXPECT_EQ(y[1], 0.5f);
      EXPECT_EQ(y[2], 1);
    }
    for (int which = kExp; which <= kSiluD; ++which)
      for (const float y : run(set, which, {nan, nan_with_payload, -nan}))
        EXPECT_TRUE(std::isnan(y)) << which << ' ' << y;
  }
}

}  // namespace
}  // namespace vitrine::kernels::cpu
#endif  // HWY_ONCE
