#include "train/gradient_passes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "kernels/kernel_sets.h"
#include "support/tiny_model.h"

namespace vitrine::testing {
namespace {

using autograd::Runtime;
using train::GradientPasses;

constexpr int64_t kTokens = 24, kVocabulary = 37;

/// Four rows as `passes` batches of equal size.
std::vector<data::Batch> batches_of(int64_t passes) {
  const Tensor ids = random_ids(4, kTokens, kVocabulary, 1), targets = random_ids(4, kTokens, kVocabulary, 2);
  std::vector<data::Batch> list;
  const int64_t rows = 4 / passes;
  for (int64_t pass = 0; pass < passes; ++pass) {
    const auto rows_of = [&](const Tensor& all) {
      Tensor part = Tensor::empty({rows, kTokens}, DType::kI32);
      std::memcpy(part.data(), all.i32() + pass * rows * kTokens, static_cast<size_t>(part.num_bytes()));
      return part;
    };
    data::Batch batch{.inputs = rows_of(ids), .targets = rows_of(targets)};
    batch.positions = Tensor::empty({rows, kTokens}, DType::kI32);
    batch.first_key = Tensor::zeros({rows, kTokens}, DType::kI32);
    for (int64_t i = 0; i < rows * kTokens; ++i) batch.positions.i32()[i] = static_cast<int32_t>(i % kTokens);
    list.push_back(std::move(batch));
  }
  return list;
}

struct Outcome {
  double loss = 0;
  std::vector<Tensor> gradients;
};

Outcome outcome(int64_t passes, int64_t parallel_passes, int threads, KernelSet set, float dropout = 0) {
  const Runtime runtime(threads, kernel_set_name(set));
  nn::TransformerConfig config = tiny_qwen3();
  config.dropout = static_cast<double>(dropout);
  nn::Transformer model(config, 3);
  GradientPasses gradient_passes(model, runtime, parallel_passes);
  Outcome result;
  for (int repetition = 0; repetition < 2; ++repetition) {  // the second finds memory that was written before
    for (autograd::Parameter* parameter : model.parameters()) parameter->gradient->clear();
    result.loss = gradient_passes.run(batches_of(passes), 1.0f / (4 * kTokens), {.seed = 5, .step = 2}).value();
  }
  for (const autograd::Parameter* parameter : model.parameters())
    result.gradients.push_back(parameter->gradient->value().clone());
  return result;
}

void expect_same_bits(const Outcome& got, const Outcome& expected) {
  EXPECT_EQ(got.loss, expected.loss);
  for (size_t i = 0; i < expected.gradients.size(); ++i)
    ASSERT_EQ(std::memcmp(got.gradients[i].data(), expected.gradients[i].data(),
                          static_cast<size_t>(expected.gradients[i].num_bytes())),
              0)
        << i;
}

TEST(GradientPasses, GiveTheSameBitsOnAnyNumberOfThreads) {
  for (const KernelSet set : kernels::available_kernel_sets())
    for (const int64_t parallel : {1, 2, 4}) {
      const Outcome one = outcome(4, parallel, 1, set, 0.2f);
      for (const int threads : {2, 3, 5}) expect_same_bits(outcome(4, parallel, threads, set, 0.2f), one);
    }
}

TEST(GradientPasses, AddUpToTheGradientsOfOnePassOverAllRows) {
  const KernelSet set = kernels::best_kernel_set();
  const Outcome whole = outcome(1, 1, 1, set);
  for (const int64_t parallel : {1, 2, 4}) {
    const Outcome parts = outcome(4, parallel, 2, set);
    EXPECT_NEAR(parts.loss, whole.loss, 1e-4 * whole.loss);
    for (size_t i = 0; i < whole.gradients.size(); ++i) {
      double difference = 0, norm = 0;
      for (int64_t j = 0; j < whole.gradients[i].num_elements(); ++j) {
        const double expected = static_cast<double>(whole.gradients[i].f32()[j]);
        difference += std::pow(static_cast<double>(parts.gradients[i].f32()[j]) - expected, 2);
        norm += expected * expected;
      }
      EXPECT_LT(std::sqrt(difference), 1e-5 * std::sqrt(norm) + 1e-9) << i << " in groups of " << parallel;
    }
  }
}

TEST(GradientPasses, PassesOfOneUpdateDrawTheirOwnDropout) {
  const KernelSet set = kernels::best_kernel_set();
  const Runtime runtime(1, kernel_set_name(set));
  nn::TransformerConfig config = tiny_qwen3();
  config.dropout = 0.5;
  nn::Transformer model(config, 3);
  GradientPasses passes(model, runtime, 1);
  const data::Batch batch = batches_of(1)[0];
  const std::vector<data::Batch> once{batch}, twice{batch, batch};
  const RngKey rng{.seed = 5, .step = 2};
  const double single = passes.run(once, 1.0f, rng).value();
  EXPECT_EQ(passes.run(once, 1.0f, rng), single);
  EXPECT_NE(passes.run(twice, 1.0f, rng), 2 * single);
}

}  // namespace
}  // namespace vitrine::testing
