// qwen2: llama with biases in the maps to queries, keys and values. Qwen 2 and 2.5.
#include "model/gguf_layout.h"
#include "model/llama_family.h"

namespace vitrine::model {
namespace {

std::string write_qwen2_config(const nn::TransformerConfig& config, const ConfigDetails& ids) {
  return write_family_config(config, ids, "Qwen2ForCausalLM", true);
}

nn::TransformerConfig read_qwen2_config(std::string_view text) {
  const ConfigJson json(text);
  nn::TransformerConfig config = read_family_config(json, "qwen2");
  config.qkv_bias = true;
  config.window = read_switched_window(json, config.layers);
  return config;
}

}  // namespace

const Architecture kQwen2{"qwen2",           write_qwen2_config,  read_qwen2_config,
                          own_names_to_file, own_names_from_file, &kQwen2Gguf};

}  // namespace vitrine::model
