#include "eval/grammar_share.h"

#include <gtest/gtest.h>

#include <set>

#include "infer/sampler.h"
#include "model/model_folder.h"
#include "support/small_tokenizer.h"
#include "support/tiny_model.h"

namespace vitrine::testing {
namespace {

constexpr int64_t kSamples = 24;

std::set<std::string> texts_of(const model::LoadedModel& model, int64_t seed) {
  const autograd::Runtime runtime(1);
  const eval::GrammarShare share = eval::grammar_share(model, runtime, data::Level::kSmall,
                                                       {.temperature = 1, .top_p = 1, .seed = seed}, kSamples, 8);
  std::set<std::string> texts;
  for (const eval::CheckedSample& sample : share.samples) texts.insert(sample.text);
  return texts;
}

TEST(GrammarShare, NeighbouringSeedsDrawOtherSamples) {
  nn::TransformerConfig config = tiny_qwen3();
  config.vocab_size = small_tokenizer().vocab_size();
  const model::LoadedModel model{.transformer = std::make_unique<nn::Transformer>(config, 1),
                                 .tokenizer = small_tokenizer(),
                                 .folder = {},
                                 .refused_checkpoints = {}};
  const std::set<std::string> first = texts_of(model, 11);
  EXPECT_EQ(first, texts_of(model, 11));
  for (const std::string& text : texts_of(model, 12)) EXPECT_FALSE(first.contains(text)) << text;
}

TEST(GrammarShare, SeedsOfSamplesAreDistinctAndLegal) {
  std::set<int64_t> seen;
  for (const int64_t seed : {0, 1, 2, 701}) {
    for (int64_t index = 0; index < 500; ++index) {
      infer::SamplingSettings settings{.seed = eval::sample_seed(seed, index)};
      EXPECT_TRUE(seen.insert(settings.seed).second) << seed << ' ' << index;
      for (const ConfigField& field : settings.fields()) {
        if (field.name != "seed") continue;
        EXPECT_GE(static_cast<double>(settings.seed), field.min);
        EXPECT_LE(static_cast<double>(settings.seed), field.max);
      }
    }
  }
}

}  // namespace
}  // namespace vitrine::testing
