// Forward and backward over the micro-batches of one update.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "autograd/execution_context.h"
#include "data/packing.h"
#include "nn/transformer.h"

namespace vitrine::train {

/// Runs passes in groups of `parallel_passes`, each pass of a group with gradients of its own, which are added in order
/// afterwards. Small models gain: with a thread for each pass, no operation of theirs waits for another thread. How
/// many threads there are shows in no result; `parallel_passes` does, in the last bits.
class GradientPasses {
 public:
  GradientPasses(nn::Transformer& transformer, const autograd::Runtime& runtime, int64_t parallel_passes);

  /// Asked before each group of passes with how many are done; false gives the update up.
  using GoesOn = std::function<bool(int64_t num_done)>;

  /// Gradients of gradient_scale * (sum of the losses) are added to the parameters' slots. `rng` is of the update.
  /// Returns the sum of the losses, or nothing where it was given up: the gradients are then of no use.
  /// Errors: those of the passes, likewise.
  std::optional<double> run(std::span<const data::Batch> batches, float gradient_scale, RngKey rng,
                            const GoesOn& goes_on = {});

 private:
  double run_pass(const data::Batch& batch, autograd::ExecutionContext& context, int64_t pass);
  void add_gradients(int64_t count);
  bool has_thread_for_each_pass(int64_t count) const;

  nn::Transformer& transformer_;
  const autograd::Runtime& runtime_;
  std::vector<autograd::Parameter*> parameters_;
  std::vector<std::unique_ptr<autograd::GradientSet>> sets_;  // of a group's passes after the first
  ThreadPool alone_{1};
  std::vector<std::unique_ptr<Arena>> arenas_;  // one a thread
  float gradient_scale_ = 0;
  RngKey rng_ = {};
};

}  // namespace vitrine::train
