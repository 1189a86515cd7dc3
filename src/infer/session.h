// One sequence being continued: its tokens and the cache of their keys and values.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "autograd/execution_context.h"
#include "infer/sampler.h"
#include "infer/token_constraint.h"
#include "nn/transformer.h"

namespace vitrine::infer {

/// Why generation ended.
enum class StopReason { kStopToken, kLength, kContext, kCancelled };

struct GenerateOptions {
  SamplingSettings sampling;
  int64_t max_tokens = 256;
  std::vector<int32_t> stop_ids;
  /// What the text has to be; it follows this text alone. Null: anything.
  std::shared_ptr<TokenConstraint> constraint;
  /// Called with each token that is not a stop token; returns false to cancel. May be empty.
  std::function<bool(const SampledToken&)> on_token;
};

struct GenerateResult {
  std::vector<int32_t> ids;  ///< without the stop token
  StopReason reason = StopReason::kLength;
  int64_t prompt_tokens = 0;
  int64_t cached_prompt_tokens = 0;  ///< taken over from the call before
};

/// Keeps the cache between calls, so that a conversation's earlier turns are not computed again.
/// Threads: one caller at a time.
class Session {
 public:
  Session(const nn::Transformer& transformer, const autograd::Runtime& runtime);

  /// Continues a prompt. Errors: kInvalidArgument for an empty prompt, an unknown id, or one that leaves no room in the
  /// context; as TokenConstraint.
  GenerateResult generate(std::span<const int32_t> prompt, const GenerateOptions& options);

 private:
  void keep_common_prefix(std::span<const int32_t> prompt);
  Tensor prefill(std::span<const int32_t> ids);
  Tensor advance(std::span<const int32_t> ids);

  const nn::Transformer& transformer_;
  autograd::ExecutionContext context_;
  nn::KvCache cache_;
  std::vector<int32_t> cached_ids_;
};

}  // namespace vitrine::infer
