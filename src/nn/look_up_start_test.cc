// What the structured start promises, read off the queries, keys and outputs of an untrained model.
#include "nn/look_up_start.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

#include "base/error.h"
#include "support/tiny_model.h"

namespace vitrine::testing {
namespace {

constexpr int64_t kTokens = 48, kVocabulary = 300;
constexpr uint64_t kTexts = 8;

nn::TransformerConfig config_with(const std::string& start, int64_t heads = 6) {
  return {.vocab_size = kVocabulary,
          .width = 128,
          .layers = 3,
          .heads = heads,
          .key_heads = heads,
          .head_width = 32,
          .hidden_width = 96,
          .context_length = kTokens,
          .start = start};
}

/// Attention of one layer over one text, and the stream behind it.
struct Pass {
  Tensor queries, keys, attended;
  int64_t heads, head_width;

  /// The share of attention that token t gives to each token up to it.
  std::vector<double> shares(int64_t head, int64_t t) const {
    std::vector<double> weights;
    for (int64_t s = 0; s <= t; ++s) {
      double dot = 0;
      for (int64_t d = 0; d < head_width; ++d)
        dot += static_cast<double>(queries.f32()[(t * heads + head) * head_width + d]) *
               keys.f32()[(s * heads + head) * head_width + d];
      weights.push_back(std::exp(dot / std::sqrt(static_cast<double>(head_width))));
    }
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double& weight : weights) weight /= total;
    return weights;
  }
};

Pass run(const nn::Transformer& model, const Tensor& ids, int layer) {
  const autograd::Runtime runtime(1);
  autograd::ExecutionContext context = runtime.execution_context();
  Pass pass{.heads = model.config().heads, .head_width = model.config().head_width};
  context.tap = [&](std::string_view point, int at, const Tensor& value) {
    if (at == layer && point == "attention.queries") pass.queries = value.clone();
    if (at == layer && point == "attention.keys") pass.keys = value.clone();
    if (at == layer && point == "block.attention") pass.attended = value.clone();
  };
  model.hidden(context, {.ids = ids});
  return pass;
}

Pass run_first_layer(const nn::TransformerConfig& config, uint64_t seed) {
  return run(nn::Transformer(config, seed), random_ids(1, kTokens, kVocabulary, seed), 0);
}

/// Mean share of attention that tokens give, in `head`, to the token `distance` before.
double share_at_distance(const Pass& pass, int64_t head, int64_t distance) {
  double sum = 0;
  for (int64_t t = distance; t < kTokens; ++t) sum += pass.shares(head, t)[static_cast<size_t>(t - distance)];
  return sum / static_cast<double>(kTokens - distance);
}

/// All tokens differ but for one: what the last token asks for stands once more, where the look-up should find it.
struct AskedText {
  Tensor ids;
  int64_t found;   ///< the token that the look-up should attend to
  int32_t answer;  ///< the token that it should copy
};

AskedText asked_text(const nn::LookUp& look_up, uint64_t seed) {
  std::vector<int32_t> order(kVocabulary);
  std::iota(order.begin(), order.end(), 0);
  Rng rng(seed, 9);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.next_below(i)]);
  const int64_t found = 8 + static_cast<int64_t>(rng.next_below(24));
  const Tensor ids = Tensor::empty({1, kTokens}, DType::kI32);
  std::copy_n(order.begin(), kTokens, ids.i32());
  ids.i32()[kTokens - 1 - look_up.asked] = ids.i32()[found - look_up.found];
  return {ids, found, ids.i32()[found - look_up.answer]};
}

/// Mean share of attention that the look-up's head gives, in the second layer, to the token that it should find.
double share_of_found(const nn::TransformerConfig& config, size_t head) {
  double sum = 0;
  for (uint64_t seed = 0; seed < kTexts; ++seed) {
    const AskedText text = asked_text(nn::kLookUps[head], seed);
    const Pass pass = run(nn::Transformer(config, seed), text.ids, 1);
    sum += pass.shares(static_cast<int64_t>(head), kTokens - 1)[static_cast<size_t>(text.found)];
  }
  return sum / kTexts;
}

/// How much of an embedding's change at the token to be copied arrives at the last token, behind the second layer's
/// attention: mean over texts of the projection on the change.
double share_copied(const nn::TransformerConfig& config, size_t head) {
  double sum = 0;
  for (uint64_t seed = 0; seed < kTexts; ++seed) {
    const AskedText text = asked_text(nn::kLookUps[head], seed);
    nn::Transformer model(config, seed);
    const Tensor& embeddings = model.parameters().front()->data();
    const Tensor before = run(model, text.ids, 1).attended;
    const int32_t other = text.ids.i32()[0];
    text.ids.i32()[text.found - nn::kLookUps[head].answer] = other;
    const Tensor after = run(model, text.ids, 1).attended;
    double dot = 0, squares = 0;
    for (int64_t c = 0; c < config.width; ++c) {
      const double change = static_cast<double>(embeddings.f32()[other * config.width + c]) -
                            embeddings.f32()[text.answer * config.width + c];
      const int64_t at = (kTokens - 1) * config.width + c;
      dot += change * (static_cast<double>(after.f32()[at]) - before.f32()[at]);
      squares += change * change;
    }
    sum += dot / squares;
  }
  return sum / kTexts;
}

TEST(LookUpStart, HeadsOfTheFirstLayerLookBack) {
  for (const uint64_t seed : {1, 2}) {
    const Pass pass = run_first_layer(config_with("look_up"), seed);
    for (size_t head = 0; head < nn::kLookBackDistances.size(); ++head) {
      for (const int64_t distance : nn::kLookBackDistances) {
        const double share = share_at_distance(pass, static_cast<int64_t>(head), distance);
        if (distance == nn::kLookBackDistances[head]) {
          EXPECT_GT(share, 0.3) << distance;
        } else {
          EXPECT_LT(share, 0.3) << distance;
        }
      }
    }
  }
}

TEST(LookUpStart, HeadsOfTheSecondLayerFindWhatIsAskedFor) {
  for (size_t head = 0; head < nn::kLookUps.size(); ++head) {
    EXPECT_GT(share_of_found(config_with("look_up"), head), 0.1) << head;
    EXPECT_LT(share_of_found(config_with("random"), head), 0.05) << head;
  }
}

TEST(LookUpStart, HeadsOfTheSecondLayerCopyTheAnswer) {
  for (size_t head = 0; head < nn::kLookUps.size(); ++head) {
    EXPECT_GT(share_copied(config_with("look_up"), head), 0.012) << head;
    EXPECT_LT(share_copied(config_with("random"), head), 0.006) << head;
  }
}

TEST(LookUpStart, ARandomStartLooksNowhere) {
  const Pass pass = run_first_layer(config_with("random"), 1);
  for (const int64_t head : {0, 1, 2, 3, 4, 5})
    for (const int64_t distance : nn::kLookBackDistances) EXPECT_LT(share_at_distance(pass, head, distance), 0.2);
}

TEST(LookUpStart, FewHeadsLookBackToTheNearestTokensOnly) {
  const Pass pass = run_first_layer(config_with("look_up", 2), 1);
  for (const int64_t head : {0, 1}) EXPECT_GT(share_at_distance(pass, head, head + 1), 0.3);
}

TEST(LookUpStart, DependsOnTheSeedAlone) {
  const auto config = config_with("look_up");
  nn::Transformer first(config, 5), again(config, 5), other(config, 6);
  const auto a = first.parameters(), b = again.parameters(), c = other.parameters();
  for (size_t i = 0; i < a.size(); ++i) {
    const size_t bytes = static_cast<size_t>(a[i]->data().num_bytes());
    EXPECT_EQ(std::memcmp(a[i]->data().f32(), b[i]->data().f32(), bytes), 0) << a[i]->name;
    if (a[i]->role == autograd::ParameterRole::kVector) continue;
    EXPECT_NE(std::memcmp(a[i]->data().f32(), c[i]->data().f32(), bytes), 0) << a[i]->name;
  }
}

TEST(LookUpStart, NeedsRotaryPositionsQkNormAndAKeyHeadForEachHead) {
  nn::TransformerConfig config = tiny_gpt2();
  config.start = "look_up";
  EXPECT_THROW(config.validate(), Error);
  config = config_with("look_up");
  EXPECT_NO_THROW(config.validate());
  config.head_width = 256;
  EXPECT_THROW(config.validate(), Error);
  config = config_with("look_up");
  config.key_heads = 2;
  EXPECT_THROW(config.validate(), Error);
}

}  // namespace
}  // namespace vitrine::testing
