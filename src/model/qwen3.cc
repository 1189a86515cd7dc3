// qwen3: RMSNorm, RoPE, QK-norm, grouped queries, SwiGLU. Our parameter names are its names.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/architecture.h"
#include "model/config_json.h"

namespace vitrine::model {
namespace {

std::string write_config(const nn::TransformerConfig& c, const SpecialIds& ids) {
  nlohmann::ordered_json json = {{"architectures", {"Qwen3ForCausalLM"}},
                                 {"model_type", "qwen3"},
                                 {"vocab_size", c.vocab_size},
                                 {"hidden_size", c.width},
                                 {"num_hidden_layers", c.layers},
                                 {"num_attention_heads", c.heads},
                                 {"num_key_value_heads", c.key_heads},
                                 {"head_dim", c.head_width},
                                 {"intermediate_size", c.hidden_width},
                                 {"hidden_act", "silu"},
                                 {"max_position_embeddings", c.context_length},
                                 {"rms_norm_eps", c.norm_eps},
                                 {"rope_theta", c.rope_theta},
                                 {"tie_word_embeddings", c.tie_embeddings},
                                 {"attention_bias", false},
                                 {"attention_dropout", 0.0},
                                 {"use_sliding_window", c.window > 0},
                                 {"torch_dtype", "float32"}};
  if (c.window > 0) {
    json["sliding_window"] = c.window;
    json["max_window_layers"] = 0;
  }
  if (ids.bos >= 0) json["bos_token_id"] = ids.bos;
  if (ids.eos >= 0) json["eos_token_id"] = ids.eos;
  return json.dump(2) + "\n";
}

nn::TransformerConfig read_config(std::string_view text) {
  const ConfigJson json(text);
  nn::TransformerConfig c;
  c.architecture = "qwen3";
  c.vocab_size = json.integer("vocab_size");
  c.width = json.integer("hidden_size");
  c.layers = json.integer("num_hidden_layers");
  c.heads = json.integer("num_attention_heads");
  c.key_heads = json.integer_or("num_key_value_heads", c.heads);
  c.head_width = json.integer_or("head_dim", c.heads > 0 ? c.width / c.heads : 0);
  c.hidden_width = json.integer("intermediate_size");
  c.context_length = json.integer("max_position_embeddings");
  c.norm_eps = json.real_or("rms_norm_eps", 1e-6);
  c.rope_theta = json.real_or("rope_theta", 1e6);
  c.tie_embeddings = json.flag_or("tie_word_embeddings", false);
  if (json.text_or("hidden_act", "silu") != "silu" || json.flag_or("attention_bias", false) || json.has("rope_scaling"))
    throw Error(ErrorCode::kUnsupported,
                "config.json: qwen3 with another activation, biases or scaled rotary positions");
  if (json.flag_or("use_sliding_window", false)) {
    if (json.integer_or("max_window_layers", 0) != 0)
      throw Error(ErrorCode::kUnsupported, "config.json: a sliding window on some layers only");
    c.window = json.integer("sliding_window");
  }
  return c;
}

io::NamedTensors to_file(nn::Transformer& transformer) {
  io::NamedTensors tensors;
  transformer.visit([&](nn::Parameter& parameter) { tensors.emplace_back(parameter.name, parameter.data()); });
  return tensors;
}

void from_file(nn::Transformer& transformer, const io::NamedTensors& tensors) {
  std::set<std::string> known;
  transformer.visit([&](nn::Parameter& parameter) {
    known.insert(parameter.name);
    parameter.weight.assign(require_tensor(tensors, parameter.name, parameter.shape()));
  });
  refuse_other_tensors(tensors, known, transformer.config().tie_embeddings);
}

}  // namespace

const Architecture kQwen3{"qwen3", write_config, read_config, to_file, from_file};

}  // namespace vitrine::model
