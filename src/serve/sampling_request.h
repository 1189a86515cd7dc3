// The settings of drawing in the body of a request.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "infer/sampling_settings.h"
#include "serve/json_reader.h"

namespace vitrine::serve {

/// Takes every setting that samplers describe, by its name, and OpenAI's logit_bias and seed. What is not there stays
/// as in `defaults`, but the seed, which is drawn. `vocab_size` bounds the ids of logit_bias.
/// Errors: ApiError 400.
infer::SamplingSettings read_sampling(const Fields& body, const infer::SamplingSettings& defaults, int64_t vocab_size);

/// The range of a setting in requests: OpenAI's are narrower than what the samplers take.
std::pair<double, double> setting_range(const ConfigField& field);

/// "stop": a text, or at most four; `most` of them where another API allows more. Errors: ApiError 400.
std::vector<std::string> read_stop(const Fields& body, std::string_view name = "stop", size_t most = 4);

/// "priority", as infer::Request has it: higher goes first. In requests, as with vLLM, lower does. Errors: ApiError 400.
int64_t read_priority(const Fields& body);

/// A seed that nobody chose.
int64_t random_seed();

/// Letters and digits that nobody can guess, behind a prefix: "chatcmpl-…".
std::string random_id(std::string_view prefix);

}  // namespace vitrine::serve
