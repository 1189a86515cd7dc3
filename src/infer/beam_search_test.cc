// Beams against an exhaustive search of every continuation.
#include "infer/beam_search.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "support/tiny_model.h"

namespace vitrine::infer {
namespace {

nn::Transformer small_model() {
  nn::TransformerConfig config = testing::tiny_qwen3();
  config.vocab_size = 5;
  config.tie_embeddings = false;
  nn::Transformer model(config, 3);
  for (nn::Parameter* parameter : model.parameters())
    if (parameter->name == "lm_head.weight") {
      for (float& value : parameter->data().floats()) value *= 30;
      parameter->weight.mark_changed();
    }
  return model;
}

/// Natural log-probability of a continuation, by one full pass.
double log_probability_of(const nn::Transformer& model, const std::vector<int32_t>& prompt,
                          const std::vector<int32_t>& rest) {
  const autograd::Runtime runtime(1);
  autograd::ExecutionContext context = runtime.execution_context();
  std::vector<int32_t> ids = prompt;
  ids.insert(ids.end(), rest.begin(), rest.end());
  const auto count = static_cast<int64_t>(ids.size());
  const Tensor logits =
      model.logits(context, model.hidden(context, {.ids = Tensor::from_ints({1, count}, ids)})).reshaped({count, 5});
  double sum = 0;
  for (size_t i = 0; i < rest.size(); ++i) {
    const auto row = static_cast<int64_t>(prompt.size() + i) - 1;
    double total = 0;
    for (const float logit : logits.slice_rows(row, row + 1).floats()) total += std::exp(static_cast<double>(logit));
    sum += static_cast<double>(logits.f32()[row * 5 + rest[i]]) - std::log(total);
  }
  return sum;
}

const std::vector<int32_t> kPrompt{1, 2, 0, 3};

TEST(BeamSearch, WithEnoughBeamsFindsTheBestOfAllContinuations) {
  const nn::Transformer model = small_model();
  std::vector<std::pair<double, std::vector<int32_t>>> all;
  for (int32_t number = 0; number < 625; ++number) {
    const std::vector<int32_t> rest{number / 125, number / 25 % 5, number / 5 % 5, number % 5};
    all.emplace_back(log_probability_of(model, kPrompt, rest), rest);
  }
  std::sort(all.rbegin(), all.rend());
  const auto beams = beam_search(model, autograd::Runtime(2), kPrompt, {.num_beams = 64, .max_tokens = 4});
  ASSERT_EQ(beams.size(), 64u);
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(beams[i].ids, all[i].second) << i;
    EXPECT_NEAR(beams[i].log_probability, all[i].first, 1e-9);
    EXPECT_NEAR(beams[i].score, all[i].first / 4, 1e-9);
  }
}

TEST(BeamSearch, OneBeamIsGreedyDecoding) {
  const nn::Transformer model = small_model();
  const auto beams = beam_search(model, autograd::Runtime(1), kPrompt, {.num_beams = 1, .max_tokens = 12});
  ASSERT_EQ(beams.size(), 1u);
  std::vector<int32_t> greedy;
  for (int i = 0; i < 12; ++i) {
    std::vector<double> next;
    for (int32_t id = 0; id < 5; ++id) {
      std::vector<int32_t> rest = greedy;
      rest.push_back(id);
      next.push_back(log_probability_of(model, kPrompt, rest));
    }
    greedy.push_back(static_cast<int32_t>(std::max_element(next.begin(), next.end()) - next.begin()));
  }
  EXPECT_EQ(beams[0].ids, greedy);
}

TEST(BeamSearch, AStopTokenEndsABeamAndCountsInItsScore) {
  const nn::Transformer model = small_model();
  bool is_any_ended = false;
  for (int32_t stop = 0; stop < 5; ++stop) {
    const double exponent = stop % 2;
    const auto beams = beam_search(model, autograd::Runtime(1), kPrompt,
                                   {.num_beams = 4, .max_tokens = 8, .stop_ids = {stop}, .length_exponent = exponent});
    for (size_t i = 0; i < beams.size(); ++i) {
      std::vector<int32_t> whole = beams[i].ids;
      if (beams[i].is_ended) whole.push_back(stop);
      is_any_ended = is_any_ended || beams[i].is_ended;
      EXPECT_EQ(std::count(beams[i].ids.begin(), beams[i].ids.end(), stop), 0);
      EXPECT_NEAR(beams[i].log_probability, log_probability_of(model, kPrompt, whole), 1e-9);
      if (i > 0) {
        EXPECT_GE(beams[i - 1].score, beams[i].score);
      }
    }
  }
  EXPECT_TRUE(is_any_ended);
}

TEST(BeamSearch, EndsWithTheContextAndRefusesWhatCannotBe) {
  const nn::Transformer model = small_model();  // a context of 32
  const autograd::Runtime runtime(1);
  const auto beams = beam_search(model, runtime, kPrompt, {.num_beams = 2, .max_tokens = 500});
  EXPECT_EQ(beams[0].ids.size(), 29u);  // the last is drawn and never read
  EXPECT_THROW(beam_search(model, runtime, {}, {}), Error);
  EXPECT_THROW(beam_search(model, runtime, std::vector<int32_t>{5}, {}), Error);
  EXPECT_THROW(beam_search(model, runtime, kPrompt, {.num_beams = 0}), Error);
  EXPECT_THROW(beam_search(model, runtime, std::vector<int32_t>(32, 1), {}), Error);
}

}  // namespace
}  // namespace vitrine::infer
