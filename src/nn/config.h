// The shape of a decoder-only transformer.
#pragma once

#include <string>

#include "base/config_field.h"
#include "kernels/gemm.h"
#include "kernels/rope_scaling.h"

namespace vitrine::nn {

/// Everything that decides the shape of the network; weights come separately.
struct TransformerConfig {
  std::string architecture = "qwen3";  ///< how it is written to and read from files
  int64_t vocab_size = 0;
  int64_t width = 0;         ///< C
  int64_t layers = 0;        ///< L
  int64_t heads = 0;         ///< H
  int64_t key_heads = 0;     ///< G
  int64_t head_width = 0;    ///< D
  int64_t hidden_width = 0;  ///< F
  int64_t context_length = 0;
  std::string norm = "rms";  ///< rms or layer
  double norm_eps = 1e-6;
  std::string mlp = "swiglu";      ///< swiglu, gelu, gelu_erf or relu2
  std::string positions = "rope";  ///< rope or learned
  double rope_theta = 10000;
  /// none, linear, llama3 or yarn: how a longer context than in training is met. dynamic is none within the context: it
  /// changes all angles with each token beyond, and keys in a cache do not follow.
  std::string rope_scaling = "none";
  double rope_scaling_factor = 1;         ///< how much longer
  int64_t rope_original_context = 0;      ///< llama3, yarn: context in training
  double rope_low_frequency_factor = 1;   ///< llama3: waves longer than original / this are stretched by the factor
  double rope_high_frequency_factor = 4;  ///< llama3: waves shorter than original / this stay
  bool qk_norm = true;
  bool bias = false;            ///< biases in linear maps
  bool qkv_bias = false;        ///< biases in the maps to queries, keys and values alone
  bool attention_bias = false;  ///< biases in the four maps of attention
  bool mlp_bias = false;        ///< biases in the maps of the feed-forward part
  bool tie_embeddings = true;
  int64_t window = 0;  ///< keys that attention sees, 0: all
  double dropout = 0;
  std::string start = "random";  ///< random, or look_up: see nn/look_up_start.h

  ConfigFields fields();
  /// Errors: kInvalidArgument naming what is impossible and what would fit.
  void validate() const;
  /// Trainable numbers; a tied head counts once.
  int64_t num_parameters() const;
  /// The same without position embeddings, as figures of merit count it.
  int64_t num_parameters_without_positions() const;
  /// Floating point operations of forward and backward for one token at sequence length T: 6 N + 12 L C T.
  /// Source: Chowdhery et al. 2022, arXiv:2204.02311, appendix B.
  double train_flops_per_token(int64_t sequence_length) const;
};

/// The rotary part of a config as its kernel takes it.
kernels::RopeScaling rope_scaling(const TransformerConfig& config);

/// Maps mlp's name to the activation; kSilu stands for the gated form.
kernels::Activation mlp_activation(const TransformerConfig& config);

}  // namespace vitrine::nn
