// How fast a model reads a prompt and writes tokens, beside what the machine could do in the same minute.
#pragma once

#include <cstdint>
#include <vector>

#include "autograd/execution_context.h"
#include "nn/transformer.h"

namespace vitrine::bench {

/// What a pass over a model has to do at least. Units: bytes; operations, a multiplication and an addition are two.
struct InferenceWork {
  int64_t weight_bytes = 0;         ///< of the matrices that every token goes through, as they are held
  int64_t cache_bytes_per_key = 0;  ///< keys and values of one token in all layers
  int64_t block_weights = 0;        ///< elements of those matrices without the head
  int64_t head_weights = 0;
};
InferenceWork inference_work(nn::Transformer& transformer);

struct InferencePlan {
  std::vector<int64_t> prompts = {512};      ///< lengths to read from an empty cache
  std::vector<int64_t> contexts = {0, 512};  ///< tokens in the cache before writing
  int64_t tokens = 64;                       ///< to write
  int repetitions = 3;
};

/// One row: the median over repetitions, with the read bandwidth that was measured right before and after each.
struct InferenceSpeed {
  bool writes = false;  ///< one token after the other, or else a prompt
  int64_t batch = 1;
  int64_t context = 0;  ///< in the cache at the start
  int64_t tokens = 0;
  double seconds = 0;
  double tokens_per_second = 0;
  double bytes_per_token = 0;       ///< weights (once for a prompt) and cache, read
  double operations_per_token = 0;  ///< of the products with weights
  double read_gbps = 0;             ///< the machine's, see measure_read_gbps
};

/// Random tokens. Errors: kInvalidArgument where a prompt or context does not fit the model.
std::vector<InferenceSpeed> measure_inference_speed(nn::Transformer& transformer, const autograd::Runtime& runtime,
                                                    const InferencePlan& plan);

}  // namespace vitrine::bench
