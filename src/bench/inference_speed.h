// How fast the engine reads prompts and writes tokens, beside what the machine could do in the same minute.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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
InferenceWork inference_work(nn::Transformer& transformer, DType cache_dtype = DType::kF32);

struct InferencePlan {
  std::vector<int64_t> prompts = {512};         ///< lengths to read from an empty cache
  std::vector<int64_t> contexts = {128, 4096};  ///< tokens in the cache before writing, of each sequence
  std::vector<int64_t> batches = {1, 4, 16};    ///< sequences at once
  int64_t tokens = 32;                          ///< to write, in each sequence
  int repetitions = 3;
  DType cache_dtype = DType::kF32;
};

/// One row: the median over repetitions, with the read bandwidth that was measured right before and after each.
struct InferenceSpeed {
  bool writes = false;  ///< one token after the other, or else prompts
  int64_t batch = 1;    ///< sequences at once
  int64_t context = 0;  ///< in the cache at the start, of each
  int64_t tokens = 0;   ///< of each
  double seconds = 0;
  double tokens_per_second = 0;     ///< of all together
  double bytes_per_token = 0;       ///< weights (once for each pass) and cache, read
  double operations_per_token = 0;  ///< of the products with weights
  double read_gbps = 0;             ///< the machine's, see ReadProbe
};

/// Who follows a long measurement. Every function may be empty.
struct InferenceObserver {
  /// A row is begun, the first being 1; of `row` is known what is measured.
  std::function<void(const InferenceSpeed& row, size_t number, size_t count)> on_begin;
  std::function<void(const InferenceSpeed& row)> on_row;  ///< one is finished
  std::function<bool()> should_stop;                      ///< asked after every pass
};

/// Random tokens, greedy, through infer::Engine; drawing is a part of the time. Prompts and contexts that do not fit
/// the model are passed over. Errors: kInvalidArgument where a plan has nothing that fits; kInterrupted where the
/// observer stops it.
std::vector<InferenceSpeed> measure_inference_speed(nn::Transformer& transformer, const autograd::Runtime& runtime,
                                                    const InferencePlan& plan, const InferenceObserver& observer = {});

/// Writing behind a prompt, greedy, with and without prompt look-up. The texts are the same. Errors: kInterrupted where
/// the observer stops it.
struct LookupSpeed {
  int64_t prompt_tokens = 0, tokens = 0;
  int64_t drafted_tokens = 0, accepted_tokens = 0;
  double plain_tokens_per_second = 0, lookup_tokens_per_second = 0;  ///< medians, taken in turns
};
LookupSpeed measure_lookup_speed(const nn::Transformer& transformer, const autograd::Runtime& runtime,
                                 const std::vector<int32_t>& prompt, int repetitions, DType cache_dtype = DType::kF32,
                                 const InferenceObserver& observer = {});

}  // namespace vitrine::bench
