// Adapters chosen request by request, against adapters merged into the weights.
#include <gtest/gtest.h>

#include "base/error.h"
#include "infer/engine_testing.h"
#include "nn/adapter.h"

namespace vitrine::infer {
namespace {

using namespace engine_testing;  // NOLINT: written for these tests

Tensor random_matrix(int64_t rows, int64_t columns, Rng& rng, double deviation) {
  const Tensor matrix = Tensor::empty({rows, columns});
  for (float& value : matrix.floats()) value = static_cast<float>(deviation * rng.next_normal());
  return matrix;
}

/// Beside every linear map of the blocks, and beside a head of its own.
std::shared_ptr<const nn::Adapter> random_adapter(nn::Transformer& model, uint64_t seed, int64_t rank) {
  Rng rng(seed, 80);
  auto adapter = std::make_shared<nn::Adapter>();
  for (const nn::Parameter* const parameter : model.parameters())
    if (parameter->role == autograd::ParameterRole::kMatrix || parameter->name == "lm_head.weight")
      adapter->maps[parameter->name] = {random_matrix(rank, parameter->shape()[1], rng, 0.3),
                                        random_matrix(parameter->shape()[0], rank, rng, 0.3), 0.5f};
  EXPECT_GE(adapter->maps.size() / static_cast<size_t>(model.config().layers), 6u);
  return adapter;
}

TEST(Adapters, GiveWhatAModelWithMergedWeightsGives) {
  for (const auto& config : testing::tiny_configs()) {
    nn::Transformer model(config, 7), merged(config, 7);
    const auto adapter = random_adapter(model, 1, 3);
    nn::merge_adapter(merged, *adapter);
    Request request = request_of(some_ids(9, 3), {.temperature = 0}, 8);
    const Text plain = run_alone(model, request), want = run_alone(merged, request);
    request.adapter = 1;
    const Text got = run_alone(model, request, {.adapters = {adapter}});
    EXPECT_EQ(got.ids, want.ids) << config.architecture;
    for (size_t i = 0; i < got.log_probabilities.size(); ++i)
      EXPECT_NEAR(got.log_probabilities[i], want.log_probabilities[i], 1e-4);
    EXPECT_GT(std::abs(got.log_probabilities[0] - plain.log_probabilities[0]), 1e-3) << "the adapter does nothing";
  }
}

TEST(Adapters, OverWeightsInBlocksGiveWhatMergedOnesGiveAndSwitchPerRequest) {
  for (const DType dtype : {DType::kQ8_0, DType::kQ4_K, DType::kF16}) {
    const auto config = wider_qwen3();
    nn::Transformer model(config, 7), merged(config, 7);
    const auto adapter = random_adapter(model, 1, 3);
    quantize_weights(model, dtype), quantize_weights(merged, dtype);
    nn::merge_adapter(merged, *adapter);
    autograd::Runtime exact(2);
    exact.set_precision(Precision::kExact);
    Request request = request_of(some_ids(9, 3), {.temperature = 0}, 8), other = request;
    request.adapter = 1;
    Engine engine(model, exact, {.adapters = {adapter}}), of_merged(merged, exact), of_plain(model, exact);
    const std::vector<Text> got = run_together(engine, {request, other, request});
    const Text want = run_together(of_merged, {other}).front();
    EXPECT_EQ(got[0].ids, want.ids) << dtype_name(dtype);
    for (size_t i = 0; i < want.log_probabilities.size(); ++i)
      EXPECT_NEAR(got[0].log_probabilities[i], want.log_probabilities[i], 1e-4) << dtype_name(dtype);
    EXPECT_EQ(got[1], run_together(of_plain, {other}).front()) << dtype_name(dtype);
    EXPECT_EQ(got[2], got[0]) << dtype_name(dtype);
    EXPECT_GT(std::abs(got[0].log_probabilities[0] - got[1].log_probabilities[0]), 1e-3) << "the adapter does nothing";
    // In integers a request has the same bits alone and beside requests without the adapter.
    Engine fast(model, runtime(), {.adapters = {adapter}});
    EXPECT_EQ(run_together(fast, {other, request, other})[1], run_alone(model, request, {.adapters = {adapter}}));
  }
}

TEST(Adapters, DifferAmongTheRequestsOfABatchWithoutTouchingTheOthers) {
  for (const auto& config : testing::tiny_configs()) {
    nn::Transformer model(config, 7);
    const EngineOptions options{
        .page_tokens = 4, .cache_tokens = 400, .adapters = {random_adapter(model, 1, 3), random_adapter(model, 2, 5)}};
    std::vector<Request> requests;
    for (uint64_t i = 0; i < 12; ++i) {
      requests.push_back(random_request(i / 3, config));  // the same prompts for each adapter
      requests.back().adapter = static_cast<int64_t>(i % 3);
    }
    Engine engine(model, runtime(), options);
    const std::vector<Text> together = run_together(engine, requests);
    for (size_t i = 0; i < requests.size(); ++i) {
      EXPECT_EQ(together[i], run_alone(model, requests[i], options)) << config.architecture << " " << i;
      if (requests[i].adapter == 0) {
        EXPECT_EQ(together[i], run_alone(model, requests[i]));
      }
    }
    EXPECT_NE(together[0].log_probabilities, together[1].log_probabilities);
    EXPECT_NE(together[1].log_probabilities, together[2].log_probabilities);
  }
}

TEST(Adapters, CachedTokensOfOneAreNotTakenForAnother) {
  nn::Transformer model(testing::tiny_qwen3(), 7);
  Engine engine(model, runtime(), {.page_tokens = 4, .adapters = {random_adapter(model, 1, 3)}});
  std::vector<int64_t> cached;
  for (const int64_t adapter : {0, 1, 1, 0}) {
    Request request = request_of(some_ids(10, 3), {}, 1);
    request.adapter = adapter;
    request.on_finish = [&](const Completion& done) { cached.push_back(done.cached_prompt_tokens); };
    engine.submit(request);
    engine.run();
  }
  EXPECT_EQ(cached, (std::vector<int64_t>{0, 0, 9, 9}));
  Request request = request_of({1}, {}, 1);
  request.adapter = 2;
  EXPECT_THROW(engine.submit(request), Error);
}

}  // namespace
}  // namespace vitrine::infer
