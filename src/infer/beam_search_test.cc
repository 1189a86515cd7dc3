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

TEST(BeamSearch, RowsBeyondTheTokensAreNoContinuation) {
  const auto beams = beam_search(small_model(), autograd::Runtime(2), kPrompt,
                                 {.num_beams = 64, .max_tokens = 4, .drawable_tokens = 3});
  ASSERT_EQ(beams.size(), 64u);
  for (const Beam& beam : beams)
    for (const int32_t id : beam.ids) EXPECT_LT(id, 3);
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

Tensor random_matrix(int64_t rows, int64_t columns, Rng& rng) {
  const Tensor matrix = Tensor::empty({rows, columns});
  for (float& value : matrix.floats()) value = static_cast<float>(0.3 * rng.next_normal());
  return matrix;
}

struct NaiveBeam {
  std::vector<int32_t> ids;
  double log_probability = 0, score = 0;
};

/// The same search by its rule alone: every candidate by a full pass, nothing shared, all kept until they are sorted.
std::vector<NaiveBeam> naive_search(const nn::Transformer& model, const BeamSearchOptions& options) {
  const auto most = static_cast<size_t>(options.num_beams);
  const auto is_better = [](const NaiveBeam& a, const NaiveBeam& b) { return a.score > b.score; };
  const auto cut = [&](std::vector<NaiveBeam>& beams) {
    std::stable_sort(beams.begin(), beams.end(), is_better);
    beams.resize(std::min(beams.size(), most));
  };
  std::vector<NaiveBeam> open{{}}, ended;
  for (int64_t length = 1; length <= options.max_tokens; ++length) {
    std::vector<NaiveBeam> candidates;
    for (const NaiveBeam& beam : open)
      for (int32_t id = 0; id < 5; ++id) {
        NaiveBeam next{beam.ids};
        next.ids.push_back(id);
        next.log_probability = log_probability_of(model, kPrompt, next.ids);
        next.score = next.log_probability / std::pow(static_cast<double>(length), options.length_exponent);
        candidates.push_back(next);
      }
    std::stable_sort(candidates.begin(), candidates.end(), is_better);
    open.clear();
    for (size_t rank = 0; rank < candidates.size(); ++rank) {
      const bool ends = std::count(options.stop_ids.begin(), options.stop_ids.end(), candidates[rank].ids.back()) > 0;
      if (ends && rank < most) ended.push_back(candidates[rank]);
      if (!ends && open.size() < most) open.push_back(candidates[rank]);
    }
    cut(ended);
    if (ended.size() == most && ended.back().score >= open.front().score) break;
  }
  ended.insert(ended.end(), open.begin(), open.end());
  cut(ended);
  return ended;
}

TEST(BeamSearch, FollowsItsRuleWithAnyStopTokensAndPenalty) {
  const nn::Transformer model = small_model();
  const std::vector<std::vector<int32_t>> all_stops{{0}, {3}, {1, 4}, {0, 2, 3}};
  size_t num_ended = 0, num_open = 0;
  for (const std::vector<int32_t>& stops : all_stops)
    for (const double exponent : {-1.0, 0.0, 1.0, 3.0})
      for (const int64_t num_beams : {1, 2, 3}) {
        const BeamSearchOptions options{
            .num_beams = num_beams, .max_tokens = 6, .stop_ids = stops, .length_exponent = exponent};
        const auto beams = beam_search(model, autograd::Runtime(1), kPrompt, options);
        const auto expected = naive_search(model, options);
        ASSERT_EQ(beams.size(), expected.size());
        for (size_t i = 0; i < beams.size(); ++i) {
          std::vector<int32_t> ids = expected[i].ids;
          if (beams[i].is_ended) ids.pop_back();
          EXPECT_EQ(beams[i].ids, ids) << num_beams << " beams, exponent " << exponent;
          EXPECT_NEAR(beams[i].score, expected[i].score, 1e-9);
          ++(beams[i].is_ended ? num_ended : num_open);
        }
      }
  EXPECT_GT(num_ended, 20u);
  EXPECT_GT(num_open, 5u);
}

TEST(BeamSearch, GoesThroughAnAdapterAsThroughItsMergedWeights) {
  nn::Transformer model = small_model();
  nn::Adapter adapter;
  Rng rng(1, 80);
  for (nn::Parameter* const parameter : model.parameters()) {
    if (parameter->role != autograd::ParameterRole::kMatrix && parameter->name != "lm_head.weight") continue;
    const int64_t out = parameter->shape()[0], in = parameter->shape()[1];
    adapter.maps[parameter->name] = {random_matrix(2, in, rng), random_matrix(out, 2, rng), 0.5f};
  }
  ASSERT_FALSE(adapter.maps.empty());
  BeamSearchOptions options{.num_beams = 3, .max_tokens = 8};
  const auto plain = beam_search(model, autograd::Runtime(1), kPrompt, options);
  options.adapter = &adapter;
  const auto adapted = beam_search(model, autograd::Runtime(1), kPrompt, options);
  nn::merge_adapter(model, adapter);
  options.adapter = nullptr;
  const auto merged = beam_search(model, autograd::Runtime(1), kPrompt, options);
  ASSERT_EQ(adapted.size(), merged.size());
  for (size_t i = 0; i < merged.size(); ++i) {
    EXPECT_EQ(adapted[i].ids, merged[i].ids);
    EXPECT_NEAR(adapted[i].log_probability, merged[i].log_probability, 1e-4);
  }
  EXPECT_GT(std::abs(adapted[0].log_probability - plain[0].log_probability), 1e-3);
}

TEST(BeamSearch, EndsWhenItIsToldTo) {
  const nn::Transformer model = small_model();
  BeamSearchOptions options{.num_beams = 2, .max_tokens = 20};
  options.on_step = [](int64_t num_tokens) { return num_tokens < 3; };
  const auto beams = beam_search(model, autograd::Runtime(1), kPrompt, options);
  ASSERT_EQ(beams.size(), 2u);
  for (const Beam& beam : beams) {
    EXPECT_EQ(beam.ids.size(), 3u);
    EXPECT_FALSE(beam.is_ended);
  }
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
