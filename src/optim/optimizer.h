// AdamW for vectors and embeddings, Muon or AdamW for matrices; both keep their state as named tensors.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "autograd/execution_context.h"
#include "autograd/parameter.h"

namespace vitrine::optim {

using autograd::ExecutionContext;
using autograd::Parameter;

/// Settings of one update; lr is what the schedule gives for the step.
struct OptimizerSettings {
  std::string matrix_rule = "muon";  ///< muon or adamw
  double beta1 = 0.9, beta2 = 0.95, eps = 1e-8;
  double weight_decay = 0.1;  ///< of matrices (and of embeddings under AdamW); vectors have none
  double muon_momentum = 0.95;
  double muon_lr_ratio = 1.0;  ///< matrix lr as a multiple of lr, when Muon
};

/// Floating point operations of one update of all matrices by Muon, 0 for AdamW.
double muon_flops(const std::vector<Parameter*>& parameters, const OptimizerSettings& settings);

/// Owns the moments of a model's parameters. A parameter without a gradient in a step is left alone.
class Optimizer {
 public:
  Optimizer(std::vector<Parameter*> parameters, OptimizerSettings settings);

  /// One update from the gradients in the parameters' slots, each multiplied by gradient_scale (clipping).
  void step(ExecutionContext& context, double lr, double gradient_scale);

  /// Euclidean norm of all gradients together, in f64 and in a fixed order; not finite when any element is not.
  double gradient_norm(ExecutionContext& context) const;
  void clear_gradients();

  int64_t num_steps() const { return num_steps_; }
  int64_t state_bytes() const;
  /// Moments as named tensors, sharing memory, for saving; load copies into them.
  std::vector<std::pair<std::string, Tensor>> state() const;
  /// Errors: kMismatch when a moment is missing or has another shape.
  void load_state(const std::vector<std::pair<std::string, Tensor>>& state, int64_t num_steps);

 private:
  struct Slot {
    Parameter* parameter;
    bool uses_muon;
    Tensor first, second;  // Muon keeps only the first
  };
  double decay_of(const Parameter& parameter) const;
  void adamw(const KernelContext& context, const Slot& slot, double lr, double gradient_scale) const;

  std::vector<Slot> slots_;
  OptimizerSettings settings_;
  int64_t num_steps_ = 0;
  std::vector<std::unique_ptr<Arena>> arenas_;  // one a thread, for Muon's matrices
};

/// Replaces momentum [N,K] by the nearest semi-orthogonal matrix, approximately: five steps of a quintic iteration,
/// singular values end between about 0.7 and 1.2. Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers".
void orthogonalise(const KernelContext& context, Tensor& matrix);

}  // namespace vitrine::optim
