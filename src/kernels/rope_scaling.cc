#include "kernels/rope_scaling.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace vitrine::kernels {
namespace {

double llama3_frequency(double frequency, const RopeScaling& scaling) {
  const double turns = static_cast<double>(scaling.original_context) * frequency / (2 * std::numbers::pi);
  if (turns < scaling.low_frequency_factor) return frequency / scaling.factor;
  if (turns > scaling.high_frequency_factor) return frequency;
  const double share =
      (turns - scaling.low_frequency_factor) / (scaling.high_frequency_factor - scaling.low_frequency_factor);
  return (1 - share) * frequency / scaling.factor + share * frequency;
}

/// The pair whose wave makes that many turns within the original context, as a real number.
double pair_of_turns(double turns, int64_t head_width, double theta, const RopeScaling& scaling) {
  return static_cast<double>(head_width) *
         std::log(static_cast<double>(scaling.original_context) / (turns * 2 * std::numbers::pi)) /
         (2 * std::log(theta));
}

void apply_yarn(RopeFrequencies& result, int64_t head_width, double theta, const RopeScaling& scaling) {
  constexpr double kFastTurns = 32, kSlowTurns = 1;
  const double last = static_cast<double>(head_width - 1);
  const double low = std::max(std::floor(pair_of_turns(kFastTurns, head_width, theta, scaling)), 0.0);
  double high = std::min(std::ceil(pair_of_turns(kSlowTurns, head_width, theta, scaling)), last);
  if (high == low) high += 0.001;
  for (size_t i = 0; i < result.frequencies.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    double& frequency = result.frequencies[i];
    frequency = frequency / scaling.factor * ramp + frequency * (1 - ramp);
  }
  result.amplitude = 0.1 * std::log(scaling.factor) + 1;
}

}  // namespace

RopeFrequencies rope_frequencies(int64_t head_width, double theta, const RopeScaling& scaling) {
  RopeFrequencies result;
  for (int64_t i = 0; i < head_width / 2; ++i) {
    double frequency = std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(head_width));
    if (scaling.kind == RopeScaling::Kind::kLinear) frequency /= scaling.factor;
    if (scaling.kind == RopeScaling::Kind::kLlama3) frequency = llama3_frequency(frequency, scaling);
    result.frequencies.push_back(frequency);
  }
  if (scaling.kind == RopeScaling::Kind::kYarn) apply_yarn(result, head_width, theta, scaling);
  return result;
}

}  // namespace vitrine::kernels
