#include "model/sampling_defaults.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"

namespace vitrine::model {
namespace {

constexpr std::string_view kGgufPrefix = "general.sampling.";
constexpr double kMostTokens = 1e9;

/// One setting: our name, its keys in both formats (empty: it has none there) and what it may be.
struct SamplingKey {
  std::string_view name, in_folder, in_gguf;
  bool is_whole;
  double min, max;
};

constexpr SamplingKey kKeys[] = {
    {"temperature", "temperature", "temp", false, 0, 100},
    {"top_k", "top_k", "top_k", true, -1, kMostTokens},
    {"top_p", "top_p", "top_p", false, 0, 1},
    {"min_p", "min_p", "min_p", false, 0, 1},
    {"typical_p", "typical_p", "", false, 0, 1},
    {"repeat_penalty", "repetition_penalty", "penalty_repeat", false, 0.01, 100},
    {"repeat_last_n", "", "penalty_last_n", true, -1, kMostTokens},
    {"xtc_probability", "", "xtc_probability", false, 0, 1},
    {"xtc_threshold", "", "xtc_threshold", false, 0, 1},
    {"mirostat_tau", "", "mirostat_tau", false, 0, 100},
    {"mirostat_eta", "", "mirostat_eta", false, 0, 1},
};

/// Keys of generation_config.json that change the text, and the value that changes nothing.
struct UnusedKey {
  std::string_view key;
  double usual;
};
constexpr UnusedKey kUnusedKeys[] = {{"num_beams", 1},
                                     {"num_beam_groups", 1},
                                     {"penalty_alpha", 0},
                                     {"no_repeat_ngram_size", 0},
                                     {"encoder_no_repeat_ngram_size", 0},
                                     {"encoder_repetition_penalty", 1},
                                     {"diversity_penalty", 0},
                                     {"epsilon_cutoff", 0},
                                     {"eta_cutoff", 0},
                                     {"top_h", 0},
                                     {"guidance_scale", 1},
                                     {"min_length", 0},
                                     {"min_new_tokens", 0},
                                     {"max_length", 20},
                                     {"bad_words_ids", 0},
                                     {"suppress_tokens", 0},
                                     {"begin_suppress_tokens", 0},
                                     {"forced_bos_token_id", -1},
                                     {"forced_eos_token_id", -1},
                                     {"sequence_bias", 0},
                                     {"exponential_decay_length_penalty", 0},
                                     {"stop_strings", 0},
                                     {"watermarking_config", 0}};

std::string number_text(const SamplingKey& key, double value) {
  return key.is_whole ? fmt::format("{}", static_cast<int64_t>(value)) : fmt::format("{}", value);
}

/// Both formats say "all" by numbers below 1, we by 0.
double ours(const SamplingKey& key, double value) { return key.name == "top_k" ? std::max(value, 0.0) : value; }

/// A number of the metadata; f32 there, so the shortest decimal of that f32 is what was meant.
double gguf_number(const io::GgufMetadata& metadata, const std::string& name, const SamplingKey& key) {
  const double value = key.is_whole ? static_cast<double>(metadata.integer(name)) : metadata.real(name);
  if (!(value >= key.min && value <= key.max))
    throw Error(ErrorCode::kCorruptData, fmt::format("metadata '{}' is {} (expected {} from {} to {})", name, value,
                                                     key.is_whole ? "a whole number" : "a number", key.min, key.max));
  return key.is_whole ? value : std::stod(fmt::format("{}", static_cast<float>(value)));
}

/// The second form is the sampler of that name here; the first is another one.
void read_mirostat(const io::GgufMetadata& metadata, SamplingDefaults& defaults) {
  const std::string name = std::string(kGgufPrefix) + "mirostat";
  const int64_t form = metadata.integer_or(name, 0);
  constexpr double kUsualTau = 5;
  if (form == 2) {
    defaults.settings.emplace("mirostat_tau", kUsualTau);
    return;
  }
  if (form != 0) defaults.unused.push_back(name);
  defaults.settings.erase("mirostat_tau");
  defaults.settings.erase("mirostat_eta");
}

std::vector<std::string> losses_of_unused(const SamplingDefaults& defaults) {
  std::vector<std::string> losses;
  for (const std::string& key : defaults.unused)
    losses.push_back(fmt::format("the model's '{}' is not followed here, and is left out", excerpt(key)));
  return losses;
}

}  // namespace

SamplingDefaults::Values SamplingDefaults::effective() const {
  Values values = settings;
  if (draws == false) values["temperature"] = 0;
  return values;
}

SamplingDefaults read_generation_config(const ConfigJson& json) {
  SamplingDefaults defaults;
  for (const SamplingKey& key : kKeys)
    if (!key.in_folder.empty() && json.has(key.in_folder))
      defaults.settings.emplace(key.name, ours(key, json.number_within(key.in_folder, key.min, key.max, key.is_whole)));
  if (json.has("do_sample")) defaults.draws = json.flag_or("do_sample", false);
  if (defaults.draws == true) {  // what such a file leaves out is 1 to the programs that it was written for
    defaults.settings.emplace("temperature", 1);
    defaults.settings.emplace("top_p", 1);
  }
  // There the penalty is on all tokens, those of the prompt too.
  const auto penalty = defaults.settings.find("repeat_penalty");
  if (penalty != defaults.settings.end() && penalty->second != 1) defaults.settings.emplace("repeat_last_n", -1);
  if (json.has("max_new_tokens"))
    defaults.max_tokens = static_cast<int64_t>(json.number_within("max_new_tokens", 1, kMostTokens, true));
  for (const UnusedKey& unused : kUnusedKeys)
    if (json.departs_from(unused.key, unused.usual)) defaults.unused.emplace_back(unused.key);
  return defaults;
}

std::vector<std::string> generation_config_members(const SamplingDefaults& defaults) {
  std::vector<std::string> members;
  if (defaults.draws) members.push_back(fmt::format("\"do_sample\": {}", *defaults.draws));
  for (const SamplingKey& key : kKeys)
    if (const auto at = defaults.settings.find(key.name); !key.in_folder.empty() && at != defaults.settings.end())
      members.push_back(fmt::format("\"{}\": {}", key.in_folder, number_text(key, at->second)));
  if (defaults.max_tokens) members.push_back(fmt::format("\"max_new_tokens\": {}", *defaults.max_tokens));
  return members;
}

std::vector<std::string> losses_as_generation_config(const SamplingDefaults& defaults) {
  std::vector<std::string> losses = losses_of_unused(defaults);
  for (const SamplingKey& key : kKeys) {
    const auto at = defaults.settings.find(key.name);
    if (!key.in_folder.empty() || at == defaults.settings.end() || (key.name == "repeat_last_n" && at->second == -1))
      continue;
    losses.push_back(fmt::format("the model's own '{}' of {} is left out: generation_config.json has no key for it",
                                 key.name, number_text(key, at->second)));
  }
  return losses;
}

SamplingDefaults read_gguf_sampling(const io::GgufMetadata& metadata) {
  SamplingDefaults defaults;
  for (const SamplingKey& key : kKeys) {
    const std::string name = std::string(kGgufPrefix) + std::string(key.in_gguf);
    if (!key.in_gguf.empty() && metadata.has(name))
      defaults.settings.emplace(key.name, ours(key, gguf_number(metadata, name, key)));
  }
  read_mirostat(metadata, defaults);
  if (const std::string order = std::string(kGgufPrefix) + "sequence"; metadata.has(order))
    defaults.unused.push_back(order);
  if (defaults.settings.empty()) return defaults;
  const auto temperature = defaults.settings.find("temperature");
  if (temperature == defaults.settings.end()) return defaults;
  if (temperature->second == 0) {  // which the other format says by the switch
    defaults.draws = false;
    defaults.settings.erase(temperature);
  } else if (defaults.settings.contains("top_p")) {
    defaults.draws = true;  // with less it would bring numbers along
  }
  return defaults;
}

std::vector<std::string> write_gguf_sampling(io::GgufMetadata& metadata, const SamplingDefaults& defaults) {
  std::vector<std::string> losses = losses_of_unused(defaults);
  const SamplingDefaults::Values values = defaults.effective();
  for (const SamplingKey& key : kKeys) {
    const auto at = values.find(key.name);
    if (at == values.end()) continue;
    const std::string name = std::string(kGgufPrefix) + std::string(key.in_gguf);
    if (key.in_gguf.empty() && at->second == 1) continue;  // typical_p, which then changes nothing
    if (key.in_gguf.empty())
      losses.push_back(fmt::format("the model's own '{}' of {} is left out: a GGUF file has no key for it", key.name,
                                   number_text(key, at->second)));
    else if (key.is_whole)
      metadata.set(name, static_cast<int32_t>(at->second));
    else
      metadata.set(name, static_cast<float>(at->second));
  }
  if (defaults.max_tokens)
    losses.push_back(
        fmt::format("the model's own bound of {} tokens an answer is left out: a GGUF file has no key for it",
                    *defaults.max_tokens));
  return losses;
}

}  // namespace vitrine::model
