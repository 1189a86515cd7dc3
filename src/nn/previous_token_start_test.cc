// What the structured start promises, read off the queries, keys and outputs of an untrained model.
#include "nn/previous_token_start.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>

#include "base/error.h"
#include "support/tiny_model.h"

namespace vitrine::testing {
namespace {

constexpr int64_t kTokens = 48;

nn::TransformerConfig config_with(const std::string& start, int64_t key_heads = 4) {
  return {.vocab_size = 300,
          .width = 128,
          .layers = 2,
          .heads = 4,
          .key_heads = key_heads,
          .head_width = 32,
          .hidden_width = 96,
          .context_length = kTokens,
          .start = start};
}

/// Mean share of attention that tokens of a random text give, in the first layer's `head`, to the token `distance` before.
double share_at_distance(const nn::TransformerConfig& config, uint64_t seed, int64_t head, int64_t distance) {
  const nn::Transformer model(config, seed);
  const autograd::Runtime runtime(1);
  autograd::ExecutionContext context = runtime.execution_context();
  std::map<std::string, Tensor> first_layer;
  context.tap = [&](std::string_view point, int layer, const Tensor& value) {
    if (layer == 0) first_layer[std::string(point)] = value.clone();
  };
  model.hidden(context, {.ids = random_ids(1, kTokens, config.vocab_size, seed)});
  const Tensor &queries = first_layer.at("attention.queries"), &keys = first_layer.at("attention.keys");
  const int64_t width = config.head_width, key_head = head * config.key_heads / config.heads;
  double sum = 0;
  for (int64_t t = distance; t < kTokens; ++t) {
    double total = 0, wanted = 0;
    for (int64_t s = 0; s <= t; ++s) {
      double dot = 0;
      for (int64_t d = 0; d < width; ++d)
        dot += static_cast<double>(queries.f32()[(t * config.heads + head) * width + d]) *
               keys.f32()[(s * config.key_heads + key_head) * width + d];
      const double weight = std::exp(dot / std::sqrt(static_cast<double>(width)));
      total += weight;
      if (s == t - distance) wanted = weight;
    }
    sum += wanted / total;
  }
  return sum / static_cast<double>(kTokens - distance);
}

TEST(PreviousTokenStart, HeadsOfTheFirstLayerLookOneToFourTokensBack) {
  const auto config = config_with("previous_token");
  for (const uint64_t seed : {1, 2}) {
    for (const int64_t distance : {1, 2, 3, 4}) {
      EXPECT_GT(share_at_distance(config, seed, distance - 1, distance), 0.3) << distance;
      EXPECT_LT(share_at_distance(config, seed, distance - 1, distance % 4 + 1), 0.3) << distance;
    }
  }
}

TEST(PreviousTokenStart, QueryHeadsThatShareAKeyHeadLookToTheSamePlace) {
  const auto config = config_with("previous_token", 2);
  for (const int64_t head : {0, 1}) EXPECT_GT(share_at_distance(config, 1, head, 1), 0.3) << head;
}

TEST(PreviousTokenStart, ARandomStartLooksNowhere) {
  for (const int64_t head : {0, 1, 2, 3})
    for (const int64_t distance : {1, 2, 3}) EXPECT_LT(share_at_distance(config_with("random"), 1, head, distance), 0.2);
}

TEST(PreviousTokenStart, DependsOnTheSeedAlone) {
  const auto config = config_with("previous_token");
  nn::Transformer first(config, 5), again(config, 5), other(config, 6);
  const auto a = first.parameters(), b = again.parameters(), c = other.parameters();
  for (size_t i = 0; i < a.size(); ++i) {
    const size_t bytes = static_cast<size_t>(a[i]->data().num_bytes());
    EXPECT_EQ(std::memcmp(a[i]->data().f32(), b[i]->data().f32(), bytes), 0) << a[i]->name;
    if (a[i]->role == autograd::ParameterRole::kVector) continue;
    EXPECT_NE(std::memcmp(a[i]->data().f32(), c[i]->data().f32(), bytes), 0) << a[i]->name;
  }
}

TEST(PreviousTokenStart, NeedsRotaryPositionsAndQkNorm) {
  nn::TransformerConfig config = tiny_gpt2();
  config.start = "previous_token";
  EXPECT_THROW(config.validate(), Error);
  config = config_with("previous_token");
  EXPECT_NO_THROW(config.validate());
  config.head_width = 256;
  EXPECT_THROW(config.validate(), Error);
}

}  // namespace
}  // namespace vitrine::testing
