#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <numbers>

#include "base/files.h"
#include "core/rng.h"
#include "io/safetensors.h"
#include "nn/transformer.h"
#include "optim/optimizer.h"
#include "support/tiny_model.h"

namespace vitrine::train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int64_t kSteps = 100, kBatches = 4, kRows = 4, kTokens = 32, kVocabulary = 101;
constexpr int kDirections = 2;
constexpr double kLossTolerance = 1e-3;      // absolute, in nats
constexpr double kGradientTolerance = 1e-3;  // of the parameter's gradient norm
constexpr double kNoise = 1e-6;              // of the norm of all gradients: a gradient that is zero in exact numbers

fs::path golden_folder() {
  return fs::path(__FILE__).parent_path().parent_path().parent_path() / "tests" / "golden" / "pytorch";
}

/// The tiny shapes of other tests, a little wider: what the golden files were made for.
nn::TransformerConfig shape_of(const std::string& architecture) {
  const bool is_gpt2 = architecture == "gpt2";
  nn::TransformerConfig config = is_gpt2 ? testing::tiny_gpt2() : testing::tiny_qwen3();
  config.vocab_size = kVocabulary;
  config.width = is_gpt2 ? 48 : 64;
  config.head_width = config.width / config.heads;
  config.hidden_width = is_gpt2 ? 192 : 160;
  config.context_length = kTokens;
  config.tie_embeddings = is_gpt2;
  return config;
}

/// Weights from uniform draws alone, biases and gains included: the same on every machine, and nothing starts out zero.
void draw_weights(nn::Transformer& transformer) {
  uint32_t number = 0;
  transformer.visit([&](nn::Parameter& parameter) {
    Rng rng(11, 1, number++);
    const bool is_gain = parameter.role == autograd::ParameterRole::kVector && parameter.name.ends_with("weight");
    for (float& value : parameter.data().floats())
      value = static_cast<float>((is_gain ? 1.0 : 0.0) + 0.2 * (rng.next_uniform() - 0.5));
    parameter.weight.mark_changed();
  });
}

/// [batches, rows, tokens]; inputs and targets come from different streams.
Tensor draw_tokens(uint32_t stream) {
  Rng rng(12, stream);
  const Tensor ids = Tensor::empty({kBatches, kRows, kTokens}, DType::kI32);
  for (int32_t& id : ids.ints()) id = static_cast<int32_t>(rng.next_below(kVocabulary));
  return ids;
}

Tensor batch_of(const Tensor& tokens, int64_t index, const Shape& shape) {
  return tokens.slice_rows(index, index + 1).reshaped(shape);
}

/// The norm, and the products with fixed directions in which every element counts: what the golden files hold of each
/// gradient. A product differs by about the length of the difference of two gradients.
std::vector<double> summary_of(const Tensor& tensor) {
  std::vector<double> numbers(1 + kDirections, 0.0);
  double place = 0;
  for (const float value : tensor.floats()) {
    place += 1;
    numbers[0] += static_cast<double>(value) * value;
    for (int k = 1; k <= kDirections; ++k)
      numbers[static_cast<size_t>(k)] += std::numbers::sqrt2 * std::cos(place * k) * value;
  }
  numbers[0] = std::sqrt(numbers[0]);
  return numbers;
}

/// What the reference is made from; see tests/golden/pytorch/README.md.
void write_inputs(const fs::path& folder, const std::string& architecture, nn::Transformer& transformer) {
  fs::create_directories(folder);
  io::NamedTensors tensors{{"inputs", draw_tokens(1)}, {"targets", draw_tokens(2)}};
  transformer.visit([&](nn::Parameter& parameter) { tensors.emplace_back(parameter.name, parameter.data()); });
  io::write_safetensors(folder / (architecture + ".safetensors"), tensors);
}

struct Differences {
  double loss = 0, gradient = 0;
};

class PyTorch : public ::testing::TestWithParam<std::string> {
 protected:
  /// The gradients of one step (from 0): of every parameter its summary, and at some steps single elements.
  void compare_gradients(nn::Transformer& transformer, const Json& golden, int64_t step) {
    const double noise = kNoise * golden["gradient_norms"][static_cast<size_t>(step)].get<double>();
    const auto elements = golden["elements"].find(std::to_string(step));
    ASSERT_EQ(golden["gradients"].size(), transformer.parameters().size());
    transformer.visit([&](nn::Parameter& parameter) {
      ASSERT_TRUE(golden["gradients"].contains(parameter.name)) << parameter.name;
      const std::vector<double> expected = golden["gradients"][parameter.name][static_cast<size_t>(step)];
      const Tensor& gradient = parameter.gradient->value();
      const double norm = expected.at(0), allowed = kGradientTolerance * norm + noise;
      const auto check = [&](double ours, double theirs) {
        EXPECT_NEAR(ours, theirs, allowed) << parameter.name << " at step " << step + 1;
        if (norm > kFaintest * noise) largest_.gradient = std::max(largest_.gradient, std::abs(ours - theirs) / norm);
      };
      const std::vector<double> summary = summary_of(gradient);
      ASSERT_EQ(summary.size(), expected.size());
      for (size_t i = 0; i < summary.size(); ++i) check(summary[i], expected[i]);
      if (elements == golden["elements"].end()) return;
      ASSERT_GE((*elements)[parameter.name].size(), 16u);
      ++num_element_checks_;
      for (const auto& [index, value] : (*elements)[parameter.name].items())
        check(gradient.floats()[std::stoul(index)], value.get<double>());
    });
  }

  static constexpr double kFaintest = 1e3;  // of the noise: fainter gradients say nothing about a share of their norm
  Differences largest_;
  size_t num_element_checks_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Architectures, PyTorch, ::testing::Values("gpt2", "qwen3"),
                         [](const auto& info) { return info.param; });

TEST_P(PyTorch, SameWeightsAndDataGiveItsLossesAndGradients) {
  nn::Transformer transformer(shape_of(GetParam()), 1);
  draw_weights(transformer);
  if (const char* const folder = std::getenv("VITRINE_WRITE_PYTORCH_INPUTS")) {
    write_inputs(folder, GetParam(), transformer);
    GTEST_SKIP() << "wrote the inputs of make_golden.py";
  }
  const Json golden = Json::parse(read_file(golden_folder() / ("golden_" + GetParam() + ".json")));
  ASSERT_EQ(golden["losses"].size(), static_cast<size_t>(kSteps));
  const autograd::Runtime runtime(2);
  optim::Optimizer optimizer(transformer.parameters(), {.matrix_rule = "adamw"});
  const Tensor inputs = draw_tokens(1), targets = draw_tokens(2);
  for (int64_t step = 0; step < kSteps; ++step) {
    autograd::ExecutionContext context = runtime.execution_context();
    autograd::Tape tape;
    context.tape = &tape;
    optimizer.clear_gradients();
    const double loss = transformer
                            .loss(context, {.ids = batch_of(inputs, step % kBatches, {kRows, kTokens})},
                                  batch_of(targets, step % kBatches, {kRows * kTokens}), 1.0f / (kRows * kTokens))
                            .loss_sum /
                        (kRows * kTokens);
    tape.run_backward(context);
    const double expected = golden["losses"][static_cast<size_t>(step)];
    EXPECT_NEAR(loss, expected, kLossTolerance) << "step " << step;
    largest_.loss = std::max(largest_.loss, std::abs(loss - expected));
    compare_gradients(transformer, golden, step);
    if (HasFailure()) break;  // what follows would fail for the same reason
    context.tape = nullptr;
    optimizer.step(context, 1e-3, 1.0);
  }
  EXPECT_EQ(num_element_checks_, 5 * transformer.parameters().size());
  RecordProperty("largest_loss_difference", fmt::format("{:.1e} nats", largest_.loss));
  RecordProperty("largest_gradient_difference", fmt::format("{:.1e} of the gradient's norm", largest_.gradient));
}

}  // namespace
}  // namespace vitrine::train
