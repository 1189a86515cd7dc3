#include "infer/model_defaults.h"

#include <algorithm>

namespace vitrine::infer {

SamplingSettings with_model_defaults(const SamplingSettings& settings, const model::SamplingDefaults& of_model,
                                     std::span<const std::string> chosen) {
  SamplingSettings out = settings;
  const model::SamplingDefaults::Values values = of_model.effective();
  for (const ConfigField& field : out.fields()) {
    const auto at = values.find(field.name);
    if (at == values.end() || std::ranges::find(chosen, field.name) != chosen.end()) continue;
    const double value = std::clamp(at->second, field.min, field.max);
    if (auto* const real = std::get_if<double*>(&field.target)) **real = value;
    if (auto* const whole = std::get_if<int64_t*>(&field.target)) **whole = static_cast<int64_t>(value);
  }
  return out;
}

}  // namespace vitrine::infer
