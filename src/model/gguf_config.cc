#include "model/gguf_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/gguf_layout.h"

namespace vitrine::model {
namespace {

/// Reads the keys of one architecture.
struct Keys {
  const io::GgufMetadata& metadata;
  std::string prefix;

  std::string key(std::string_view name) const { return prefix + std::string(name); }
  int64_t integer(std::string_view name) const { return metadata.integer(key(name)); }
  int64_t integer_or(std::string_view name, int64_t fallback) const { return metadata.integer_or(key(name), fallback); }
  double real_or(std::string_view name, double fallback) const { return metadata.real_or(key(name), fallback); }
};

[[noreturn]] void unsupported_metadata(const std::string& what) {
  throw Error(ErrorCode::kUnsupported, what, "this model computes something that this build does not");
}

/// f32 in the file, f64 here: the shortest decimal that gives the same f32 is what was meant.
double shortest(double value) { return std::stod(fmt::format("{}", static_cast<float>(value))); }

void read_attention(const Keys& keys, nn::TransformerConfig& c) {
  c.heads = keys.integer("attention.head_count");
  c.key_heads = keys.integer_or("attention.head_count_kv", c.heads);
  const int64_t by_heads = c.heads > 0 ? c.width / c.heads : 0;
  c.head_width = keys.integer_or("attention.key_length", by_heads);
  if (keys.integer_or("attention.value_length", c.head_width) != c.head_width)
    unsupported_metadata("metadata: keys and values of different widths");
  if (c.positions == "rope" && keys.integer_or("rope.dimension_count", c.head_width) != c.head_width)
    unsupported_metadata("metadata: rotary positions on a part of each head");
  c.window = keys.integer_or("attention.sliding_window", 0);
  if (c.window > 0 && c.window >= c.context_length) c.window = 0;
  // Mistral's files call themselves llama.
  if (c.window > 0 && c.architecture == "llama") c.architecture = "mistral";
}

/// Refuses what departs from the paper's yarn, or scales the angles' cosines without it. Negative is unset in some.
void check_usual_amplitude(const Keys& keys, bool is_yarn) {
  const auto need = [&](std::string_view name, double usual) {
    const std::string key = fmt::format("rope.scaling.{}", name);
    if (const double got = keys.real_or(key, usual); got >= 0 && got != usual)
      unsupported_metadata(fmt::format("metadata: '{}' is {} (expected {})", keys.key(key), got, usual));
  };
  need("attn_factor", 1);
  need("yarn_ext_factor", is_yarn ? 1 : 0);
  if (!is_yarn) return need("yarn_attn_factor", 1);
  need("yarn_beta_fast", 32);
  need("yarn_beta_slow", 1);
}

void read_rope(const Keys& keys, nn::TransformerConfig& c) {
  c.rope_theta = shortest(keys.real_or("rope.freq_base", 10000));
  const double given = keys.real_or("rope.scaling.factor", keys.real_or("rope.scale_linear", 0));  // the older key
  const double factor = given == 0 ? 1 : shortest(given);
  // As llama.cpp takes them: a factor without a type is linear, and none looks at no factor.
  c.rope_scaling = keys.metadata.text_or(keys.key("rope.scaling.type"), factor == 1 ? "none" : "linear");
  check_usual_amplitude(keys, c.rope_scaling == "yarn");
  if (c.rope_scaling == "none") return;
  if (c.rope_scaling != "linear" && c.rope_scaling != "yarn")
    unsupported_metadata(fmt::format("metadata: rotary scaling of type '{}'", excerpt(c.rope_scaling)));
  c.rope_scaling_factor = factor;
  c.rope_original_context = keys.integer_or("rope.scaling.original_context_length", c.context_length);
}

const io::GgufTensor* find_tensor(const io::GgufHeader& header, std::string_view name) {
  const auto found = std::find_if(header.tensors.begin(), header.tensors.end(),
                                  [&](const auto& tensor) { return tensor.name == name; });
  return found == header.tensors.end() ? nullptr : &*found;
}

void put_rope(io::GgufMetadata& metadata, const nn::TransformerConfig& c, const std::string& prefix) {
  metadata.set(prefix + "rope.dimension_count", static_cast<uint32_t>(c.head_width));
  metadata.set(prefix + "rope.freq_base", static_cast<float>(c.rope_theta));
  if (c.rope_scaling != "linear" && c.rope_scaling != "yarn") return;
  metadata.set(prefix + "rope.scaling.type", c.rope_scaling);
  metadata.set(prefix + "rope.scaling.factor", static_cast<float>(c.rope_scaling_factor));
  if (c.rope_scaling == "yarn")
    metadata.set(prefix + "rope.scaling.original_context_length", static_cast<uint32_t>(c.rope_original_context));
}

}  // namespace

const Architecture& gguf_architecture(const io::GgufMetadata& metadata) {
  const std::string& name = metadata.text("general.architecture");
  std::vector<std::string_view> known;
  for (const Architecture& architecture : architectures()) {
    const std::string_view own = architecture.gguf->architecture;  // several may share one
    if (own == name) return architecture;
    if (std::find(known.begin(), known.end(), own) == known.end()) known.push_back(own);
  }
  throw Error(ErrorCode::kUnsupported, fmt::format("model: unknown architecture (got '{}')", excerpt(name)),
              fmt::format("known: {}", fmt::join(known, ", ")));
}

nn::TransformerConfig read_gguf_config(const io::GgufHeader& header, std::span<const float> rope_factors) {
  const GgufLayout& layout = *gguf_architecture(header.metadata).gguf;
  const Keys keys{header.metadata, std::string(layout.architecture) + "."};
  nn::TransformerConfig c = layout.defaults();
  const io::GgufTensor* const table = find_tensor(header, "token_embd.weight");
  if (table == nullptr || table->shape.rank() != 2)
    throw Error(ErrorCode::kCorruptData, "tensor 'token_embd.weight' is missing or no matrix",
                "the file is no language model, or holds a part of one");
  c.vocab_size = table->shape[0];
  c.width = keys.integer("embedding_length");
  c.layers = keys.integer("block_count");
  c.hidden_width = keys.integer("feed_forward_length");
  c.context_length = keys.integer("context_length");
  c.norm_eps = shortest(
      keys.real_or(c.norm == "rms" ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", c.norm_eps));
  // gpt2's head is the table; some files hold it twice.
  c.tie_embeddings = layout.architecture == "gpt2" || find_tensor(header, "output.weight") == nullptr;
  if (keys.integer_or("expert_count", 0) > 0) unsupported_metadata("metadata: a mixture of experts");
  read_attention(keys, c);
  if (c.positions == "rope") read_rope(keys, c);
  if (!rope_factors.empty()) set_llama3_scaling(c, rope_factors);
  if (layout.architecture == "llama") {
    c.attention_bias = find_tensor(header, "blk.0.attn_q.bias") != nullptr;
    c.mlp_bias = find_tensor(header, "blk.0.ffn_up.bias") != nullptr;
  }
  try {
    c.validate();
  } catch (const Error& error) {
    throw Error(ErrorCode::kCorruptData, error.message(), error.hint());
  }
  return c;
}

nn::TransformerConfig read_gguf_config(const io::GgufFile& file) {
  const io::GgufTensor* const factors = file.find(kGgufRopeFactors);
  if (factors == nullptr) return read_gguf_config(file.header(), {});
  const Tensor values = file.read_f32(*factors);
  return read_gguf_config(file.header(), values.floats());
}

io::GgufMetadata write_gguf_config(const nn::TransformerConfig& c, const GgufLayout& layout) {
  io::GgufMetadata metadata;
  const std::string prefix = std::string(layout.architecture) + ".";
  const auto put = [&](std::string_view name, int64_t value) {
    metadata.set(prefix + std::string(name), static_cast<uint32_t>(value));
  };
  metadata.set("general.architecture", std::string(layout.architecture));
  metadata.set("general.type", std::string("model"));
  put("context_length", c.context_length);
  put("embedding_length", c.width);
  put("block_count", c.layers);
  put("feed_forward_length", c.hidden_width);
  put("vocab_size", c.vocab_size);
  put("attention.head_count", c.heads);
  put("attention.head_count_kv", c.key_heads);
  put("attention.key_length", c.head_width);
  put("attention.value_length", c.head_width);
  if (c.window > 0) put("attention.sliding_window", c.window);
  metadata.set(prefix + (c.norm == "rms" ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon"),
               static_cast<float>(c.norm_eps));
  if (c.positions == "rope") put_rope(metadata, c, prefix);
  return metadata;
}

}  // namespace vitrine::model
