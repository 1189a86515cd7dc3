// What a model's makers say of drawing, where the user says nothing.
#pragma once

#include <span>
#include <string>

#include "infer/sampling_settings.h"
#include "model/sampling_defaults.h"

namespace vitrine::infer {

/// `settings`, with the model's values in place of those that nobody chose: all but `chosen`, by their names.
/// Values beyond what a setting may be become the nearest that it may.
SamplingSettings with_model_defaults(const SamplingSettings& settings, const model::SamplingDefaults& of_model,
                                     std::span<const std::string> chosen);

}  // namespace vitrine::infer
