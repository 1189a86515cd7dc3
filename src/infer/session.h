// One text at a time over an engine of its own: what came before is kept and not computed again.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "autograd/execution_context.h"
#include "infer/engine.h"
#include "infer/token_constraint.h"
#include "nn/transformer.h"

namespace vitrine::infer {

struct GenerateOptions {
  SamplingSettings sampling;
  int64_t max_tokens = 256;
  std::vector<int32_t> stop_ids;
  /// What the text has to be; it follows this text alone. Null: anything.
  std::shared_ptr<TokenConstraint> constraint;
  Speculation speculation = Speculation::kNone;
  int64_t adapter = 0;  ///< as of Request
  /// Called with each token that is not a stop token; returns false to cancel. May be empty.
  std::function<bool(const SampledToken&)> on_token;
  std::function<void(const SampledToken&, const SamplingRecord&)> on_record;  ///< as of Request
};

struct GenerateResult {
  std::vector<int32_t> ids;  ///< without the stop token
  StopReason reason = StopReason::kLength;
  int64_t prompt_tokens = 0;
  int64_t cached_prompt_tokens = 0;  ///< taken over from the calls before
  int64_t drafted_tokens = 0, accepted_tokens = 0, forced_tokens = 0;
};

/// Keeps the cache between calls, so that a conversation's earlier turns are not computed again.
/// Threads: one caller at a time.
class Session {
 public:
  /// Errors: as of Engine.
  Session(const nn::Transformer& transformer, const autograd::Runtime& runtime, const EngineOptions& options = {});

  /// Continues a prompt. What goes wrong is thrown, also by on_token. Errors: as of Engine::submit.
  GenerateResult generate(std::span<const int32_t> prompt, const GenerateOptions& options);

  Engine& engine() { return engine_; }

 private:
  Engine engine_;
};

}  // namespace vitrine::infer
