// Natural log-probabilities of logits, in f64.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "kernels/exp_sum.h"

namespace vitrine::infer {

/// Adds exponentials up in a fixed order, the same bits on every processor.
class ExpSum {
 public:
  void add(double exponent) {
    block_[count_] = exponent;
    if (++count_ == kBlock) flush();
  }
  /// The same for (logit - offset) / temperature of each; NaN is passed over.
  void add(std::span<const float> logits, double offset, double temperature);
  double total();

  static constexpr size_t kBlock = 512;

 private:
  void flush();

  std::array<double, kBlock> block_;
  size_t count_ = 0;
  std::array<double, kernels::kExpSums> sums_{};
};

/// NaN is passed over; minus infinity where there is nothing else.
float largest(std::span<const float> logits);

/// log of the sum of exp((logit - offset) / temperature); NaN logits are left out.
double log_sum_exp(std::span<const float> logits, double offset, double temperature = 1);

/// Of one token among all. Errors: kInvalidArgument when the largest logit is not finite.
double log_probability(std::span<const float> logits, int32_t id);

}  // namespace vitrine::infer
