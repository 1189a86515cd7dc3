// How a model's makers would have it drawn from: generation_config.json's settings, and GGUF's general.sampling.* keys.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "io/gguf_metadata.h"
#include "model/config_json.h"

namespace vitrine::model {

/// What the files say, and no more; what they leave out is the user's, or the program's.
struct SamplingDefaults {
  using Values = std::map<std::string, double, std::less<>>;

  Values settings;                       ///< by the names of infer::SamplingSettings
  std::optional<bool> draws;             ///< `do_sample`
  std::optional<int64_t> max_tokens;     ///< of an answer, `max_new_tokens`
  std::vector<std::string> unused = {};  ///< keys that would change what is drawn, and that this build does not follow

  bool is_empty() const { return settings.empty() && !draws && !max_tokens; }
  /// What holds: a model that is not drawn from takes the most probable token
  /// (docs/decisions/014-sampling-defaults.md).
  Values effective() const;
};

/// Errors: kCorruptData naming file and key, what was got and what was expected.
SamplingDefaults read_generation_config(const ConfigJson& json);
/// The members of that file, each as `"key": value`.
std::vector<std::string> generation_config_members(const SamplingDefaults& defaults);
/// What the file has no key for, or this build does not follow, a sentence each.
std::vector<std::string> losses_as_generation_config(const SamplingDefaults& defaults);

/// Errors: as above. Source of the names: llama.cpp, src/llama-arch.cpp.
SamplingDefaults read_gguf_sampling(const io::GgufMetadata& metadata);
/// Adds the keys. Returns what the format has none for, a sentence each.
std::vector<std::string> write_gguf_sampling(io::GgufMetadata& metadata, const SamplingDefaults& defaults);

}  // namespace vitrine::model
