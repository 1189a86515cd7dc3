#include "optim/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "kernels/kernel_sets.h"
#include "optim/schedule.h"
#include "support/tiny_model.h"

namespace vitrine::testing {
namespace {

using autograd::Runtime;
using optim::Optimizer;
using optim::OptimizerSettings;

TEST(Adamw, MatchesF64LoopsOverSeveralSteps) {
  for (const KernelSet set : kernels::available_kernel_sets()) {
    const Runtime runtime(2, kernel_set_name(set));
    autograd::ExecutionContext context = runtime.execution_context();
    autograd::Parameter parameter{.name = "w", .role = autograd::ParameterRole::kMatrix};
    parameter.weight = autograd::Weight(Tensor::empty({3, 33}));
    std::vector<double> w, m(99, 0.0), v(99, 0.0);
    for (int i = 0; i < 99; ++i) {
      parameter.data().f32()[i] = static_cast<float>(std::sin(i));
      w.push_back(parameter.data().f32()[i]);
    }
    const OptimizerSettings settings{.matrix_rule = "adamw", .weight_decay = 0.1};
    Optimizer optimizer({&parameter}, settings);
    for (int step = 1; step <= 5; ++step) {
      const auto target = parameter.gradient->target({3, 33});
      for (int i = 0; i < 99; ++i) target.tensor.f32()[i] = static_cast<float>(std::cos(i * step));
      optimizer.step(context, 1e-2, 0.5);
      for (size_t i = 0; i < 99; ++i) {
        const double g = 0.5 * target.tensor.f32()[i];
        m[i] = 0.9 * m[i] + 0.1 * g;
        v[i] = 0.95 * v[i] + 0.05 * g * g;
        w[i] *= 1 - 1e-2 * 0.1;
        w[i] -= 1e-2 * (m[i] / (1 - std::pow(0.9, step))) / (std::sqrt(v[i] / (1 - std::pow(0.95, step))) + 1e-8);
      }
      optimizer.clear_gradients();
    }
    for (size_t i = 0; i < 99; ++i) EXPECT_NEAR(parameter.data().f32()[i], w[i], 2e-6) << kernel_set_name(set) << i;
  }
}

/// Eigenvalues of the Gram matrix by its action on random vectors would be indirect; the products are checked instead.
TEST(Muon, OrthogonalisesWideTallAndSquareMatrices) {
  const Runtime runtime(2);
  for (const Shape& shape : {Shape{8, 30}, Shape{30, 8}, Shape{16, 16}, Shape{1, 5}}) {
    Tensor matrix = Tensor::empty(shape);
    Rng rng(5, 5);
    for (float& value : matrix.floats()) value = static_cast<float>(rng.next_normal());
    const Tensor before = matrix.clone();
    optim::orthogonalise(runtime.kernel_context(), matrix);
    const int64_t n = shape[0], k = shape[1];
    // Singular values end near 1, so |X v| / |v| over the row (or column) space lies within [0.5, 1.3].
    double alignment = 0, norm = 0;
    for (int64_t i = 0; i < n * k; ++i) {
      alignment += static_cast<double>(matrix.f32()[i]) * before.f32()[i];
      norm += static_cast<double>(matrix.f32()[i]) * matrix.f32()[i];
    }
    const auto rank = static_cast<double>(std::min(n, k));
    EXPECT_GT(alignment, 0) << shape.to_text();
    EXPECT_NEAR(norm / rank, 1.0, 0.55) << shape.to_text();
    for (int64_t a = 0; a < std::min(n, k); ++a)
      for (int64_t b = 0; b < std::min(n, k); ++b) {
        double dot = 0;
        for (int64_t i = 0; i < std::max(n, k); ++i)
          dot += n <= k ? static_cast<double>(matrix.f32()[a * k + i]) * matrix.f32()[b * k + i]
                        : static_cast<double>(matrix.f32()[i * k + a]) * matrix.f32()[i * k + b];
        EXPECT_NEAR(dot, a == b ? 1.0 : 0.0, 0.55) << shape.to_text();
      }
  }
}

using F64Matrix = std::vector<std::vector<double>>;

F64Matrix product(const F64Matrix& a, const F64Matrix& b) {
  F64Matrix c(a.size(), std::vector<double>(b[0].size(), 0.0));
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t k = 0; k < b.size(); ++k)
      for (size_t j = 0; j < b[0].size(); ++j) c[i][j] += a[i][k] * b[k][j];
  return c;
}

/// The quintic iteration as Jordan et al. 2024 write it: x = a x + (b g + c g g) x with g = x xᵀ.
F64Matrix orthogonalised(F64Matrix x) {
  double squares = 0;
  for (const auto& row : x)
    for (const double value : row) squares += value * value;
  for (auto& row : x)
    for (double& value : row) value /= std::sqrt(squares);
  for (int step = 0; step < 5; ++step) {
    F64Matrix transposed(x[0].size(), std::vector<double>(x.size()));
    for (size_t i = 0; i < x.size(); ++i)
      for (size_t j = 0; j < x[0].size(); ++j) transposed[j][i] = x[i][j];
    const F64Matrix gram = product(x, transposed), square = product(gram, gram);
    F64Matrix polynomial = gram;
    for (size_t i = 0; i < gram.size(); ++i)
      for (size_t j = 0; j < gram.size(); ++j) polynomial[i][j] = -4.7750 * gram[i][j] + 2.0315 * square[i][j];
    const F64Matrix change = product(polynomial, x);
    for (size_t i = 0; i < x.size(); ++i)
      for (size_t j = 0; j < x[0].size(); ++j) x[i][j] = 3.4445 * x[i][j] + change[i][j];
  }
  return x;
}

TEST(Muon, MatchesF64LoopsOverSeveralSteps) {
  constexpr int64_t kRows = 17, kColumns = 41;
  constexpr double kLr = 0.02, kDecay = 0.1, kBeta = 0.95, kGradientScale = 0.5;
  for (const KernelSet set : kernels::available_kernel_sets()) {
    const Runtime runtime(2, kernel_set_name(set));
    autograd::ExecutionContext context = runtime.execution_context();
    autograd::Parameter parameter{.name = "w", .role = autograd::ParameterRole::kMatrix};
    parameter.weight = autograd::Weight(Tensor::empty({kRows, kColumns}));
    F64Matrix w(kRows, std::vector<double>(kColumns)), momentum = w, update = w;
    Rng rng(3, 3);
    for (size_t i = 0; i < kRows * kColumns; ++i) {
      parameter.data().f32()[i] = static_cast<float>(rng.next_normal());
      w[i / kColumns][i % kColumns] = parameter.data().f32()[i];
    }
    Optimizer optimizer({&parameter}, {.matrix_rule = "muon", .weight_decay = kDecay, .muon_momentum = kBeta});
    for (int step = 0; step < 3; ++step) {
      const auto target = parameter.gradient->target({kRows, kColumns});
      for (size_t i = 0; i < kRows * kColumns; ++i) {
        target.tensor.f32()[i] = static_cast<float>(rng.next_normal());
        const double g = kGradientScale * target.tensor.f32()[i];
        double& m = momentum[i / kColumns][i % kColumns];
        m = kBeta * m + g;
        update[i / kColumns][i % kColumns] = kBeta * m + g;
      }
      optimizer.step(context, kLr, kGradientScale);
      const F64Matrix direction = orthogonalised(update);
      for (size_t i = 0; i < kRows; ++i)
        for (size_t j = 0; j < kColumns; ++j)
          w[i][j] = (1 - kLr * kDecay) * w[i][j] - kLr * 0.2 * std::sqrt(kColumns) * direction[i][j];
      optimizer.clear_gradients();
    }
    for (size_t i = 0; i < kRows * kColumns; ++i)
      EXPECT_NEAR(parameter.data().f32()[i], w[i / kColumns][i % kColumns], 2e-5) << kernel_set_name(set) << " " << i;
  }
}

/// Trains the same tiny model on `threads` threads and returns its weights.
std::vector<Tensor> weights_after(int steps, int threads, const std::string& rule, KernelSet set) {
  const Runtime runtime(threads, kernel_set_name(set));
  nn::Transformer model(tiny_qwen3(), 3);
  Optimizer optimizer(model.parameters(), {.matrix_rule = rule});
  for (int step = 0; step < steps; ++step) {
    autograd::ExecutionContext context = runtime.execution_context();
    autograd::Tape tape;
    context.tape = &tape;
    optimizer.clear_gradients();
    model.loss(context, {.ids = random_ids(4, 32, 37, static_cast<uint64_t>(step))},
               random_ids(4, 32, 37, static_cast<uint64_t>(step) + 1000), 1.0f / 128);
    tape.run_backward(context);
    context.tape = nullptr;
    optimizer.step(context, 1e-3, std::min(1.0, 1 / optimizer.gradient_norm(context)));
  }
  std::vector<Tensor> weights;
  for (const nn::Parameter* parameter : model.parameters()) weights.push_back(parameter->data().clone());
  return weights;
}

TEST(Optimizer, FiftyStepsGiveTheSameBitsOnOneTwoAndThreeThreads) {
  for (const KernelSet set : kernels::available_kernel_sets())
    for (const char* rule : {"adamw", "muon"}) {
      const auto one = weights_after(50, 1, rule, set);
      for (const int threads : {2, 3}) {
        const auto several = weights_after(50, threads, rule, set);
        for (size_t i = 0; i < one.size(); ++i)
          ASSERT_EQ(std::memcmp(one[i].data(), several[i].data(), static_cast<size_t>(one[i].num_bytes())), 0)
              << rule << " on " << threads << " threads, " << kernel_set_name(set);
      }
    }
}

TEST(Optimizer, OneBatchCanBeLearntByHeart) {
  for (const char* rule : {"adamw", "muon"}) {
    const Runtime runtime(2);
    nn::Transformer model(tiny_qwen3(), 3);
    Optimizer optimizer(model.parameters(), {.matrix_rule = rule, .weight_decay = 0});
    const Tensor ids = random_ids(2, 32, 37, 1), targets = random_ids(2, 32, 37, 2);
    double loss = 0;
    for (int step = 0; step < 300; ++step) {
      autograd::ExecutionContext context = runtime.execution_context();
      autograd::Tape tape;
      context.tape = &tape;
      optimizer.clear_gradients();
      loss = model.loss(context, {.ids = ids}, targets, 1.0f / 64).loss_sum / 64;
      tape.run_backward(context);
      context.tape = nullptr;
      optimizer.step(context, 1e-2, std::min(1.0, 1 / optimizer.gradient_norm(context)));
    }
    EXPECT_LT(loss, 0.1) << rule;
  }
}

TEST(Optimizer, NormOfANonFiniteGradientIsNotFinite) {
  const Runtime runtime(2);
  nn::Transformer model(tiny_qwen3(), 3);
  Optimizer optimizer(model.parameters(), {});
  for (nn::Parameter* parameter : model.parameters())
    parameter->gradient->target(parameter->shape()).tensor.fill_zero();
  autograd::ExecutionContext context = runtime.execution_context();
  EXPECT_EQ(optimizer.gradient_norm(context), 0);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    model.parameters()[3]->gradient->value().f32()[5] = bad;
    EXPECT_FALSE(std::isfinite(optimizer.gradient_norm(context)));
  }
}

TEST(Optimizer, StateIsRefusedWhenItBelongsToAnotherModel) {
  nn::Transformer model(tiny_qwen3(), 3), other(tiny_gpt2(), 3);
  Optimizer optimizer(model.parameters(), {}), foreign(other.parameters(), {});
  EXPECT_NO_THROW(optimizer.load_state(optimizer.state(), 3));
  EXPECT_EQ(optimizer.num_steps(), 3);
  EXPECT_THROW(optimizer.load_state(foreign.state(), 3), Error);
}

TEST(Schedule, WarmsUpStaysAndDecays) {
  const optim::Schedule schedule{
      .peak_lr = 2, .warmup_steps = 4, .decay_steps = 10, .max_steps = 30, .final_share = 0.1};
  EXPECT_DOUBLE_EQ(schedule.lr_at(0), 0.5);
  EXPECT_DOUBLE_EQ(schedule.lr_at(3), 2);
  EXPECT_DOUBLE_EQ(schedule.lr_at(20), 2);
  EXPECT_NEAR(schedule.lr_at(25), 2 * (0.1 + 0.9 * 0.5), 1e-12);
  EXPECT_GT(schedule.lr_at(29), 0.2);
  for (int step = 21; step < 30; ++step) EXPECT_LT(schedule.lr_at(step), schedule.lr_at(step - 1));
}

}  // namespace
}  // namespace vitrine::testing
