// What the tests of the engine share: random requests, and runs of them alone and together.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <vector>

#include "core/blocks.h"
#include "infer/engine.h"
#include "support/tiny_model.h"

namespace vitrine::infer::engine_testing {

inline const autograd::Runtime& runtime() {
  static const autograd::Runtime kRuntime(2);
  return kRuntime;
}

inline std::vector<int32_t> some_ids(int64_t count, uint64_t seed, int64_t vocabulary = 37) {
  const Tensor ids = testing::random_ids(1, count, vocabulary, seed);
  return {ids.ints().begin(), ids.ints().end()};
}

inline nn::TransformerConfig long_qwen3() {
  nn::TransformerConfig config = testing::tiny_qwen3();
  config.context_length = 300;
  return config;
}

/// The weights of a model rounded to blocks, as model files hold them.
inline void quantize_weights(nn::Transformer& model, DType dtype) {
  model.visit([&](nn::Parameter& parameter) {
    if (parameter.shape().rank() != 2) return;
    const Tensor rows = Tensor::empty(parameter.shape(), dtype);
    quantize(dtype, parameter.data().floats(), {rows.data(), static_cast<size_t>(rows.num_bytes())});
    parameter.weight.assign(autograd::StoredWeight{.rows = rows});
    parameter.trainable = false;
  });
}

inline nn::TransformerConfig wide_qwen3() {
  nn::TransformerConfig config = testing::tiny_qwen3();
  config.width = 64, config.hidden_width = 128, config.head_width = 32;
  return config;
}

/// Every matrix has rows of whole blocks of 256.
inline nn::TransformerConfig wider_qwen3() {
  nn::TransformerConfig config = testing::tiny_qwen3();
  config.width = 256, config.hidden_width = 256, config.head_width = 64;
  return config;
}

inline Request request_of(std::vector<int32_t> prompt, const SamplingSettings& sampling, int64_t max_tokens) {
  Request request;
  request.segments = {{.ids = std::move(prompt)}};
  request.sampling = sampling;
  request.max_tokens = max_tokens;
  return request;
}

/// Of any length that fits a context of 32, greedy or drawn, with penalties or without; many prompts begin alike.
inline Request random_request(uint64_t seed, const nn::TransformerConfig& config) {
  Rng rng(seed, 79);
  std::vector<int32_t> prompt = some_ids(8, rng.next_below(3), config.vocab_size);
  prompt.resize(1 + rng.next_below(8));
  for (uint64_t i = 0, more = rng.next_below(9); i < more; ++i)
    prompt.push_back(static_cast<int32_t>(rng.next_below(3)));
  SamplingSettings sampling{.temperature = rng.next_below(3) == 0 ? 0.0 : 1.0,
                            .top_p = rng.next_below(2) == 0 ? 1.0 : 0.9,
                            .repeat_penalty = rng.next_below(2) == 0 ? 1.0 : 1.3,
                            .seed = static_cast<int64_t>(seed)};
  Request request = request_of(std::move(prompt), sampling, 1 + static_cast<int64_t>(rng.next_below(14)));
  if (rng.next_below(2) == 0) request.stop_ids = {static_cast<int32_t>(rng.next_below(37))};
  return request;
}

/// A text and every log-probability on its way, so that runs can be compared bit by bit.
struct Text {
  std::vector<int32_t> ids;
  std::vector<double> log_probabilities;
  StopReason reason = StopReason::kLength;

  bool operator==(const Text&) const = default;
};

/// The request with its tokens written down in `text`, which outlives it.
inline Request observe(Request request, Text& text) {
  request.on_token = [&text](const SampledToken& token) {
    text.ids.push_back(token.id);
    text.log_probabilities.push_back(token.raw_log_probability);
    text.log_probabilities.push_back(token.kept_log_probability);
    return true;
  };
  return request;
}

inline std::vector<Text> run_together(Engine& engine, const std::vector<Request>& requests) {
  std::vector<Text> texts(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    Request request = observe(requests[i], texts[i]);
    request.on_finish = [&texts, i](const Completion& done) {
      EXPECT_EQ(done.ids, texts[i].ids);
      texts[i].reason = done.reason;
    };
    engine.submit(std::move(request));
  }
  engine.run();
  return texts;
}

/// In an engine that nobody used before, without speculation.
inline Text run_alone(const nn::Transformer& model, Request request, const EngineOptions& options = {}) {
  Engine engine(model, runtime(), options);
  request.speculation = Speculation::kNone;
  return run_together(engine, {std::move(request)}).front();
}

}  // namespace vitrine::infer::engine_testing
