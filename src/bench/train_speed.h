// How fast whole training steps are, against the machine's f32 peak measured in the same run.
#pragma once

#include <string>
#include <vector>

#include "autograd/execution_context.h"
#include "nn/config.h"

namespace vitrine::bench {

/// A shape and batch to time.
struct TrainShape {
  std::string name;
  nn::TransformerConfig model;
  int64_t rows = 0;            ///< B
  int64_t context_length = 0;  ///< T
};

/// The shapes that figures are quoted for: GPT-2 124M at 4 x 256, and 6 layers of width 384 at 12 x 256.
std::vector<TrainShape> train_shapes();

struct TrainSpeed {
  std::string name;
  int64_t num_parameters = 0;
  double step_seconds = 0;  ///< median over steps: forward, backward, update
  double forward_seconds = 0, backward_seconds = 0, optimizer_seconds = 0;
  double tokens_per_second = 0;
  double flops_per_second = 0;     ///< by 6 N + 12 L C T a token, plus Muon's products where it is used
  int64_t peak_memory_bytes = 0;   ///< of tensors: weights, gradients, optimizer state, activations, scratch
  int64_t fixed_memory_bytes = 0;  ///< weights + gradients + optimizer state
};

/// Times `steps` steps after `warmup` ones on random tokens.
TrainSpeed measure_train_speed(const TrainShape& shape, const autograd::Runtime& runtime,
                               const std::string& matrix_rule, int steps, int warmup = 1);

}  // namespace vitrine::bench
