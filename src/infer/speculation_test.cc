// Speculation changes how soon a text is there and nothing else.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "infer/engine_testing.h"
#include "infer/session.h"

namespace vitrine::infer {
namespace {

using namespace engine_testing;  // NOLINT: written for these tests

constexpr Speculation kBoth[] = {Speculation::kLookup, Speculation::kDraftModel};

std::vector<double> next_probabilities(const nn::Transformer& model, const std::vector<int32_t>& ids) {
  autograd::ExecutionContext context = runtime().execution_context();
  const auto count = static_cast<int64_t>(ids.size());
  const Tensor logits = model.logits(context, model.hidden(context, {.ids = Tensor::from_ints({1, count}, ids)}))
                            .reshaped({count, model.config().vocab_size})
                            .slice_rows(count - 1, count);
  std::vector<double> p;
  double sum = 0;
  for (const float logit : logits.floats()) sum += p.emplace_back(std::exp(static_cast<double>(logit)));
  for (double& each : p) each /= sum;
  return p;
}

/// Sharper than an untrained model, whose tokens are all alike.
nn::Transformer sharp_model(uint64_t seed, float factor = 20) {
  nn::TransformerConfig config = testing::tiny_qwen3();
  config.tie_embeddings = false;
  nn::Transformer model(config, seed);
  for (nn::Parameter* parameter : model.parameters())
    if (parameter->name == "lm_head.weight") {
      for (float& value : parameter->data().floats()) value *= factor;
      parameter->weight.mark_changed();
    }
  return model;
}

double excess_chi_square(const std::vector<int64_t>& counts, const std::vector<double>& p) {
  double draws = 0, statistic = 0, degrees = -1;
  for (const int64_t count : counts) draws += static_cast<double>(count);
  for (size_t i = 0; i < p.size(); ++i) {
    const double expected = draws * p[i];
    if (expected < 1) continue;  // too rare to count
    statistic += (static_cast<double>(counts[i]) - expected) * (static_cast<double>(counts[i]) - expected) / expected;
    ++degrees;
  }
  return (statistic - degrees) / std::sqrt(2 * degrees);
}

TEST(Speculation, GreedyTextIsTheSameStreamedBatchedAndWithOrWithoutPrefixCacheAndSpeculation) {
  for (const auto& config : testing::tiny_configs()) {
    const nn::Transformer model(config, 7), other(config, 8);
    std::vector<Request> requests;
    for (uint64_t i = 0; i < 6; ++i) requests.push_back(request_of(some_ids(7, i / 2), {.temperature = 0}, 20));
    std::vector<Text> want;
    for (const Request& request : requests) want.push_back(run_alone(model, request));
    for (const nn::Transformer* draft : {&model, &other})
      for (const bool share : {true, false})
        for (const Speculation speculation : {Speculation::kNone, Speculation::kLookup, Speculation::kDraftModel}) {
          for (Request& request : requests) request.speculation = speculation;
          Engine engine(model, runtime(), {.cache_tokens = 400, .share_prefixes = share, .draft_model = draft});
          EXPECT_EQ(run_together(engine, requests), want) << config.architecture;
        }
  }
}

TEST(Speculation, GreedyTextIsTheSameWhereTargetAndDraftAreInBlocks) {
  for (const DType dtype : {DType::kQ8_0, DType::kQ4_K, DType::kBF16}) {
    nn::Transformer model(wider_qwen3(), 7), draft(wider_qwen3(), 7);
    quantize_weights(model, dtype), quantize_weights(draft, DType::kQ4_0);
    int64_t accepted = 0;
    for (uint64_t seed = 0; seed < 4; ++seed) {
      Request request = request_of(some_ids(7, seed), {.temperature = 0}, 20);
      const Text want = run_alone(model, request);
      request.speculation = Speculation::kDraftModel;
      Engine engine(model, runtime(), {.draft_model = &draft});
      EXPECT_EQ(run_together(engine, {request}).front(), want) << dtype_name(dtype) << " " << seed;
      accepted += engine.statistics().accepted_tokens;
    }
    EXPECT_GT(accepted, 0) << dtype_name(dtype);
  }
}

TEST(Speculation, DrawnTextIsTheSameSeedBySeed) {
  const nn::Transformer model = sharp_model(7), other = sharp_model(8);
  int64_t accepted = 0;
  for (int64_t seed = 0; seed < 40; ++seed)
    for (const Speculation speculation : kBoth) {
      Request request = request_of({1, 2, 3, 1, 2, 3, 1, 2}, {.temperature = 1, .top_p = 0.9, .seed = seed}, 20);
      const Text plain = run_alone(model, request);
      Engine engine(model, runtime(), {.draft_model = &other});
      request.speculation = speculation;
      EXPECT_EQ(run_together(engine, {request}).front(), plain) << seed;
      accepted += engine.statistics().accepted_tokens;
    }
  EXPECT_GT(accepted, 0);
}

TEST(Speculation, ADraftModelThatIsTheModelIsAlwaysRight) {
  const nn::Transformer model = sharp_model(7);
  Engine engine(model, runtime(), {.draft_model = &model});
  Completion done;
  Request request = request_of({1, 2, 3}, {.temperature = 1, .repeat_penalty = 1.3}, 25);
  request.speculation = Speculation::kDraftModel;
  request.on_finish = [&](const Completion& each) { done = each; };
  engine.submit(request);
  engine.run();
  EXPECT_EQ(done.ids.size(), 25u);
  EXPECT_GT(done.drafted_tokens, 15);
  EXPECT_EQ(done.accepted_tokens, done.drafted_tokens);
  EXPECT_LT(engine.statistics().num_steps, 10);
}

TEST(Speculation, LookUpReadsARepeatingTextSeveralTokensAStep) {
  // Greedy decoding of a tiny model runs into a loop, which look-up then foresees.
  nn::TransformerConfig config = long_qwen3();
  const nn::Transformer model(config, 7);
  Engine engine(model, runtime());
  Request request = request_of({1, 2, 3}, {.temperature = 0}, 200);
  request.speculation = Speculation::kLookup;
  engine.submit(request);
  engine.run();
  EXPECT_GT(engine.statistics().accepted_tokens, 100);
  EXPECT_LT(engine.statistics().num_steps, 120);
}

/// 20,000 texts of two tokens, drawn while guesses were checked, against the model's own probabilities.
TEST(Speculation, SampledFrequenciesAtTemperatureOneAreThoseOfPlainDecoding) {
  const nn::Transformer model = sharp_model(7), other = sharp_model(7, 12);
  std::vector<int32_t> prompt;  // of those that look-up would go on with t, one where t is probable
  std::vector<double> first;
  double best = 0;
  for (int32_t t = 0; t < 37; ++t) {
    const std::vector<int32_t> candidate{1, 2, 3, t, 1, 2, 3, t, 1, 2, 3};
    const std::vector<double> p = next_probabilities(model, candidate);
    if (p[static_cast<size_t>(t)] > best) best = p[static_cast<size_t>(t)], prompt = candidate, first = p;
  }
  ASSERT_GT(best, 0.05);
  ASSERT_LT(best, 0.95);
  std::vector<double> second(first.size());
  for (size_t a = 0; a < first.size(); ++a) {
    std::vector<int32_t> longer = prompt;
    longer.push_back(static_cast<int32_t>(a));
    const std::vector<double> p = next_probabilities(model, longer);
    for (size_t b = 0; b < p.size(); ++b) second[b] += first[a] * p[b];
  }
  for (const Speculation speculation : kBoth) {
    SCOPED_TRACE(speculation == Speculation::kLookup ? "lookup" : "draft model");
    Engine engine(model, runtime(), {.cache_tokens = 16 * 32, .draft_model = &other});
    std::vector<int64_t> first_counts(first.size()), second_counts(first.size());
    Request request = request_of(prompt, {.temperature = 1, .top_p = 1}, 2);
    request.speculation = speculation;
    request.on_finish = [&](const Completion& done) {
      ++first_counts[static_cast<size_t>(done.ids[0])];
      ++second_counts[static_cast<size_t>(done.ids[1])];
    };
    for (int64_t seed = 0; seed < 20000; ++seed) {
      request.sampling.seed = seed;
      engine.submit(request);
      if (seed % 16 == 15) engine.run();
    }
    engine.run();
    EXPECT_LT(excess_chi_square(first_counts, first), 4.0);
    EXPECT_LT(excess_chi_square(second_counts, second), 4.0);
    EXPECT_GT(excess_chi_square(first_counts, second), 4.0) << "the test sees no difference";
    EXPECT_GT(engine.statistics().accepted_tokens, 500);
    EXPECT_LT(engine.statistics().accepted_tokens, engine.statistics().drafted_tokens);
  }
}

TEST(Speculation, ADraftModelOfAnotherVocabularyIsRefused) {
  nn::TransformerConfig config = testing::tiny_qwen3();
  const nn::Transformer model(config, 7);
  config.vocab_size = 40;
  const nn::Transformer other(config, 7);
  EXPECT_THROW(Engine(model, runtime(), {.draft_model = &other}), Error);
  Engine engine(model, runtime());
  Request request = request_of({1}, {}, 2);
  request.speculation = Speculation::kDraftModel;
  EXPECT_THROW(engine.submit(request), Error);
}

}  // namespace
}  // namespace vitrine::infer
