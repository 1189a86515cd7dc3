// gpt2: learned positions, layer norm with biases, GELU. Its files hold linear weights transposed, and q, k, v as one.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "model/architecture.h"
#include "model/config_json.h"
#include "model/gguf_layout.h"

namespace vitrine::model {
namespace {

std::string write_gpt2_config(const nn::TransformerConfig& c, const ConfigDetails& ids) {
  nlohmann::ordered_json json = {{"architectures", {"GPT2LMHeadModel"}},
                                 {"model_type", "gpt2"},
                                 {"vocab_size", c.vocab_size},
                                 {"n_embd", c.width},
                                 {"n_layer", c.layers},
                                 {"n_head", c.heads},
                                 {"n_inner", c.hidden_width},
                                 {"n_positions", c.context_length},
                                 {"n_ctx", c.context_length},
                                 {"activation_function", "gelu_new"},
                                 {"layer_norm_epsilon", c.norm_eps},
                                 {"tie_word_embeddings", true},
                                 {"attn_pdrop", 0.0},
                                 {"embd_pdrop", 0.0},
                                 {"resid_pdrop", 0.0},
                                 {"torch_dtype", ids.torch_dtype}};
  if (ids.bos >= 0) json["bos_token_id"] = ids.bos;
  if (ids.eos >= 0) json["eos_token_id"] = ids.eos;
  return json.dump(2) + "\n";
}

nn::TransformerConfig read_gpt2_config(std::string_view text) {
  const ConfigJson json(text);
  nn::TransformerConfig c{.architecture = "gpt2",
                          .norm = "layer",
                          .mlp = "gelu",
                          .positions = "learned",
                          .qk_norm = false,
                          .bias = true,
                          .tie_embeddings = true};
  c.vocab_size = json.integer("vocab_size");
  c.width = json.integer("n_embd");
  c.layers = json.integer("n_layer");
  c.heads = c.key_heads = json.integer("n_head");
  c.head_width = c.heads > 0 ? c.width / c.heads : 0;
  c.hidden_width = json.integer_or("n_inner", 4 * c.width);
  c.context_length = json.integer("n_positions");
  c.norm_eps = json.real_or("layer_norm_epsilon", 1e-5);
  json.require_text("activation_function", {"gelu_new", "gelu_pytorch_tanh"});
  json.require_flag("tie_word_embeddings", true);
  json.require_flag("scale_attn_weights", true);
  for (const char* const key : {"scale_attn_by_inverse_layer_idx", "add_cross_attention"})
    json.require_flag(key, false);
  json.require_flag("is_causal", true);
  return c;
}

FilePlace gpt2_place(const std::string& name, int64_t width) {
  if (name == "model.embed_tokens.weight") return {"transformer.wte.weight"};
  if (name == "model.embed_positions.weight") return {"transformer.wpe.weight"};
  if (name.starts_with("model.norm.")) return {"transformer.ln_f." + name.substr(11)};
  const std::string prefix = "model.layers.";
  VITRINE_CHECK(name.starts_with(prefix), "gpt2: unknown parameter " + name);
  const size_t dot = name.find('.', prefix.size());
  const std::string block = "transformer.h." + name.substr(prefix.size(), dot - prefix.size()) + ".";
  const std::string rest = name.substr(dot + 1);
  const std::string kind = rest.substr(rest.rfind('.') + 1), module = rest.substr(0, rest.rfind('.'));
  const bool is_matrix = kind == "weight";
  if (module == "input_layernorm") return {block + "ln_1." + kind};
  if (module == "post_attention_layernorm") return {block + "ln_2." + kind};
  if (module == "self_attn.o_proj") return {block + "attn.c_proj." + kind, is_matrix};
  if (module == "mlp.up_proj") return {block + "mlp.c_fc." + kind, is_matrix};
  if (module == "mlp.down_proj") return {block + "mlp.c_proj." + kind, is_matrix};
  const int64_t part = module == "self_attn.q_proj" ? 0 : module == "self_attn.k_proj" ? 1 : 2;
  return {block + "attn.c_attn." + kind, is_matrix, part * width, 3 * width};
}

/// Copies between our parameter [N,K] (or [N]) and its place; `to_file` gives the direction.
void copy_part(const FilePlace& place, const Tensor& ours, const Tensor& file, bool to_file) {
  const int64_t n = ours.shape()[0], k = ours.shape().rank() == 2 ? ours.shape()[1] : 1;
  const int64_t columns = file.shape().last();
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < k; ++j) {
      float& mine = ours.f32()[i * k + j];
      const bool flat = ours.shape().rank() == 1;
      float& theirs = file.f32()[flat               ? place.offset + i
                                 : place.transposed ? j * columns + place.offset + i
                                                    : i * k + j];
      (to_file ? theirs : mine) = to_file ? mine : theirs;
    }
}

io::NamedTensors gpt2_to_file(nn::Transformer& transformer, const TensorStep& keep) {
  io::NamedTensors tensors;
  transformer.visit([&](nn::Parameter& parameter) {
    const FilePlace place = gpt2_place(parameter.name, transformer.config().width);
    if (tensors.empty() || tensors.back().first != place.tensor) {
      auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.first == place.tensor; });
      if (found == tensors.end())
        tensors.emplace_back(place.tensor, Tensor::empty(file_shape(place, parameter.shape())));
    }
    for (auto& [name, tensor] : tensors)
      if (name == place.tensor) copy_part(place, parameter.weight.values(), tensor, true);
  });
  if (keep)
    for (auto& [name, tensor] : tensors) keep(name, tensor);
  return tensors;
}

void gpt2_from_file(nn::Transformer& transformer, const io::NamedTensors& tensors) {
  const bool prefixed = !tensors.empty() && std::any_of(tensors.begin(), tensors.end(), [](const auto& t) {
    return t.first.starts_with("transformer.");
  });
  std::set<std::string> known;
  transformer.visit([&](nn::Parameter& parameter) {
    FilePlace place = gpt2_place(parameter.name, transformer.config().width);
    if (!prefixed) place.tensor = place.tensor.substr(std::string_view("transformer.").size());
    known.insert(place.tensor);
    const Tensor file = require_tensor(tensors, place.tensor, file_shape(place, parameter.shape()));
    const Tensor data = Tensor::empty(parameter.shape());
    copy_part(place, data, file, false);
    parameter.weight.assign(data);
  });
  refuse_other_tensors(tensors, known, transformer.config().tie_embeddings);
}

}  // namespace

const Architecture kGpt2{"gpt2",         write_gpt2_config, read_gpt2_config, gpt2_to_file,
                         gpt2_from_file, &kGpt2Gguf,        gpt2_place};

}  // namespace vitrine::model
