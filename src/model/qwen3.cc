// qwen3: RMSNorm, RoPE, QK-norm, grouped queries, SwiGLU. Our parameter names are its names.
#include "base/error.h"
#include "model/gguf_layout.h"
#include "model/llama_family.h"

namespace vitrine::model {
namespace {

std::string write_qwen3_config(const nn::TransformerConfig& config, const ConfigDetails& ids) {
  return write_family_config(config, ids, "Qwen3ForCausalLM", true);
}

nn::TransformerConfig read_qwen3_config(std::string_view text) {
  const ConfigJson json(text);
  if (json.flag_or("attention_bias", false))
    throw Error(ErrorCode::kUnsupported, "config.json: 'attention_bias' is true (expected false for qwen3)",
                "this build has no qwen3 with biases");
  nn::TransformerConfig config = read_family_config(json, "qwen3");
  config.qk_norm = true;
  config.window = read_switched_window(json, config.layers);
  return config;
}

}  // namespace

const Architecture kQwen3{"qwen3",           write_qwen3_config,  read_qwen3_config,
                          own_names_to_file, own_names_from_file, &kQwen3Gguf};

}  // namespace vitrine::model
