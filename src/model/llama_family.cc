#include "model/llama_family.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"

namespace vitrine::model {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson scaling_json(const nn::TransformerConfig& c) {
  OrderedJson json = {{"rope_type", c.rope_scaling}, {"factor", c.rope_scaling_factor}};
  if (c.rope_scaling == "llama3" || c.rope_scaling == "yarn")
    json["original_max_position_embeddings"] = c.rope_original_context;
  if (c.rope_scaling == "llama3") {
    json["low_freq_factor"] = c.rope_low_frequency_factor;
    json["high_freq_factor"] = c.rope_high_frequency_factor;
  }
  return json;
}

[[noreturn]] void unsupported_config(const std::string& what) {
  throw Error(ErrorCode::kUnsupported, "config.json: " + what,
              "this model computes something that this build does not");
}

/// Refuses what departs from the paper's yarn, by the key that says so.
void check_plain_yarn(const ConfigJson& json, double factor) {
  const auto need = [&](const char* key, double usual) {
    if (const double got = json.real_or(key, usual); std::fabs(got - usual) > 1e-6)
      unsupported_config(fmt::format("yarn with '{}' {} (expected {:.6g})", key, got, usual));
  };
  need("beta_fast", 32);
  need("beta_slow", 1);
  need("attention_factor", 0.1 * std::log(factor) + 1);
  // One of the two without the other changes nothing.
  if (json.real_or("mscale_all_dim", 0) != 0) need("mscale", 0);
  if (!json.flag_or("truncate", true)) unsupported_config("yarn with 'truncate' false (expected true)");
}

/// The keys of rope_scaling, or of rope_parameters as newer files have them.
void read_scaling(const ConfigJson& json, nn::TransformerConfig& c) {
  c.rope_scaling = json.text_or("rope_type", json.text_or("type", "default"));
  if (c.rope_scaling == "default" || c.rope_scaling == "none") {
    c.rope_scaling = "none";
    return;
  }
  if (c.rope_scaling == "longrope")
    throw Error(ErrorCode::kUnsupported, "config.json: rotary scaling of type 'longrope' (no such angles here)",
                "all its angles change where a text grows beyond the original context, and keys in the cache do not");
  if (c.rope_scaling != "linear" && c.rope_scaling != "llama3" && c.rope_scaling != "yarn" &&
      c.rope_scaling != "dynamic")
    unsupported_config(
        fmt::format("rotary scaling of type '{}' (expected linear, dynamic, llama3 or yarn)", excerpt(c.rope_scaling)));
  c.rope_scaling_factor = json.real("factor");
  c.rope_original_context = json.integer_or("original_max_position_embeddings", c.context_length);
  c.rope_low_frequency_factor = json.real_or("low_freq_factor", 1);
  c.rope_high_frequency_factor = json.real_or("high_freq_factor", 4);
  if (c.rope_scaling == "yarn") check_plain_yarn(json, c.rope_scaling_factor);
}

}  // namespace

std::string write_family_config(const nn::TransformerConfig& c, const SpecialIds& ids, std::string_view class_name,
                                bool with_window_switch) {
  OrderedJson json = {{"architectures", {class_name}},
                      {"model_type", c.architecture},
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
                      {"attention_bias", c.qkv_bias || c.attention_bias},
                      {"attention_dropout", 0.0}};
  if (c.architecture == "llama") json["mlp_bias"] = c.mlp_bias;
  if (c.rope_scaling != "none") json["rope_scaling"] = scaling_json(c);
  if (with_window_switch) json["use_sliding_window"] = c.window > 0;
  if (with_window_switch && c.window > 0) json["max_window_layers"] = 0;
  if (c.window > 0 || c.architecture == "mistral")
    json["sliding_window"] = c.window > 0 ? OrderedJson(c.window) : OrderedJson();
  json["torch_dtype"] = "float32";
  if (ids.bos >= 0) json["bos_token_id"] = ids.bos;
  if (ids.eos >= 0) json["eos_token_id"] = ids.eos;
  return json.dump(2) + "\n";
}

nn::TransformerConfig read_family_config(const ConfigJson& json, std::string_view architecture) {
  nn::TransformerConfig c{.architecture = std::string(architecture), .qk_norm = false};
  c.vocab_size = json.integer("vocab_size");
  c.width = json.integer("hidden_size");
  c.layers = json.integer("num_hidden_layers");
  c.heads = json.integer("num_attention_heads");
  c.key_heads = json.integer_or("num_key_value_heads", c.heads);
  c.head_width = json.integer_or("head_dim", c.heads > 0 ? c.width / c.heads : 0);
  c.hidden_width = json.integer("intermediate_size");
  c.context_length = json.integer("max_position_embeddings");
  c.norm_eps = json.real_or("rms_norm_eps", 1e-6);
  c.tie_embeddings = json.flag_or("tie_word_embeddings", false);
  const auto parameters = json.object("rope_parameters");
  c.rope_theta = parameters ? parameters->real_or("rope_theta", 10000) : json.real_or("rope_theta", 10000);
  if (parameters)
    read_scaling(*parameters, c);
  else if (const auto scaling = json.object("rope_scaling"))
    read_scaling(*scaling, c);
  if (json.text_or("hidden_act", "silu") != "silu") unsupported_config("an activation other than silu");
  if (json.real_or("partial_rotary_factor", 1) != 1) unsupported_config("rotary positions on a part of each head");
  return c;
}

int64_t read_switched_window(const ConfigJson& json) {
  if (!json.flag_or("use_sliding_window", false)) return 0;
  if (json.integer_or("max_window_layers", 0) != 0) unsupported_config("a sliding window on some layers only");
  return json.integer("sliding_window");
}

io::NamedTensors own_names_to_file(nn::Transformer& transformer) {
  io::NamedTensors tensors;
  transformer.visit([&](nn::Parameter& parameter) { tensors.emplace_back(parameter.name, parameter.weight.values()); });
  return tensors;
}

void own_names_from_file(nn::Transformer& transformer, const io::NamedTensors& tensors) {
  std::set<std::string> known;
  transformer.visit([&](nn::Parameter& parameter) {
    known.insert(parameter.name);
    load_tensor(tensors, parameter);
  });
  refuse_other_tensors(tensors, known, transformer.config().tie_embeddings);
}

}  // namespace vitrine::model
