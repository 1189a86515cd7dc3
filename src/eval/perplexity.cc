#include "eval/perplexity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "infer/log_probability.h"

namespace vitrine::eval {
namespace {

constexpr int64_t kRowsOfLogits = 64;  // at once: a vocabulary of 150,000 then takes 38 MB

/// Mean and its standard error from running sums, after Welford.
class RunningMean {
 public:
  void add(double value) {
    ++count_;
    const double before = value - mean_;
    mean_ += before / static_cast<double>(count_);
    squares_ += before * (value - mean_);
  }
  int64_t count() const { return count_; }
  double mean() const { return mean_; }
  double error() const {
    const auto count = static_cast<double>(count_);
    return count_ > 1 ? std::sqrt(squares_ / (count - 1) / count) : 0;
  }

 private:
  int64_t count_ = 0;
  double mean_ = 0, squares_ = 0;
};

/// What is kept of one row of logits.
struct RowStatistics {
  double log_sum = 0;  ///< NaN where the logits are not numbers
  float largest = 0;
};

RowStatistics row_statistics(std::span<const float> logits) {
  const float largest = infer::largest(logits);
  bool is_broken = !std::isfinite(largest);
  for (const float logit : logits) is_broken = is_broken || std::isnan(logit);
  if (is_broken) return {std::nan(""), largest};
  return {static_cast<double>(largest) + infer::log_sum_exp(logits, largest), largest};
}

bool have_same_best(std::span<const float> a, float best_of_a, std::span<const float> b, float best_of_b) {
  return std::ranges::find(a, best_of_a) - a.begin() == std::ranges::find(b, best_of_b) - b.begin();
}

/// What one place of the text gives.
struct PlaceScore {
  double loss = 0, reference_loss = 0, kl = 0, logit_difference = 0;
  bool same_best = false;
};

PlaceScore score_place(std::span<const float> logits, std::span<const float> reference, size_t target) {
  const RowStatistics row = row_statistics(logits);
  PlaceScore score{.loss = row.log_sum - logits[target]};
  if (reference.empty()) return score;
  const RowStatistics other = row_statistics(reference);
  score.reference_loss = other.log_sum - reference[target];
  score.same_best = have_same_best(logits, row.largest, reference, other.largest);
  const double shift = row.log_sum - other.log_sum;
  for (size_t i = 0; i < logits.size(); ++i) {
    const double difference = static_cast<double>(reference[i]) - logits[i];
    score.kl += std::exp(reference[i] - other.log_sum) * (difference + shift);
    score.logit_difference = std::max(score.logit_difference, std::abs(difference));
  }
  return score;
}

/// A model's hidden states of one window, and their logits a few rows at a time.
class WindowPass {
 public:
  WindowPass(const nn::Transformer& model, const autograd::Runtime& runtime, const Tensor& ids)
      : model_(model), context_(runtime.execution_context()) {
    const int64_t tokens = ids.shape()[1];
    hidden_ = model.hidden(context_, {.ids = ids, .prompt_rows = tokens}).data.reshaped({tokens, model.config().width});
  }
  Tensor logits(int64_t begin, int64_t end) {
    return model_.logits(context_, autograd::constant(hidden_.slice_rows(begin, end)));
  }

 private:
  const nn::Transformer& model_;
  autograd::ExecutionContext context_;
  Tensor hidden_;
};

/// Gathers places; they come in the order of the text, so every sum has one order.
class Gathering {
 public:
  explicit Gathering(std::span<const int32_t> token_bytes) : token_bytes_(token_bytes) {}

  void add(const PlaceScore& place, int32_t target, bool has_reference) {
    if (!std::isfinite(place.loss) || !std::isfinite(place.reference_loss))
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("perplexity: the logits of token {} are not numbers", loss_.count()),
                  "the model's weights are damaged");
    loss_.add(place.loss);
    num_bytes_ += static_cast<size_t>(target) < token_bytes_.size() ? token_bytes_[static_cast<size_t>(target)] : 0;
    if (!has_reference) return;
    reference_loss_.add(place.reference_loss);
    kl_.add(place.kl);
    all_kl_.push_back(place.kl);
    same_best_ += place.same_best;
    largest_difference_ = std::max(largest_difference_, place.logit_difference);
  }

  TextScore score() const { return score_of(loss_); }

  Divergence divergence() {
    const auto count = static_cast<double>(std::max<int64_t>(kl_.count(), 1));
    std::ranges::sort(all_kl_);
    const auto quantile = [&](double share) {
      return all_kl_.empty() ? 0 : all_kl_[static_cast<size_t>(share * static_cast<double>(all_kl_.size() - 1))];
    };
    return {.reference = score_of(reference_loss_),
            .mean_kl = kl_.mean(),
            .kl_error = kl_.error(),
            .median_kl = quantile(0.5),
            .p99_kl = quantile(0.99),
            .largest_kl = quantile(1),
            .same_best_share = static_cast<double>(same_best_) / count,
            .largest_logit_difference = largest_difference_};
  }

 private:
  TextScore score_of(const RunningMean& loss) const {
    return {.num_tokens = loss.count(), .num_bytes = num_bytes_, .loss_nats = loss.mean(), .loss_error = loss.error()};
  }

  std::span<const int32_t> token_bytes_;
  RunningMean loss_, reference_loss_, kl_;
  std::vector<double> all_kl_;
  int64_t num_bytes_ = 0, same_best_ = 0;
  double largest_difference_ = 0;
};

void require_ids(const TextWindow& window, int64_t vocab_size) {
  for (const int32_t id : window.ids)
    if (id < 0 || id >= vocab_size)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("perplexity: token {} is not in the model's vocabulary of {}", id, vocab_size));
}

/// The places of rows [begin, end) of a window's logits, scored on all threads.
std::vector<PlaceScore> score_rows(const autograd::Runtime& runtime, WindowPass& pass, WindowPass* other,
                                   const TextWindow& window, int64_t begin, int64_t end) {
  const Tensor logits = pass.logits(begin, end);
  const Tensor reference = other != nullptr ? other->logits(begin, end) : Tensor();
  const auto vocab_size = static_cast<size_t>(logits.shape().last());
  std::vector<PlaceScore> places(static_cast<size_t>(end - begin));
  runtime.kernel_context().pool->parallel_for(end - begin, [&](int64_t row, int) {
    const auto at = static_cast<size_t>(row) * vocab_size;
    const auto target = static_cast<size_t>(window.ids[static_cast<size_t>(begin + row + 1)]);
    const auto other_row = reference.defined() ? reference.floats().subspan(at, vocab_size) : std::span<float>();
    places[static_cast<size_t>(row)] = score_place(logits.floats().subspan(at, vocab_size), other_row, target);
  });
  return places;
}

}  // namespace

double TextScore::perplexity() const { return std::exp(loss_nats); }

double TextScore::bits_per_byte() const {
  const double bits = loss_nats * static_cast<double>(num_tokens) / std::numbers::ln2;
  return num_bytes > 0 ? bits / static_cast<double>(num_bytes) : 0;
}

TextScores score_windows(const nn::Transformer& model, const nn::Transformer* reference,
                         const autograd::Runtime& runtime, std::span<const TextWindow> windows,
                         std::span<const int32_t> token_bytes,
                         const std::function<void(int64_t windows_done, const TextScore& so_far)>& on_progress) {
  const int64_t vocab_size = model.config().vocab_size;
  if (reference != nullptr && reference->config().vocab_size != vocab_size)
    throw Error(ErrorCode::kMismatch, fmt::format("perplexity: the models' vocabularies differ (got {} and {} tokens)",
                                                  vocab_size, reference->config().vocab_size));
  Gathering gathering(token_bytes);
  for (size_t number = 0; number < windows.size(); ++number) {
    const TextWindow& window = windows[number];
    require_ids(window, vocab_size);
    const auto inputs = std::span(window.ids).first(window.ids.size() - 1);  // the last is only predicted
    const Tensor ids = Tensor::from_ints({1, static_cast<int64_t>(inputs.size())}, inputs);
    WindowPass pass(model, runtime, ids);
    std::optional<WindowPass> other;
    if (reference != nullptr) other.emplace(*reference, runtime, ids);
    const auto last = static_cast<int64_t>(inputs.size());
    for (int64_t begin = window.first_target - 1; begin < last; begin += kRowsOfLogits) {
      const int64_t end = std::min(begin + kRowsOfLogits, last);
      const auto places = score_rows(runtime, pass, other ? &*other : nullptr, window, begin, end);
      for (int64_t row = begin; row < end; ++row)
        gathering.add(places[static_cast<size_t>(row - begin)], window.ids[static_cast<size_t>(row + 1)],
                      other.has_value());
    }
    if (on_progress) on_progress(static_cast<int64_t>(number) + 1, gathering.score());
  }
  TextScores scores{.score = gathering.score()};
  if (reference != nullptr) scores.divergence = gathering.divergence();
  return scores;
}

}  // namespace vitrine::eval
