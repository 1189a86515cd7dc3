// Natural log-probabilities of logits, in f64.
#pragma once

#include <cstdint>
#include <span>

namespace vitrine::infer {

/// log of the sum of exp((logit - offset) / temperature); NaN logits are left out.
double log_sum_exp(std::span<const float> logits, double offset, double temperature = 1);

/// Of one token among all. Errors: kInvalidArgument when the largest logit is not finite.
double log_probability(std::span<const float> logits, int32_t id);

}  // namespace vitrine::infer
