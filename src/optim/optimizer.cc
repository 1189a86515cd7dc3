#include "optim/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "kernels/elementwise.h"
#include "kernels/optimizer_step.h"

namespace vitrine::optim {
namespace {

using autograd::ParameterRole;

/// Muon on one matrix: Nesterov momentum, orthogonalised, scaled so that the update's RMS matches AdamW's.
/// Source of the scale 0.2 * sqrt(max(N, K)): Liu et al. 2025, arXiv:2502.16982.
void muon_step(const KernelContext& kernels_context, Parameter& parameter, const Tensor& momentum, double lr,
               double decay, double beta, double gradient_scale) {
  const Tensor& weight = parameter.data();
  const int64_t count = weight.num_elements();
  Tensor update = Tensor::empty(weight.shape());
  kernels::nesterov_momentum(kernels_context, {.gradient = parameter.gradient->value().f32(),
                                               .momentum = momentum.f32(),
                                               .update = update.f32(),
                                               .count = count,
                                               .beta = static_cast<float>(beta),
                                               .gradient_scale = static_cast<float>(gradient_scale)});
  orthogonalise(kernels_context, update);
  const double rms_scale = 0.2 * std::sqrt(static_cast<double>(std::max(weight.shape()[0], weight.shape()[1])));
  kernels::decayed_step(kernels_context, static_cast<float>(1.0 - lr * decay), static_cast<float>(lr * rms_scale),
                        update.f32(), weight.f32(), count);
}

}  // namespace

Optimizer::Optimizer(std::vector<Parameter*> parameters, OptimizerSettings settings) : settings_(std::move(settings)) {
  for (Parameter* parameter : parameters) {
    if (!parameter->trainable) continue;
    Slot slot{parameter, parameter->role == ParameterRole::kMatrix && settings_.matrix_rule == "muon"};
    slot.first = Tensor::zeros(parameter->shape());
    if (!slot.uses_muon) slot.second = Tensor::zeros(parameter->shape());
    slots_.push_back(std::move(slot));
  }
}

void Optimizer::step(ExecutionContext& context, double lr, double gradient_scale) {
  ++num_steps_;
  const TraceScope traced(context.kernels.trace, TraceKind::kRegion, "update");
  std::vector<Slot*> muon_slots;
  for (Slot& slot : slots_) {
    if (!slot.parameter->gradient->has_value()) continue;
    if (slot.uses_muon) {
      muon_slots.push_back(&slot);
    } else {
      adamw(context.kernels, slot, lr, gradient_scale);
    }
  }
  // Each thread takes whole matrices, the largest first: their products are too small to be worth sharing.
  std::stable_sort(muon_slots.begin(), muon_slots.end(), [](const Slot* a, const Slot* b) {
    return a->parameter->data().num_elements() > b->parameter->data().num_elements();
  });
  while (static_cast<int>(arenas_.size()) < context.kernels.pool->num_threads())
    arenas_.push_back(std::make_unique<Arena>());
  const TraceScope traced_muon(muon_slots.empty() ? nullptr : context.kernels.trace, TraceKind::kOperation, "muon");
  context.kernels.pool->parallel_for(static_cast<int64_t>(muon_slots.size()), [&](int64_t i, int thread) {
    Slot& slot = *muon_slots[static_cast<size_t>(i)];
    KernelContext own = context.kernels;
    own.arena = arenas_[static_cast<size_t>(thread)].get();
    muon_step(own, *slot.parameter, slot.first, lr * settings_.muon_lr_ratio, decay_of(*slot.parameter),
              settings_.muon_momentum, gradient_scale);
  });
  for (Slot& slot : slots_)
    if (slot.parameter->gradient->has_value()) slot.parameter->weight.mark_changed();
}

double Optimizer::decay_of(const Parameter& parameter) const {
  return parameter.role == ParameterRole::kVector ? 0.0 : settings_.weight_decay;
}

void Optimizer::adamw(const KernelContext& context, const Slot& slot, double lr, double gradient_scale) const {
  const Parameter& parameter = *slot.parameter;
  const auto steps = static_cast<double>(num_steps_);
  kernels::adamw_step(context, {.weight = parameter.data().f32(),
                                .gradient = parameter.gradient->value().f32(),
                                .first_moment = slot.first.f32(),
                                .second_moment = slot.second.f32(),
                                .count = parameter.data().num_elements(),
                                .gradient_scale = static_cast<float>(gradient_scale),
                                .lr = static_cast<float>(lr),
                                .beta1 = static_cast<float>(settings_.beta1),
                                .beta2 = static_cast<float>(settings_.beta2),
                                .eps = static_cast<float>(settings_.eps),
                                .weight_decay = static_cast<float>(decay_of(parameter)),
                                .bias_correction1 = static_cast<float>(1 - std::pow(settings_.beta1, steps)),
                                .bias_correction2 = static_cast<float>(1 - std::pow(settings_.beta2, steps))});
}

double Optimizer::gradient_norm(ExecutionContext& context) const {
  const TraceScope traced(context.kernels.trace, TraceKind::kOperation, "gradient norm");
  double squares = 0;
  for (const Slot& slot : slots_)
    if (slot.parameter->gradient->has_value()) {
      const Tensor& gradient = slot.parameter->gradient->value();
      squares += kernels::sum_of_squares(context.kernels, gradient.f32(), gradient.num_elements());
    }
  return std::sqrt(squares);
}

void Optimizer::clear_gradients() {
  for (Slot& slot : slots_) slot.parameter->gradient->clear();
}

int64_t Optimizer::state_bytes() const {
  int64_t total = 0;
  for (const auto& [name, tensor] : state()) total += tensor.num_bytes();
  return total;
}

std::vector<std::pair<std::string, Tensor>> Optimizer::state() const {
  std::vector<std::pair<std::string, Tensor>> list;
  for (const Slot& slot : slots_) {
    list.emplace_back(slot.parameter->name + (slot.uses_muon ? ".momentum" : ".first_moment"), slot.first);
    if (slot.second.defined()) list.emplace_back(slot.parameter->name + ".second_moment", slot.second);
  }
  return list;
}

void Optimizer::load_state(const std::vector<std::pair<std::string, Tensor>>& loaded, int64_t num_steps) {
  for (const auto& [name, tensor] : state()) {
    const auto found = std::find_if(loaded.begin(), loaded.end(), [&](const auto& item) { return item.first == name; });
    if (found == loaded.end() || !(found->second.shape() == tensor.shape()))
      throw Error(
          ErrorCode::kMismatch,
          fmt::format("optimizer state: '{}' is {} (expected shape {})", name,
                      found == loaded.end() ? "missing" : found->second.shape().to_text(), tensor.shape().to_text()),
          "resume with the optimizer and model config that the run began with");
    std::memcpy(tensor.data(), found->second.data(), static_cast<size_t>(tensor.num_bytes()));
  }
  num_steps_ = num_steps;
}

}  // namespace vitrine::optim
