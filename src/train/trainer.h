// The training loop of a run that can be stopped at any moment and gone on with to the same bytes.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "autograd/execution_context.h"
#include "data/dataset.h"
#include "data/packing.h"
#include "eval/bits_per_byte.h"
#include "io/event_log.h"
#include "model/model_folder.h"
#include "train/run_config.h"
#include "train/run_state.h"

namespace vitrine::train {

/// What one update was like.
struct StepReport {
  int64_t step = 0;  ///< updates done, this one included
  int64_t max_steps = 0;
  double loss = 0;  ///< nats per target
  double bits_per_byte = 0;
  double gradient_norm = 0;
  double lr = 0;
  double tokens_per_second = 0;
  double peak_share = 0;  ///< of the machine's measured f32 peak; 0 when that is not known
  bool skipped = false;   ///< loss or gradient was not finite: no update
};

/// Follows a run. Every function may be empty.
struct TrainObserver {
  std::function<void(const RunConfig&)> on_start;  ///< the config as it is used, when it is known to be good and to fit
  /// Between the passes of update `step`, the first time before any is done.
  std::function<void(int64_t step, int64_t num_done, int64_t num_passes)> on_pass;
  std::function<void(const StepReport&)> on_step;
  std::function<void(int64_t step, const eval::HeldOutLoss&, bool is_best)> on_evaluation;
  std::function<void(int64_t step, const std::string& text)> on_sample;
  std::function<void(const std::string& message)> on_message;
  /// Asked after every update and between the passes of one; true saves and ends the run. An update that is under way
  /// is given up: the run is saved as it was before it.
  std::function<bool()> should_stop;
};

struct TrainOptions {
  RunConfig config;
  bool resume = false;
  std::filesystem::path resume_from;  ///< a checkpoint, its name, or a run; empty: the newest
  /// Measures the machine's f32 peak, for the share of it. Called when the run begins, and again whenever an update was
  /// faster than the peak so far: other programs were at work when it was measured. May be empty.
  std::function<double()> measure_peak_flops;
  /// Sees (and may change) the gradients of each update before they are used; may be empty.
  std::function<void(int64_t first_row, nn::Transformer& transformer)> after_backward;
};

/// How a run ended.
struct TrainResult {
  int64_t steps = 0;
  bool interrupted = false;
  std::optional<double> best_bits_per_byte;  // none before the first evaluation
  double train_seconds = 0;
  int64_t num_parameters = 0;
  std::filesystem::path checkpoint;  ///< the last one written, or the one that a finished run was loaded from
};

/// Trains from a fresh model, or goes on from a checkpoint: the weights at the end are the same bytes either way, for
/// any number of threads of one kernel set.
/// Errors: kInvalidArgument for a config that cannot be, or a folder with another run in it; kMismatch when a resumed
/// run's config or data differs, saying in what; kOutOfMemory and kIo (disk) before anything long begins; kCorruptData
/// for damaged checkpoints and shards.
TrainResult pretrain(const TrainOptions& options, const autograd::Runtime& runtime, const TrainObserver& observer);

}  // namespace vitrine::train
