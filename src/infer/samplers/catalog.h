// All steps of sampling, in the order that applies unless the user sets another.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "infer/samplers/step.h"

namespace vitrine::infer {

namespace samplers {
SamplerDescription logit_bias();
SamplerDescription penalties();
SamplerDescription dry();
SamplerDescription top_n_sigma();
SamplerDescription top_k();
SamplerDescription temperature();
SamplerDescription typical();
SamplerDescription top_p();
SamplerDescription min_p();
SamplerDescription xtc();
SamplerDescription mirostat();
}  // namespace samplers

std::span<const SamplerDescription> sampler_catalog();

/// "logit_bias,penalties,…": the catalog's names.
const std::string& default_sampler_order();

/// The steps that a text names, in its order. Errors: kInvalidArgument for a name that is unknown or comes twice.
std::vector<const SamplerDescription*> sampler_order(const std::string& text);

}  // namespace vitrine::infer
