#include "train/gradient_passes.h"

#include <algorithm>

#include "kernels/elementwise.h"

namespace vitrine::train {
namespace {

constexpr uint32_t kDropoutStreams = 0x10000, kStreamsPerPass = 0x1000;  // streams below are other uses of the seed

}  // namespace

GradientPasses::GradientPasses(nn::Transformer& transformer, const autograd::Runtime& runtime, int64_t parallel_passes)
    : transformer_(transformer), runtime_(runtime), parameters_(transformer.parameters()) {
  for (int64_t pass = 1; pass < parallel_passes; ++pass) sets_.push_back(std::make_unique<autograd::GradientSet>());
  for (int thread = 0; thread < runtime.num_threads(); ++thread) arenas_.push_back(std::make_unique<Arena>());
}

bool GradientPasses::has_thread_for_each_pass(int64_t count) const {
  return count > 1 && runtime_.num_threads() <= count;
}

double GradientPasses::run_pass(const data::Batch& batch, autograd::ExecutionContext& context, int64_t pass) {
  const TraceScope traced(context.kernels.trace, TraceKind::kRegion, "pass", pass);
  context.rng = rng_;
  context.training = true;
  context.next_stream = kDropoutStreams + static_cast<uint32_t>(pass) * kStreamsPerPass;
  autograd::Tape tape;
  context.tape = &tape;
  const double loss_sum =
      transformer_
          .loss(context, {.ids = batch.inputs, .positions = batch.positions, .first_key = batch.first_key},
                batch.targets, gradient_scale_)
          .loss_sum;
  tape.run_backward(context);
  return loss_sum;
}

void GradientPasses::add_gradients(int64_t count) {
  const KernelContext context = runtime_.kernel_context();
  const TraceScope traced(count > 1 ? context.trace : nullptr, TraceKind::kOperation, "add gradients");
  for (const autograd::Parameter* parameter : parameters_)
    for (int64_t pass = 1; pass < count; ++pass) {
      autograd::GradientSlot& part = sets_[static_cast<size_t>(pass - 1)]->slot(*parameter);
      if (!part.has_value()) continue;
      const auto target = parameter->gradient->target(parameter->shape());
      if (!target.accumulate) target.tensor.fill_zero();
      kernels::axpy(context, 1.0f, part.value().f32(), target.tensor.f32(), parameter->data().num_elements());
    }
}

std::optional<double> GradientPasses::run(std::span<const data::Batch> batches, float gradient_scale, RngKey rng,
                                          const GoesOn& goes_on) {
  gradient_scale_ = gradient_scale;
  rng_ = rng;
  const auto group_size = static_cast<int64_t>(sets_.size()) + 1, num_passes = static_cast<int64_t>(batches.size());
  double loss_sum = 0;
  for (int64_t begin = 0; begin < num_passes; begin += group_size) {
    if (goes_on && !goes_on(begin)) return std::nullopt;
    const int64_t count = std::min(group_size, num_passes - begin);
    const bool apart = has_thread_for_each_pass(count);
    std::vector<double> losses(static_cast<size_t>(count));
    const auto run_one = [&](int64_t i, int thread) {
      autograd::ExecutionContext context = runtime_.execution_context();
      if (apart) context.kernels.pool = &alone_;
      if (apart) context.kernels.arena = arenas_[static_cast<size_t>(thread)].get();
      context.gradients = i == 0 ? nullptr : sets_[static_cast<size_t>(i - 1)].get();
      losses[static_cast<size_t>(i)] = run_pass(batches[static_cast<size_t>(begin + i)], context, begin + i);
    };
    for (const auto& set : sets_) set->clear();
    if (apart)
      runtime_.kernel_context().pool->parallel_for(count, run_one);
    else
      for (int64_t i = 0; i < count; ++i) run_one(i, 0);
    add_gradients(count);
    for (const double loss : losses) loss_sum += loss;
  }
  return loss_sum;
}

}  // namespace vitrine::train
