#include "bench/train_speed.h"

#include <algorithm>
#include <chrono>

#include "bench/timing.h"
#include "core/memory.h"
#include "core/rng.h"
#include "nn/transformer.h"
#include "optim/optimizer.h"

namespace vitrine::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

Tensor random_batch(const TrainShape& shape, uint32_t step) {
  Rng rng(1, 77, step);
  const Tensor ids = Tensor::empty({shape.rows, shape.context_length}, DType::kI32);
  for (int32_t& id : ids.ints())
    id = static_cast<int32_t>(rng.next_below(static_cast<uint64_t>(shape.model.vocab_size)));
  return ids;
}

nn::TransformerConfig gpt2_shape(int64_t width, int64_t layers, int64_t vocab_size) {
  return {.architecture = "gpt2",
          .vocab_size = vocab_size,
          .width = width,
          .layers = layers,
          .heads = width / 64,
          .key_heads = width / 64,
          .head_width = 64,
          .hidden_width = 4 * width,
          .context_length = 256,
          .norm = "layer",
          .norm_eps = 1e-5,
          .mlp = "gelu",
          .positions = "learned",
          .qk_norm = false,
          .bias = true};
}

}  // namespace

std::vector<TrainShape> train_shapes() {
  return {{"124m", gpt2_shape(768, 12, 50304), 4, 256}, {"baby", gpt2_shape(384, 6, 4096), 12, 256}};
}

TrainSpeed measure_train_speed(const TrainShape& shape, const autograd::Runtime& runtime,
                               const std::string& matrix_rule, int steps, int warmup) {
  nn::Transformer transformer(shape.model, 1);
  const optim::OptimizerSettings settings{.matrix_rule = matrix_rule};
  optim::Optimizer optimizer(transformer.parameters(), settings);
  autograd::ExecutionContext context = runtime.execution_context();
  const int64_t tokens = shape.rows * shape.context_length;
  release_cached_memory();
  reset_peak_memory();
  std::vector<double> whole, forward, backward, update;
  for (int step = 0; step < warmup + steps; ++step) {
    const Tensor ids = random_batch(shape, static_cast<uint32_t>(2 * step));
    const Tensor targets = random_batch(shape, static_cast<uint32_t>(2 * step + 1));
    const TraceScope traced(runtime.trace(), TraceKind::kRegion, "step", step + 1);
    const auto start = Clock::now();
    optimizer.clear_gradients();
    autograd::Tape tape;
    context.tape = &tape;
    transformer.loss(context, {.ids = ids}, targets, 1.0f / static_cast<float>(tokens));
    const auto after_forward = Clock::now();
    tape.run_backward(context);
    const auto after_backward = Clock::now();
    const double norm = optimizer.gradient_norm(context);
    optimizer.step(context, 1e-3, norm > 1 ? 1 / norm : 1);
    const auto end = Clock::now();
    if (step < warmup) continue;
    whole.push_back(seconds(start, end));
    forward.push_back(seconds(start, after_forward));
    backward.push_back(seconds(after_forward, after_backward));
    update.push_back(seconds(after_backward, end));
  }
  TrainSpeed speed{.name = shape.name, .num_parameters = shape.model.num_parameters()};
  speed.step_seconds = median(whole);
  speed.forward_seconds = median(forward);
  speed.backward_seconds = median(backward);
  speed.optimizer_seconds = median(update);
  speed.tokens_per_second = static_cast<double>(tokens) / speed.step_seconds;
  speed.flops_per_second = speed.tokens_per_second * shape.model.train_flops_per_token(shape.context_length) +
                           optim::muon_flops(transformer.parameters(), settings) / speed.step_seconds;
  speed.peak_memory_bytes = memory_use().peak_bytes;
  speed.fixed_memory_bytes = 8 * speed.num_parameters + optimizer.state_bytes();
  return speed;
}

}  // namespace vitrine::bench
