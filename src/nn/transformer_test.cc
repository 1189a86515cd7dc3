#include "nn/transformer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "kernels/kernel_sets.h"
#include "support/tiny_model.h"

namespace vitrine::testing {
namespace {

using autograd::ExecutionContext;
using autograd::Runtime;
using nn::TokenBatch;
using nn::Transformer;

Tensor logits_of(const Transformer& model, const Runtime& runtime, const TokenBatch& batch) {
  ExecutionContext context = runtime.execution_context();
  return model.logits(context, model.hidden(context, batch));
}

bool same_bits(const float* a, const float* b, int64_t count) {
  return std::memcmp(a, b, static_cast<size_t>(count) * sizeof(float)) == 0;
}

class EveryKernelSet : public ::testing::TestWithParam<KernelSet> {
 protected:
  Runtime runtime_{2, kernel_set_name(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Transformer, EveryKernelSet, ::testing::ValuesIn(kernels::available_kernel_sets()),
                         [](const auto& info) { return std::string(kernel_set_name(info.param)); });

TEST_P(EveryKernelSet, LossAtInitIsNearLogOfVocabulary) {
  for (const auto& config : tiny_configs()) {
    const Transformer model(config, 7);
    ExecutionContext context = runtime_.execution_context();
    const Tensor ids = random_ids(4, 32, config.vocab_size, 1), targets = random_ids(4, 32, config.vocab_size, 2);
    const auto loss = model.loss(context, {.ids = ids}, targets, 1.0f);
    EXPECT_NEAR(loss.loss_sum / 128, std::log(37.0), 0.1);
  }
}

TEST_P(EveryKernelSet, CachedDecodingGivesTheBitsOfTheFullForward) {
  for (const auto& config : tiny_configs()) {
    const Transformer model(config, 7);
    constexpr int64_t kTokens = 19;
    const Tensor ids = random_ids(1, kTokens, config.vocab_size, 3);
    const Tensor full = logits_of(model, runtime_, {.ids = ids});
    for (const int64_t first : {int64_t{1}, int64_t{7}}) {  // the first pass takes several tokens, the others one
      nn::KvCache cache(config, kTokens);
      for (int64_t t = 0; t < kTokens;) {
        const int64_t count = t == 0 ? first : 1;
        const Tensor part =
            Tensor::from_ints({1, count}, ids.ints().subspan(static_cast<size_t>(t), static_cast<size_t>(count)));
        const Tensor step = logits_of(model, runtime_, {.ids = part, .cache = &cache});
        ASSERT_TRUE(same_bits(step.f32(), full.f32() + t * config.vocab_size, count * config.vocab_size))
            << config.architecture << " token " << t;
        t += count;
      }
    }
  }
}

/// Passes of several sequences over one cache, each with pages of its own.
struct CachedPasses {
  nn::KvPages pages;
  std::vector<std::vector<int32_t>> tables;
  std::vector<int64_t> lengths;

  CachedPasses(const nn::TransformerConfig& config, DType dtype, size_t sequences)
      : pages(config, {.dtype = dtype, .page_tokens = 16, .num_pages = static_cast<int64_t>(sequences)}),
        lengths(sequences) {
    for (size_t i = 0; i < sequences; ++i) {
      pages.ready(static_cast<int32_t>(i));
      tables.push_back({static_cast<int32_t>(i)});
    }
  }
  Tensor hidden(const Transformer& model, ExecutionContext& context, std::span<const int64_t> tokens,
                std::span<const int64_t> wanted, uint64_t seed, int64_t prompt_rows) {
    std::vector<nn::CachedSequence> sequences;
    int64_t rows = 0;
    for (size_t i = 0; i < tokens.size(); ++i) {
      sequences.push_back({tables[i], lengths[i], tokens[i], wanted.empty() ? -1 : wanted[i]});
      lengths[i] += tokens[i];
      rows += tokens[i];
    }
    const nn::CachedBatch batch{&pages, sequences};
    return model
        .hidden(
            context,
            {.ids = random_ids(1, rows, model.config().vocab_size, seed), .cached = &batch, .prompt_rows = prompt_rows})
        .data;
  }
};

TEST_P(EveryKernelSet, WantedRowsHaveTheBitsThatTheyHaveAmongAll) {
  const int64_t first[] = {7, 1, 5, 4}, then[] = {1, 3, 2, 6};
  for (const auto& config : tiny_configs())
    for (const DType dtype : {DType::kF32, DType::kF16})
      for (const std::vector<int64_t>& wanted :
           {std::vector<int64_t>{1, 0, -1, 2}, {0, 0, 0, 0}, {0, 1, 0, 0}, {7, 1, 5, 3}})
        for (const bool has_tap : {false, true}) {
          const Transformer model(config, 7);
          ExecutionContext context = runtime_.execution_context();
          CachedPasses all(config, dtype, 4), few(config, dtype, 4);
          const Tensor whole = all.hidden(model, context, first, {}, 3, 8);
          if (has_tap) context.tap = [](std::string_view, int, const Tensor&) {};
          const Tensor kept = few.hidden(model, context, first, wanted, 3, 8);
          int64_t end = 0, row = 0;
          for (size_t i = 0; i < 4; ++i) {
            end += first[i];
            const int64_t count = wanted[i] < 0 ? first[i] : wanted[i];
            ASSERT_LE(row + count, kept.shape()[1]);
            EXPECT_TRUE(same_bits(kept.f32() + row * config.width, whole.f32() + (end - count) * config.width,
                                  count * config.width))
                << config.architecture << " sequence " << i;
            row += count;
          }
          EXPECT_EQ(kept.shape()[1], row);
          context.tap = {};
          const Tensor next = all.hidden(model, context, then, {}, 4, 0),
                       own = few.hidden(model, context, then, {}, 4, 0);
          EXPECT_TRUE(same_bits(own.f32(), next.f32(), next.num_elements())) << "keys and values of all rows are in";
        }
}

TEST_P(EveryKernelSet, ABatchGivesTheBitsOfItsMembers) {
  for (const auto& config : tiny_configs()) {
    const Transformer model(config, 7);
    const Tensor ids = random_ids(5, 16, config.vocab_size, 4);
    const Tensor together = logits_of(model, runtime_, {.ids = ids});
    for (int64_t row = 0; row < 5; ++row) {
      const Tensor alone = logits_of(model, runtime_, {.ids = ids.slice_rows(row, row + 1)});
      EXPECT_TRUE(same_bits(alone.f32(), together.f32() + row * 16 * config.vocab_size, alone.num_elements()));
    }
  }
}

TEST_P(EveryKernelSet, PackedDocumentsGiveTheGradientsOfSeparateOnes) {
  for (const auto& config : tiny_configs()) {
    Transformer model(config, 7);
    const std::vector<int64_t> lengths{5, 11, 9, 7};
    const int64_t total = 32;
    const Tensor ids = random_ids(1, total, config.vocab_size, 5), targets = random_ids(1, total, config.vocab_size, 6);
    const Tensor positions = Tensor::empty({1, total}, DType::kI32), first_key = Tensor::empty({1, total}, DType::kI32);
    std::vector<TokenBatch> separate;
    std::vector<Tensor> separate_targets;
    int64_t begin = 0;
    for (const int64_t length : lengths) {
      for (int64_t i = 0; i < length; ++i) {
        positions.i32()[begin + i] = static_cast<int32_t>(i);
        first_key.i32()[begin + i] = static_cast<int32_t>(begin);
      }
      const auto part = [&](const Tensor& t) {
        return Tensor::from_ints({1, length},
                                 t.ints().subspan(static_cast<size_t>(begin), static_cast<size_t>(length)));
      };
      separate.push_back({.ids = part(ids)});
      separate_targets.push_back(part(targets));
      begin += length;
    }
    const auto packed = gradients_of(model, runtime_, {{.ids = ids, .positions = positions, .first_key = first_key}},
                                     {targets}, 1.0f / 32);
    const auto apart = gradients_of(model, runtime_, separate, separate_targets, 1.0f / 32);
    for (size_t p = 0; p < packed.size(); ++p)
      for (int64_t i = 0; i < packed[p].second.num_elements(); ++i)
        ASSERT_NEAR(packed[p].second.f32()[i], apart[p].second.f32()[i], 2e-6) << packed[p].first << " " << i;
  }
}

TEST_P(EveryKernelSet, RecomputationGivesTheSameBitsAlsoWithDropout) {
  for (auto config : tiny_configs()) {
    config.dropout = 0.1;
    Transformer model(config, 7);
    const std::vector<TokenBatch> batch{{.ids = random_ids(2, 16, config.vocab_size, 8)}};
    const std::vector<Tensor> targets{random_ids(2, 16, config.vocab_size, 9)};
    const auto kept = gradients_of(model, runtime_, batch, targets, 0.1f);
    model.set_recompute(true);
    const auto again = gradients_of(model, runtime_, batch, targets, 0.1f);
    for (size_t p = 0; p < kept.size(); ++p)
      EXPECT_TRUE(same_bits(kept[p].second.f32(), again[p].second.f32(), kept[p].second.num_elements()))
          << kept[p].first;
  }
}

TEST(Transformer, TapsSeeTheRealTensorsAndMayChangeThem) {
  const Runtime runtime(1);
  const Transformer model(tiny_qwen3(), 7);
  const Tensor ids = random_ids(1, 6, 37, 10);
  const Tensor plain = logits_of(model, runtime, {.ids = ids});
  ExecutionContext context = runtime.execution_context();
  std::vector<std::string> seen;
  context.tap = [&](std::string_view point, int layer, const Tensor& tensor) {
    seen.push_back(std::string(point) + ":" + std::to_string(layer));
    if (point == "block.out" && layer == 1) tensor.fill_zero();
  };
  const Tensor changed = model.logits(context, model.hidden(context, {.ids = ids}));
  EXPECT_NE(std::find(seen.begin(), seen.end(), "attention.mixed:0"), seen.end());
  EXPECT_FALSE(same_bits(plain.f32(), changed.f32(), plain.num_elements()));
  for (const float value : changed.floats()) EXPECT_EQ(value, 0.0f);
}

TEST(Transformer, CountsItsParametersAsTheConfigSays) {
  for (const auto& config : tiny_configs()) {
    Transformer model(config, 1);
    int64_t count = 0;
    for (const nn::Parameter* parameter : model.parameters()) count += parameter->data().num_elements();
    EXPECT_EQ(count, config.num_parameters());
  }
}

TEST(TransformerConfig, RefusesImpossibleShapesByName) {
  const auto message = [](nn::TransformerConfig config) -> std::string {
    try {
      config.validate();
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  };
  EXPECT_EQ(message(tiny_qwen3()), "");
  EXPECT_EQ(message(tiny_gpt2()), "");
  auto config = tiny_qwen3();
  config.key_heads = 3;
  EXPECT_NE(message(config).find("key_heads"), std::string::npos);
  config = tiny_qwen3();
  config.head_width = 5;
  EXPECT_NE(message(config).find("head_width"), std::string::npos);
  config = tiny_gpt2();
  config.heads = 3;
  EXPECT_NE(message(config), "");
  config = tiny_qwen3();
  config.layers = 0;
  EXPECT_NE(message(config), "");
  EXPECT_EQ(message(tiny_llama_with_biases()), "");
  for (config = tiny_llama_with_biases(); const char* const architecture : {"qwen2", "mistral", "qwen3"}) {
    config.architecture = architecture;
    EXPECT_NE(message(config).find("biases"), std::string::npos) << architecture;
  }
}

TEST(Transformer, RefusesMoreTokensThanTheContext) {
  const Runtime runtime(1);
  const Transformer model(tiny_qwen3(), 7);
  EXPECT_THROW(logits_of(model, runtime, {.ids = random_ids(1, 33, 37, 1)}), Error);
}

}  // namespace
}  // namespace vitrine::testing
