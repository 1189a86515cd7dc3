// llama: RMSNorm, RoPE, grouped queries, SwiGLU. Llama 2 and 3, SmolLM2, TinyLlama.
#include "model/gguf_layout.h"
#include "model/llama_family.h"

namespace vitrine::model {
namespace {

std::string write_llama_config(const nn::TransformerConfig& config, const ConfigDetails& ids) {
  return write_family_config(config, ids, "LlamaForCausalLM", false);
}

nn::TransformerConfig read_llama_config(std::string_view text) {
  const ConfigJson json(text);
  nn::TransformerConfig config = read_family_config(json, "llama");
  config.attention_bias = json.flag_or("attention_bias", false);
  config.mlp_bias = json.flag_or("mlp_bias", false);
  return config;
}

}  // namespace

const Architecture kLlama{"llama",           write_llama_config,  read_llama_config,
                          own_names_to_file, own_names_from_file, &kLlamaGguf};

}  // namespace vitrine::model
