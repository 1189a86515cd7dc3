#include "nn/config.h"

#include <fmt/format.h>

#include "base/error.h"

namespace vitrine::nn {
namespace {

constexpr double kMaxParameters = 1e15;  // far beyond any model, and far from where sizes in bytes overflow

constexpr int64_t kMaxQueryWidth = 1 << 20;

double real(int64_t number) { return static_cast<double>(number); }

void require(bool condition, const std::string& message, const std::string& hint) {
  if (!condition) throw Error(ErrorCode::kInvalidArgument, "model config: " + message, hint);
}

/// What each file layout can hold.
void require_architecture(const TransformerConfig& c) {
  const std::string hint = "other combinations cannot be written to a file that other programs read";
  const bool is_rotary = c.positions == "rope" && c.norm == "rms" && c.mlp == "swiglu" && !c.bias;
  const bool has_llama_biases = c.attention_bias || c.mlp_bias;
  require(c.mlp != "relu2" && c.mlp != "gelu_erf",
          fmt::format("no file layout that is written holds mlp = {} (got architecture '{}')", c.mlp, c.architecture),
          "swiglu goes with qwen3, gelu with gpt2");
  require(c.architecture != "gpt2" || (c.heads * c.head_width == c.width && c.key_heads == c.heads &&
                                       c.positions == "learned" && c.norm == "layer" && c.bias && !c.qkv_bias &&
                                       !has_llama_biases && !c.qk_norm && c.mlp == "gelu" && c.tie_embeddings),
          "gpt2 needs heads * head_width = width, learned positions, layer norm, biases, gelu and a tied head",
          "use architecture = \"qwen3\" for other shapes");
  require(c.architecture != "qwen3" || (is_rotary && c.qk_norm && !c.qkv_bias && !has_llama_biases),
          "qwen3 needs rotary positions, rms norm, qk_norm, swiglu and no biases", hint);
  require(c.architecture != "llama" || (is_rotary && !c.qk_norm && !c.qkv_bias),
          "llama needs rotary positions, rms norm, swiglu, no qk_norm, and biases by attention_bias and mlp_bias alone",
          hint);
  require(c.architecture != "mistral" || (is_rotary && !c.qk_norm && !c.qkv_bias && !has_llama_biases),
          "mistral needs rotary positions, rms norm, swiglu, no qk_norm and no biases", hint);
  require(c.architecture != "qwen2" || (is_rotary && !c.qk_norm && c.qkv_bias && !has_llama_biases),
          "qwen2 needs rotary positions, rms norm, swiglu, qkv_bias, no other biases and no qk_norm", hint);
  require(c.architecture != "llama" || c.window == 0, "llama has no window", "use architecture = \"mistral\"");
}

// docs/decisions/007-look-up-start.md
void require_look_up_shape(const TransformerConfig& c) {
  const auto need = [](bool holds, const std::string& what, const std::string& instead) {
    require(holds, "start = \"look_up\" needs " + what, instead + ", or start=random (which learns to answer later)");
  };
  need(c.positions == "rope", fmt::format("positions = \"rope\" (got \"{}\")", c.positions), "give positions=rope");
  need(c.qk_norm, "qk_norm (got false)", "give qk_norm=true");
  need(c.heads == c.key_heads, fmt::format("as many key_heads as heads (got {} and {})", c.key_heads, c.heads),
       fmt::format("give key_heads={}", c.heads));
  need(c.head_width <= c.width, fmt::format("a width of at least head_width {} (got {})", c.head_width, c.width),
       fmt::format("give width={} or more", c.head_width));
}

}  // namespace

ConfigFields TransformerConfig::fields() {
  constexpr double kNone = 1e300;
  return {{"architecture",
           &architecture,
           "file layout of the model",
           -kNone,
           kNone,
           {"qwen3", "gpt2", "llama", "mistral", "qwen2"}},
          {"vocab_size", &vocab_size, "entries of the vocabulary", 0, 1 << 24},
          {"width", &width, "size of the residual stream", 1, 1 << 20},
          {"layers", &layers, "number of blocks", 1, 1 << 14},
          {"heads", &heads, "query heads", 1, 1 << 14},
          {"key_heads", &key_heads, "key and value heads; divides heads", 1, 1 << 14},
          {"head_width", &head_width, "width of one head", 1, 1 << 14},
          {"hidden_width", &hidden_width, "width inside the feed-forward part", 1, 1 << 22},
          {"context_length", &context_length, "longest sequence in tokens", 2, 1 << 24},
          {"norm", &norm, "normalisation", -kNone, kNone, {"rms", "layer"}},
          {"norm_eps", &norm_eps, "added to the variance", 1e-12, 1},
          {"mlp", &mlp, "feed-forward part", -kNone, kNone, {"swiglu", "gelu", "gelu_erf", "relu2"}},
          {"positions", &positions, "how positions are told", -kNone, kNone, {"rope", "learned"}},
          {"rope_theta", &rope_theta, "base of the rotary angles", 1, 1e12},
          {"rope_scaling",
           &rope_scaling,
           "stretched angles; dynamic: none within the context",
           -kNone,
           kNone,
           {"none", "linear", "llama3", "yarn", "dynamic"}},
          {"rope_scaling_factor", &rope_scaling_factor, "how much longer than in training the context is", 1, 1e4},
          {"rope_original_context", &rope_original_context, "context in training, of llama3 and yarn", 0, 1 << 24},
          {"rope_low_frequency_factor", &rope_low_frequency_factor, "llama3: below, angles are stretched", 1e-3, 1e6},
          {"rope_high_frequency_factor", &rope_high_frequency_factor, "llama3: above, angles stay", 1e-3, 1e6},
          {"qk_norm", &qk_norm, "normalise queries and keys"},
          {"bias", &bias, "biases in linear maps"},
          {"qkv_bias", &qkv_bias, "biases in the maps to queries, keys and values alone"},
          {"attention_bias", &attention_bias, "biases in the four maps of attention (llama)"},
          {"mlp_bias", &mlp_bias, "biases in the maps of the feed-forward part (llama)"},
          {"tie_embeddings", &tie_embeddings, "one table for input and output"},
          {"window", &window, "keys that attention sees, 0: all", 0, 1 << 24},
          {"dropout", &dropout, "share of activations zeroed in training", 0, 0.99},
          {"start", &start, "initial weights", -kNone, kNone, {"random", "look_up"}}};
}

void TransformerConfig::validate() const {
  TransformerConfig copy = *this;
  for (const ConfigField& field : copy.fields()) {
    double value = field.min;
    if (const auto* integer = std::get_if<int64_t*>(&field.target)) value = static_cast<double>(**integer);
    if (const auto* real = std::get_if<double*>(&field.target)) value = **real;
    require(value >= field.min && value <= field.max,
            fmt::format("{} is out of range (got {}, expected {} to {})", field.name, field_text(field), field.min,
                        field.max),
            "the config is damaged, or belongs to no model of today");
  }
  require(vocab_size > 0, fmt::format("vocab_size must be positive (got {})", vocab_size), "train a tokenizer first");
  require(width > 0 && layers > 0 && heads > 0 && hidden_width > 0 && context_length > 1,
          fmt::format("width {}, layers {}, heads {}, hidden_width {} and context_length {} must be positive", width,
                      layers, heads, hidden_width, context_length),
          "take a --preset or --depth and change one number at a time");
  require(key_heads > 0 && heads % key_heads == 0,
          fmt::format("key_heads must divide heads (got {} and {})", key_heads, heads), "set key_heads to heads");
  const double per_layer =
      real(width) * (real(heads) + real(key_heads)) * 2 * real(head_width) + 3 * real(width) * real(hidden_width);
  const double parameters = real(layers) * per_layer + real(width) * (2 * real(vocab_size) + real(context_length));
  require(parameters <= kMaxParameters,
          fmt::format("a model of {:.1e} parameters (expected at most {:.0e})", parameters, kMaxParameters),
          "lower width, layers or hidden_width");
  require(heads * head_width <= kMaxQueryWidth,
          fmt::format("heads * head_width is too large (got {} * {}, expected at most {})", heads, head_width,
                      kMaxQueryWidth),
          "the config is damaged, or belongs to no model of today");
  require(head_width > 0 && (positions != "rope" || head_width % 2 == 0),
          fmt::format("head_width must be even for rotary positions (got {})", head_width),
          "choose width / heads so that it is even");
  require((rope_scaling != "llama3" && rope_scaling != "yarn") || rope_original_context > 1,
          fmt::format("rope_scaling {} needs rope_original_context (got {})", rope_scaling, rope_original_context),
          "give the context length of the training before");
  require(rope_scaling != "llama3" || rope_low_frequency_factor < rope_high_frequency_factor,
          fmt::format("rope_low_frequency_factor must be below rope_high_frequency_factor (got {} and {})",
                      rope_low_frequency_factor, rope_high_frequency_factor),
          "llama 3 has 1 and 4");
  require_architecture(*this);
  if (start == "look_up") require_look_up_shape(*this);
}

int64_t TransformerConfig::num_parameters_without_positions() const {
  const int64_t query = heads * head_width, key = key_heads * head_width;
  const int64_t norms_per_block = norm == "layer" ? 4 * width : 2 * width;
  int64_t block = width * (query + 2 * key) + query * width + norms_per_block;
  const int64_t raising_maps = mlp == "swiglu" ? 2 : 1;
  block += (raising_maps + 1) * width * hidden_width;
  if (bias || attention_bias || qkv_bias) block += query + 2 * key;
  if (bias || attention_bias) block += width;
  if (bias || mlp_bias) block += raising_maps * hidden_width + width;
  if (qk_norm) block += 2 * head_width;
  return layers * block + vocab_size * width * (tie_embeddings ? 1 : 2) + (norm == "layer" ? 2 : 1) * width;
}

int64_t TransformerConfig::num_parameters() const {
  return num_parameters_without_positions() + (positions == "learned" ? context_length * width : 0);
}

double TransformerConfig::train_flops_per_token(int64_t sequence_length) const {
  return 6.0 * static_cast<double>(num_parameters_without_positions()) + 12.0 * static_cast<double>(layers) *
                                                                             static_cast<double>(heads * head_width) *
                                                                             static_cast<double>(sequence_length);
}

kernels::RopeScaling rope_scaling(const TransformerConfig& config) {
  using Kind = kernels::RopeScaling::Kind;
  const Kind kind = config.rope_scaling == "linear"   ? Kind::kLinear
                    : config.rope_scaling == "llama3" ? Kind::kLlama3
                    : config.rope_scaling == "yarn"   ? Kind::kYarn
                                                      : Kind::kNone;
  return {.kind = kind,
          .factor = config.rope_scaling_factor,
          .original_context = config.rope_original_context,
          .low_frequency_factor = config.rope_low_frequency_factor,
          .high_frequency_factor = config.rope_high_frequency_factor};
}

kernels::Activation mlp_activation(const TransformerConfig& config) {
  if (config.mlp == "gelu") return kernels::Activation::kGelu;
  if (config.mlp == "gelu_erf") return kernels::Activation::kGeluErf;
  if (config.mlp == "relu2") return kernels::Activation::kRelu2;
  return kernels::Activation::kSilu;
}

}  // namespace vitrine::nn
