#include "model/llama_family.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/error.h"

namespace vitrine::model {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr int64_t kUsualWindow = 4096;  // of a config that does not say

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

/// The rotary keys, under their old name or the new one. Where both stand the old one holds, as in transformers.
std::optional<ConfigJson> rope_object(const ConfigJson& json) {
  auto old = json.object("rope_scaling");
  return old && !old->is_empty() ? std::move(old) : json.object("rope_parameters");
}

void require_whole_rotation(const ConfigJson& json) {
  if (json.real_or("partial_rotary_factor", 1) != 1) unsupported_config("rotary positions on a part of each head");
}

/// How many of the layers have a window. Without a list of their kinds it is the last ones.
int64_t count_windowed_layers(const ConfigJson& json, int64_t layers, bool is_switched_on) {
  if (!json.has("layer_types"))
    return is_switched_on ? std::clamp(layers - json.integer_or("max_window_layers", 28), int64_t{0}, layers) : 0;
  const std::vector<std::string> kinds = json.texts("layer_types");
  if (static_cast<int64_t>(kinds.size()) != layers)
    throw Error(ErrorCode::kCorruptData,
                fmt::format("config.json: 'layer_types' is wrong (got {} entries, expected one for each of {} layers)",
                            kinds.size(), layers));
  for (const std::string& kind : kinds)
    if (kind != "full_attention" && kind != "sliding_attention")
      unsupported_config(
          fmt::format("'layer_types' holds '{}' (expected full_attention or sliding_attention)", excerpt(kind)));
  return std::ranges::count(kinds, "sliding_attention");
}

}  // namespace

std::string write_family_config(const nn::TransformerConfig& c, const ConfigDetails& ids, std::string_view class_name,
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
  json["torch_dtype"] = ids.torch_dtype;
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
  c.rope_theta = json.real_or("rope_theta", 10000);
  if (const auto rope = rope_object(json)) {
    c.rope_theta = rope->real_or("rope_theta", c.rope_theta);
    require_whole_rotation(*rope);
    read_scaling(*rope, c);
  }
  require_whole_rotation(json);
  json.require_text("hidden_act", {"silu", "swish"});
  json.require_flag("is_causal", true);
  return c;
}

int64_t read_switched_window(const ConfigJson& json, int64_t layers) {
  const bool is_switched_on = json.flag_or("use_sliding_window", false) && !json.is_null("sliding_window");
  const int64_t windowed = count_windowed_layers(json, layers, is_switched_on);
  if (windowed == 0) return 0;
  if (windowed < layers)
    unsupported_config(fmt::format("a sliding window on {} of {} layers (expected all or none)", windowed, layers));
  if (!is_switched_on)
    throw Error(ErrorCode::kCorruptData,
                "config.json: 'layer_types' has sliding windows, but 'use_sliding_window' switches none on",
                "get the file again, or set 'use_sliding_window' to true");
  return json.integer_or("sliding_window", kUsualWindow);
}

int64_t read_unswitched_window(const ConfigJson& json) {
  return json.is_null("sliding_window") ? 0 : json.integer_or("sliding_window", kUsualWindow);
}

io::NamedTensors own_names_to_file(nn::Transformer& transformer, const TensorStep& keep) {
  io::NamedTensors tensors;
  transformer.visit([&](nn::Parameter& parameter) {
    tensors.emplace_back(parameter.name, parameter.weight.values());
    if (keep) keep(tensors.back().first, tensors.back().second);
  });
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
