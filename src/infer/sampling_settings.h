// What a user may set about how tokens are drawn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config_field.h"

namespace vitrine::infer {

/// How tokens are drawn: one group of members for each step of samplers/catalog.h, which describes them (name, range,
/// help). Flags, requests and the page's controls come from fields(). Every step but temperature and top_p starts off.
struct SamplingSettings {
  double temperature = 0.8;  ///< 0: always the most probable token
  double dynatemp_range = 0, dynatemp_exponent = 1;
  int64_t top_k = 0;  ///< 0: no limit
  double top_p = 0.95;
  double min_p = 0;
  double typical_p = 1;
  double top_n_sigma = 0;
  double xtc_probability = 0, xtc_threshold = 0.1;
  double repeat_penalty = 1, presence_penalty = 0, frequency_penalty = 0;
  int64_t repeat_last_n = 64;
  double dry_multiplier = 0, dry_base = 1.75;
  int64_t dry_allowed_length = 2, dry_penalty_last_n = -1;
  std::string dry_sequence_breakers = R"(\n,:,",*)";
  double mirostat_tau = 0, mirostat_eta = 0.1;
  std::string logit_bias;

  std::string samplers;  ///< the steps in the order they are applied, as "penalties,top_k,…"; empty: the catalog's
  int64_t seed = 1;

  /// Token ids that dry_sequence_breakers stand for; see resolve_sequence_breakers().
  std::vector<int32_t> dry_breaker_ids;

  ConfigFields fields();
};

}  // namespace vitrine::infer
