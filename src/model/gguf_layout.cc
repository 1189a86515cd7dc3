#include "model/gguf_layout.h"

#include <fmt/format.h>

#include "base/error.h"

namespace vitrine::model {
namespace {

constexpr std::string_view kBlockPrefix = "model.layers.";

constexpr GgufName kGpt2Names[] = {
    {"model.embed_tokens", "token_embd"},
    {"model.embed_positions", "position_embd"},
    {"model.norm", "output_norm"},
    {"input_layernorm", "attn_norm"},
    {"self_attn.q_proj", "attn_qkv", GgufRows::kQueryPart},
    {"self_attn.k_proj", "attn_qkv", GgufRows::kKeyPart},
    {"self_attn.v_proj", "attn_qkv", GgufRows::kValuePart},
    {"self_attn.o_proj", "attn_output"},
    {"post_attention_layernorm", "ffn_norm"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
};

constexpr GgufName kLlamaNames[] = {
    {"model.embed_tokens", "token_embd"},
    {"model.norm", "output_norm"},
    {"lm_head", "output"},
    {"input_layernorm", "attn_norm"},
    {"self_attn.q_proj", "attn_q", GgufRows::kInterleaved},
    {"self_attn.k_proj", "attn_k", GgufRows::kInterleaved},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"},
    {"post_attention_layernorm", "ffn_norm"},
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
};

constexpr GgufName kQwenNames[] = {
    {"model.embed_tokens", "token_embd"},
    {"model.norm", "output_norm"},
    {"lm_head", "output"},
    {"input_layernorm", "attn_norm"},
    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"},
    {"self_attn.q_norm", "attn_q_norm"},  // qwen3
    {"self_attn.k_norm", "attn_k_norm"},
    {"post_attention_layernorm", "ffn_norm"},
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
};

nn::TransformerConfig gpt2_defaults() {
  return {.architecture = "gpt2",
          .norm = "layer",
          .norm_eps = 1e-5,
          .mlp = "gelu",
          .positions = "learned",
          .qk_norm = false,
          .bias = true};
}
nn::TransformerConfig llama_defaults() { return {.architecture = "llama", .qk_norm = false}; }
nn::TransformerConfig qwen2_defaults() { return {.architecture = "qwen2", .qk_norm = false, .qkv_bias = true}; }
nn::TransformerConfig qwen3_defaults() { return {.architecture = "qwen3"}; }

const GgufName& find_name(const GgufLayout& layout, std::string_view module) {
  for (const GgufName& name : layout.names)
    if (name.ours == module) return name;
  check_failed("name.ours == module", __FILE__, __LINE__, fmt::format("gguf: '{}' has no name", module));
}

}  // namespace

const GgufLayout kGpt2Gguf{"gpt2", kGpt2Names, gpt2_defaults};
const GgufLayout kLlamaGguf{"llama", kLlamaNames, llama_defaults};
const GgufLayout kQwen2Gguf{"qwen2", kQwenNames, qwen2_defaults};
const GgufLayout kQwen3Gguf{"qwen3", kQwenNames, qwen3_defaults};

GgufPlace gguf_place(const GgufLayout& layout, const std::string& parameter, const Shape& shape) {
  const size_t kind_at = parameter.rfind('.');
  std::string_view module = std::string_view(parameter).substr(0, kind_at);
  std::string block;
  if (module.starts_with(kBlockPrefix)) {
    const size_t dot = module.find('.', kBlockPrefix.size());
    block = fmt::format("blk.{}.", module.substr(kBlockPrefix.size(), dot - kBlockPrefix.size()));
    module = module.substr(dot + 1);
  }
  const GgufName& name = find_name(layout, module);
  GgufPlace place{.tensor = fmt::format("{}{}{}", block, name.theirs, parameter.substr(kind_at)),
                  .rows = name.rows,
                  .total_rows = shape[0]};
  if (name.rows >= GgufRows::kQueryPart) {
    place.first_row = (static_cast<int64_t>(name.rows) - static_cast<int64_t>(GgufRows::kQueryPart)) * shape[0];
    place.total_rows = 3 * shape[0];
  }
  return place;
}

int64_t gguf_row(GgufRows rows, int64_t our_row, int64_t head_width) {
  if (rows != GgufRows::kInterleaved) return our_row;
  const int64_t head = our_row / head_width, within = our_row % head_width, half = head_width / 2;
  return head * head_width + 2 * (within % half) + within / half;
}

}  // namespace vitrine::model
