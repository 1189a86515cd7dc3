// Llama 3's rotary scaling in GGUF files: a tensor of factors in place of the numbers that they come from.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "model/gguf_config.h"

namespace vitrine::model {
namespace {

constexpr double kTolerance = 1e-4;  // relative; the factors were computed and stored in f32

bool gives(const nn::TransformerConfig& config, std::span<const float> factors) {
  const std::vector<float> own = gguf_rope_factors(config);
  for (size_t i = 0; i < factors.size(); ++i)
    if (!(std::fabs(own[i] - factors[i]) <= kTolerance * static_cast<double>(factors[i]))) return false;
  return true;
}

/// Between the bounds 1/factor grows linearly with a pair's turns in the original context; two pairs give the line.
/// Only two of the three numbers can be told from it: the lower bound is taken as 1, as Llama 3 has it.
void set_from_line(nn::TransformerConfig& config, std::span<const float> factors) {
  const auto plain = kernels::rope_frequencies(config.head_width, config.rope_theta).frequencies;
  const double factor = config.rope_scaling_factor;
  std::vector<std::pair<double, double>> points;  // frequency / 2 pi, share of the unscaled frequency
  for (size_t i = 0; i < factors.size(); ++i) {
    const double share = (1 / static_cast<double>(factors[i]) - 1 / factor) / (1 - 1 / factor);
    if (share > 1e-3 && share < 1 - 1e-3) points.emplace_back(plain[i] / (2 * std::numbers::pi), share);
  }
  if (points.size() < 2) return;
  const auto [x0, y0] = points.front();
  const auto [x1, y1] = points.back();
  const double slope = (y1 - y0) / (x1 - x0), offset = y0 - slope * x0;
  if (!(offset < 0) || !(slope > 0)) return;
  config.rope_low_frequency_factor = 1;
  config.rope_high_frequency_factor = 1 - 1 / offset;
  config.rope_original_context = std::llround(slope * (config.rope_high_frequency_factor - 1));
  config.rope_high_frequency_factor = std::round(config.rope_high_frequency_factor * 1e3) / 1e3;
}

/// Where fewer than two pairs lie between the bounds: Llama 3's bounds at contexts that models are trained on.
void set_from_usual_contexts(nn::TransformerConfig& config, std::span<const float> factors) {
  config.rope_low_frequency_factor = 1;
  config.rope_high_frequency_factor = 4;
  for (config.rope_original_context = 16; config.rope_original_context <= (1 << 21); config.rope_original_context *= 2)
    if (gives(config, factors)) return;
}

}  // namespace

std::vector<float> gguf_rope_factors(const nn::TransformerConfig& config) {
  if (config.rope_scaling != "llama3") return {};
  const auto plain = kernels::rope_frequencies(config.head_width, config.rope_theta).frequencies;
  const auto scaled =
      kernels::rope_frequencies(config.head_width, config.rope_theta, nn::rope_scaling(config)).frequencies;
  std::vector<float> factors;
  for (size_t i = 0; i < plain.size(); ++i) factors.push_back(static_cast<float>(plain[i] / scaled[i]));
  return factors;
}

void set_llama3_scaling(nn::TransformerConfig& config, std::span<const float> factors) {
  const auto refuse = [](const std::string& why) {
    throw Error(ErrorCode::kUnsupported, "tensor 'rope_freqs.weight' " + why,
                "this model's rotary scaling is none that this build computes");
  };
  if (static_cast<int64_t>(factors.size()) * 2 != config.head_width)
    refuse(fmt::format("has {} factors (expected {})", factors.size(), config.head_width / 2));
  for (const float factor : factors)
    if (!(factor >= 1) || !std::isfinite(factor)) refuse(fmt::format("holds {} (expected 1 or more)", factor));
  const float largest = *std::max_element(factors.begin(), factors.end());
  if (largest == 1) return;
  if (config.rope_scaling != "none")
    refuse(fmt::format("stands beside scaling of type '{}' (expected one of the two)", config.rope_scaling));
  config.rope_scaling = "llama3";
  config.rope_scaling_factor = static_cast<double>(largest);
  config.rope_original_context = 8192;
  config.rope_low_frequency_factor = 1;
  config.rope_high_frequency_factor = 4;
  if (!gives(config, factors)) set_from_line(config, factors);
  if (!gives(config, factors)) set_from_usual_contexts(config, factors);
  if (!gives(config, factors)) refuse("holds factors that are not Llama 3's");
}

}  // namespace vitrine::model
