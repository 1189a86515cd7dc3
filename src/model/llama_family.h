// What llama, mistral, qwen2 and qwen3 have in common: the keys of config.json, and tensors under our own names.
#pragma once

#include <string>
#include <string_view>

#include "model/architecture.h"
#include "model/config_json.h"

namespace vitrine::model {

/// Writes the config.json of one of the family. `class_name` is the class in transformers; `with_window` adds the keys
/// by which the qwen models switch a window on.
std::string write_family_config(const nn::TransformerConfig& config, const ConfigDetails& ids,
                                std::string_view class_name, bool with_window_switch);

/// Reads what the family's configs have in common, with rotary scaling; no biases, no QK-norm, no window.
/// Errors: kCorruptData, kUnsupported, naming the key.
nn::TransformerConfig read_family_config(const ConfigJson& json, std::string_view architecture);

/// The window of a qwen config, whose layer_types count for more than its max_window_layers; 0: none.
/// Errors: kUnsupported for one on some layers only.
int64_t read_switched_window(const ConfigJson& json, int64_t layers);

/// The window of a mistral config: 4096 keys where it does not say, none where it says null.
int64_t read_unswitched_window(const ConfigJson& json);

/// Tensors under our own names.
io::NamedTensors own_names_to_file(nn::Transformer& transformer, const TensorStep& keep);
void own_names_from_file(nn::Transformer& transformer, const io::NamedTensors& tensors);

}  // namespace vitrine::model
