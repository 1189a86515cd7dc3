#include "train/run_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace vitrine::train {
namespace {

constexpr double kMostBytes = 1e18;  // legal sizes can multiply to more than an integer holds

void require(bool condition, const std::string& message, const std::string& hint) {
  if (!condition) throw Error(ErrorCode::kInvalidArgument, "config: " + message, hint);
}

}  // namespace

ConfigFields RunConfig::fields() {
  constexpr double kNone = 1e300, kMany = 1e15;
  constexpr double kMostBatchTokens = 1 << 28;  // an update that ends
  ConfigFields list = {
      {"preset", &preset, "named starting point of all other values"},
      {"data", &data, "dataset folder, as data build writes it"},
      {"out", &out, "run folder"},
      {"seed", &seed, "same seed, same run", 0, kMany},
      {"batch_tokens", &batch_tokens, "tokens in one update; a multiple of context_length * micro_batch_rows", 1,
       kMostBatchTokens},
      {"micro_batch_rows", &micro_batch_rows, "rows in one pass; lower it when memory is short", 1, 65536},
      {"parallel_passes", &parallel_passes, "passes with gradients of their own, that may run at once", 1, 64},
      {"max_steps", &max_steps, "updates in the whole run", 1, kMany},
      {"lr", &lr, "peak learning rate", 0, 10},
      {"warmup_steps", &warmup_steps, "updates until the peak", 0, kMany},
      {"decay_share", &decay_share, "last share of the updates in which the rate falls", 0, 1},
      {"final_lr_share", &final_lr_share, "rate at the end, as a share of the peak", 0, 1},
      {"grad_clip", &grad_clip, "largest gradient norm; 0: no clipping", 0, kMany},
      {"optimizer", &optimizer.matrix_rule, "update rule of matrices", -kNone, kNone, {"muon", "adamw"}},
      {"beta1", &optimizer.beta1, "AdamW's first moment", 0, 0.9999},
      {"beta2", &optimizer.beta2, "AdamW's second moment", 0, 0.99999},
      {"adam_eps", &optimizer.eps, "AdamW's epsilon", 1e-20, 1},
      {"weight_decay", &optimizer.weight_decay, "decoupled decay of matrices and embeddings", 0, 100},
      {"muon_momentum", &optimizer.muon_momentum, "Muon's momentum", 0, 0.9999},
      {"muon_lr_ratio", &optimizer.muon_lr_ratio, "rate of Muon's matrices as a multiple of lr", 0, 1000},
      {"log_every", &log_every, "updates between lines of progress", 1, kMany},
      {"evaluate_every", &evaluate_every, "updates between measurements on held-out text", 1, kMany},
      {"evaluate_rows", &evaluate_rows, "rows of held-out text to measure on", 1, kMany},
      {"sample_every", &sample_every, "updates between samples of the model's text; 0: none", 0, kMany},
      {"checkpoint_every", &checkpoint_every, "updates between checkpoints", 1, kMany},
      {"keep_checkpoints", &keep_checkpoints, "checkpoints to keep beside the best", 1, 1e6},
      {"max_bad_steps", &max_bad_steps, "non-finite updates in a row before going back", 1, 1e6},
      {"learn",
       &learn,
       "all text, or of conversations only what the assistant says",
       -kNone,
       kNone,
       {"all", "assistant"}},
      {"recompute", &recompute, "recompute activations in the backward pass: less memory, more time"}};
  for (ConfigField& field : model.fields()) list.push_back(std::move(field));
  return list;
}

const std::vector<std::string>& RunConfig::freely_changeable() {
  static const std::vector<std::string> names{"out",           "data",          "log_every",        "evaluate_every",
                                              "evaluate_rows", "sample_every",  "checkpoint_every", "keep_checkpoints",
                                              "preset",        "max_bad_steps", "recompute"};
  return names;
}

void RunConfig::validate() const {
  model.validate();
  const int64_t pass_tokens = model.context_length * micro_batch_rows;
  require(
      batch_tokens % pass_tokens == 0 && batch_tokens > 0,
      fmt::format("batch_tokens does not divide into passes (got {}, expected a multiple of context_length {} * "
                  "micro_batch_rows {} = {})",
                  batch_tokens, model.context_length, micro_batch_rows, pass_tokens),
      fmt::format("try --set batch_tokens={}",
                  std::max<int64_t>(1, batch_tokens / pass_tokens + (2 * (batch_tokens % pass_tokens) >= pass_tokens)) *
                      pass_tokens));
  require(warmup_steps <= max_steps, fmt::format("warmup_steps {} is beyond max_steps {}", warmup_steps, max_steps),
          fmt::format("give warmup_steps={} or less", max_steps));
}

bool RunConfig::fit_warmup() {
  if (warmup_steps <= max_steps) return false;
  warmup_steps = std::max<int64_t>(1, max_steps / 10);
  return true;
}

optim::Schedule RunConfig::schedule() const {
  return {.peak_lr = lr,
          .warmup_steps = warmup_steps,
          .decay_steps = static_cast<int64_t>(decay_share * static_cast<double>(max_steps)),
          .max_steps = max_steps,
          .final_share = final_lr_share};
}

std::vector<std::string> differing_fields(RunConfig saved, RunConfig given) {
  std::vector<std::string> names;
  const auto& free = RunConfig::freely_changeable();
  const ConfigFields old_fields = saved.fields(), new_fields = given.fields();
  for (size_t i = 0; i < old_fields.size(); ++i) {
    const std::string old_text = field_text(old_fields[i]), new_text = field_text(new_fields[i]);
    if (old_text != new_text && std::find(free.begin(), free.end(), old_fields[i].name) == free.end())
      names.push_back(fmt::format("{} (was {}, now {})", old_fields[i].name, old_text, new_text));
  }
  return names;
}

MemoryPlan plan_memory(const RunConfig& config) {
  const nn::TransformerConfig& m = config.model;
  const int64_t parameters = m.num_parameters(), tokens = config.micro_batch_rows * m.context_length;
  const int64_t passes = config.parallel_passes;
  const int64_t query = m.heads * m.head_width, key = m.key_heads * m.head_width;
  int64_t per_token_layer = 4 * m.width + 2 * query + 2 * key + (m.qk_norm ? query + key : 0);
  per_token_layer += (m.mlp == "swiglu" ? 2 : 1) * m.hidden_width;
  const int64_t kept_layers = config.recompute ? 1 : m.layers;
  int64_t per_token = kept_layers * per_token_layer + (config.recompute ? m.layers * m.width : 0);
  per_token += 4 * m.width + 3 * m.hidden_width;  // gradients on their way through one block
  const int64_t logits =
      std::clamp<int64_t>((int64_t{8} << 20) / std::max<int64_t>(m.vocab_size, 1), 16, 1024) * m.vocab_size;
  const double activations =
      4.0 * static_cast<double>(passes) *
      (static_cast<double>(tokens) * static_cast<double>(per_token) + static_cast<double>(logits));
  const int64_t matrices = m.layers * (m.width * (2 * query + 2 * key) + 3 * m.width * m.hidden_width);
  const bool muon = config.optimizer.matrix_rule == "muon";
  return {.weights = 4 * parameters,
          .gradients = 4 * parameters * passes,
          .optimizer = 8 * parameters - (muon ? 4 * matrices : 0),
          .activations = static_cast<int64_t>(std::min(activations, kMostBytes))};
}

int64_t plan_checkpoint_bytes(const RunConfig& config) {
  const MemoryPlan plan = plan_memory(config);
  return plan.weights + plan.optimizer + (int64_t{4} << 20);
}

}  // namespace vitrine::train
