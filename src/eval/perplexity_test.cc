#include "eval/perplexity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "support/tiny_model.h"

namespace vitrine::eval {
namespace {

using testing::tiny_qwen3;

/// Logits of one pass over a window, row by row.
std::vector<std::vector<double>> logits_of(const nn::Transformer& model, const TextWindow& window) {
  const autograd::Runtime runtime(1);
  autograd::ExecutionContext context = runtime.execution_context();
  const Tensor ids = Tensor::from_ints({1, static_cast<int64_t>(window.ids.size())}, window.ids);
  const Tensor logits = model.logits(context, model.hidden(context, {.ids = ids}));
  const auto vocab_size = static_cast<size_t>(model.config().vocab_size);
  std::vector<std::vector<double>> rows;
  for (size_t at = 0; at < logits.floats().size(); at += vocab_size)
    rows.emplace_back(logits.floats().begin() + at, logits.floats().begin() + at + vocab_size);
  return rows;
}

std::vector<double> log_softmax(const std::vector<double>& logits) {
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit);
  std::vector<double> out;
  for (const double logit : logits) out.push_back(logit - std::log(sum));
  return out;
}

std::vector<TextWindow> windows_of(int64_t count, int64_t length, uint64_t seed) {
  const Tensor ids = testing::random_ids(1, count, tiny_qwen3().vocab_size, seed);
  return make_windows(ids.ints(), {.length = length, .stride = length / 2});
}

/// The same sums with plain loops.
TextScores naive_scores(const nn::Transformer& model, const nn::Transformer& reference,
                        const std::vector<TextWindow>& windows) {
  TextScores scores{.score = {}, .divergence = Divergence()};
  Divergence& divergence = *scores.divergence;
  double loss = 0, reference_loss = 0, kl = 0, same = 0;
  for (const TextWindow& window : windows) {
    const auto ours = logits_of(model, window), theirs = logits_of(reference, window);
    for (size_t i = static_cast<size_t>(window.first_target); i < window.ids.size(); ++i) {
      const auto target = static_cast<size_t>(window.ids[i]);
      const std::vector<double> p = log_softmax(theirs[i - 1]), q = log_softmax(ours[i - 1]);
      loss -= q[target];
      reference_loss -= p[target];
      for (size_t v = 0; v < p.size(); ++v) {
        kl += std::exp(p[v]) * (p[v] - q[v]);
        divergence.largest_logit_difference =
            std::max(divergence.largest_logit_difference, std::abs(theirs[i - 1][v] - ours[i - 1][v]));
      }
      same += std::max_element(p.begin(), p.end()) - p.begin() == std::max_element(q.begin(), q.end()) - q.begin();
      ++scores.score.num_tokens;
    }
  }
  const auto count = static_cast<double>(scores.score.num_tokens);
  scores.score.loss_nats = loss / count;
  divergence.reference.loss_nats = reference_loss / count;
  divergence.mean_kl = kl / count;
  divergence.same_best_share = same / count;
  return scores;
}

TEST(Perplexity, EqualsPlainLoopsOverTheLogits) {
  const autograd::Runtime runtime(2);
  const nn::Transformer model(tiny_qwen3(), 1), reference(tiny_qwen3(), 2);
  const auto windows = windows_of(150, 20, 3);
  const std::vector<int32_t> token_bytes(37, 3);
  const TextScores expected = naive_scores(model, reference, windows);
  const TextScores got = score_windows(model, &reference, runtime, windows, token_bytes);
  EXPECT_EQ(got.score.num_tokens, 149);
  EXPECT_EQ(got.score.num_bytes, 3 * 149);
  EXPECT_EQ(expected.score.num_tokens, 149);
  EXPECT_NEAR(got.score.loss_nats, expected.score.loss_nats, 1e-5);
  EXPECT_NEAR(got.score.perplexity(), std::exp(expected.score.loss_nats), 1e-3);
  EXPECT_NEAR(got.score.bits_per_byte(), expected.score.loss_nats / std::numbers::ln2 / 3, 1e-5);
  ASSERT_TRUE(got.divergence);
  EXPECT_NEAR(got.divergence->reference.loss_nats, expected.divergence->reference.loss_nats, 1e-5);
  EXPECT_NEAR(got.divergence->mean_kl, expected.divergence->mean_kl, 1e-5);
  EXPECT_GT(got.divergence->mean_kl, 0);
  EXPECT_NEAR(got.divergence->same_best_share, expected.divergence->same_best_share, 1e-9);
  EXPECT_NEAR(got.divergence->largest_logit_difference, expected.divergence->largest_logit_difference, 1e-5);
  EXPECT_GE(got.divergence->largest_kl, got.divergence->p99_kl);
  EXPECT_GE(got.divergence->p99_kl, got.divergence->median_kl);
}

TEST(Perplexity, AModelIsNoDistanceFromItself) {
  const autograd::Runtime runtime(1);
  const nn::Transformer model(tiny_qwen3(), 1);
  const TextScores got = score_windows(model, &model, runtime, windows_of(100, 16, 4), {});
  EXPECT_EQ(got.divergence->largest_kl, 0);
  EXPECT_EQ(got.divergence->largest_logit_difference, 0);
  EXPECT_EQ(got.divergence->same_best_share, 1);
  EXPECT_EQ(got.divergence->reference.loss_nats, got.score.loss_nats);
}

TEST(Perplexity, DoesNotDependOnThreadsNorOnAReference) {
  const nn::Transformer model(tiny_qwen3(), 1), reference(tiny_qwen3(), 2);
  const auto windows = windows_of(90, 30, 5);
  const autograd::Runtime one(1), three(3);
  const TextScores a = score_windows(model, nullptr, one, windows, {}),
                   b = score_windows(model, &reference, three, windows, {});
  EXPECT_EQ(a.score.loss_nats, b.score.loss_nats);
  EXPECT_EQ(a.score.loss_error, b.score.loss_error);
  EXPECT_FALSE(a.divergence);
}

TEST(Perplexity, DamagedWeightsAndForeignTokensAreSaid) {
  const autograd::Runtime runtime(1);
  nn::Transformer model(tiny_qwen3(), 1);
  EXPECT_THROW(score_windows(model, nullptr, runtime, std::vector<TextWindow>{{{1, 2, 99}}}, {}), Error);
  auto other_config = tiny_qwen3();
  other_config.vocab_size = 40;
  const nn::Transformer other(other_config, 1);
  EXPECT_THROW(score_windows(model, &other, runtime, windows_of(50, 16, 6), {}), Error);
  auto stop = [](int64_t, const TextScore&) { throw Error(ErrorCode::kInterrupted, "interrupted"); };
  EXPECT_THROW(score_windows(model, nullptr, runtime, windows_of(50, 16, 6), {}, stop), Error);
  model.parameters().front()->data().floats()[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(score_windows(model, nullptr, runtime, std::vector<TextWindow>{{{0, 0, 0, 0}}}, {}), Error);
}

}  // namespace
}  // namespace vitrine::eval
