// The shape of a model in a GGUF file's metadata.
#pragma once

#include <span>
#include <vector>

#include "io/gguf_reader.h"
#include "model/architecture.h"

namespace vitrine::model {

/// The architecture that a file names. Errors: kUnsupported with the known names, kCorruptData.
const Architecture& gguf_architecture(const io::GgufMetadata& metadata);

/// The config that metadata and tensors describe (vocabulary and tied head from the tensors, Llama 3's scaling from
/// `rope_freqs`, which `rope_factors` holds or is empty). Checked by TransformerConfig::validate().
/// Errors: kCorruptData, kUnsupported, naming the key.
nn::TransformerConfig read_gguf_config(const io::GgufHeader& header, std::span<const float> rope_factors);

/// The same of an open file.
nn::TransformerConfig read_gguf_config(const io::GgufFile& file);

/// The keys that other programs need to run a model of that config.
io::GgufMetadata write_gguf_config(const nn::TransformerConfig& config, const GgufLayout& layout);

/// The tensor that stands for Llama 3's scaling.
inline constexpr const char* kGgufRopeFactors = "rope_freqs.weight";
/// What it holds for a config: by how much each pair is slowed. Empty where the file has none.
std::vector<float> gguf_rope_factors(const nn::TransformerConfig& config);
/// Sets the llama3 scaling that gives these factors. Errors: kUnsupported when there is none.
void set_llama3_scaling(nn::TransformerConfig& config, std::span<const float> factors);

}  // namespace vitrine::model
