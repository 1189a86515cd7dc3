// What a pretraining run is: model shape, data order, optimisation, and when to save, measure and sample.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config_field.h"
#include "nn/config.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

namespace vitrine::train {

/// A pretraining run. A run is a pure function of this config, the dataset and the kernel set.
struct RunConfig {
  std::string preset = "nano";
  std::string data;  ///< dataset folder
  std::string out;   ///< run folder
  int64_t seed = 1;

  nn::TransformerConfig model;

  int64_t batch_tokens = 4096;   ///< tokens in one update
  int64_t micro_batch_rows = 8;  ///< rows in one pass; gradients of several passes are added
  int64_t parallel_passes = 1;   ///< passes that gather gradients of their own and may run at the same time
  int64_t max_steps = 1000;
  double lr = 3e-3;  ///< peak
  int64_t warmup_steps = 20;
  double decay_share = 0.5;  ///< last share of the steps in which the rate falls
  double final_lr_share = 0.02;
  double grad_clip = 1.0;  ///< largest gradient norm; 0: no clipping
  optim::OptimizerSettings optimizer;

  int64_t log_every = 10;
  int64_t evaluate_every = 200;
  int64_t evaluate_rows = 64;
  int64_t sample_every = 100;
  int64_t checkpoint_every = 200;
  int64_t keep_checkpoints = 2;
  int64_t max_bad_steps = 3;  ///< non-finite updates in a row before the run goes back to its last checkpoint
  bool recompute = false;
  std::string learn = "all";  ///< all text, or of conversations only what the assistant says

  ConfigFields fields();
  /// Fields that a resumed run may change without becoming another run.
  static const std::vector<std::string>& freely_changeable();
  /// Errors: kInvalidArgument for values that do not fit together, naming them and what would fit.
  void validate() const;

  /// Shortens a warm-up that is longer than the run to a tenth of it: for a warm-up that nobody asked for. Returns
  /// whether it did.
  bool fit_warmup();

  int64_t rows_per_step() const { return batch_tokens / model.context_length; }
  int64_t micro_batches() const { return rows_per_step() / micro_batch_rows; }
  optim::Schedule schedule() const;
};

/// Names of the presets, smallest first.
std::vector<std::string> preset_names();
/// Errors: kInvalidArgument with the nearest name.
RunConfig preset_config(std::string_view name);

/// One dial for everything: width, heads, batch, learning rate, weight decay and token budget from the depth alone.
/// Rules: docs/decisions/002-depth-dial.md.
RunConfig config_for_depth(int64_t depth, int64_t vocab_size);

/// Compares a run's saved config with the one given now; the names of fields that differ, without the free ones.
std::vector<std::string> differing_fields(RunConfig saved, RunConfig given);

/// Memory that a run will need, in bytes, by part; an estimate from shapes, within about a tenth of what is measured.
struct MemoryPlan {
  int64_t weights = 0, gradients = 0, optimizer = 0, activations = 0;
  int64_t total() const { return weights + gradients + optimizer + activations; }
};
MemoryPlan plan_memory(const RunConfig& config);

/// Bytes of one checkpoint on disk.
int64_t plan_checkpoint_bytes(const RunConfig& config);

}  // namespace vitrine::train
