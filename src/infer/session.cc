#include "infer/session.h"

namespace vitrine::infer {

Session::Session(const nn::Transformer& transformer, const autograd::Runtime& runtime, const EngineOptions& options)
    : engine_(transformer, runtime, options) {}

GenerateResult Session::generate(std::span<const int32_t> prompt, const GenerateOptions& options) {
  Completion done;
  engine_.submit({.segments = {{.ids = {prompt.begin(), prompt.end()}}},
                  .adapter = options.adapter,
                  .sampling = options.sampling,
                  .max_tokens = options.max_tokens,
                  .stop_ids = options.stop_ids,
                  .speculation = options.speculation,
                  .constraint = options.constraint,
                  .on_token = options.on_token,
                  .on_record = options.on_record,
                  .on_finish = [&](const Completion& completion) { done = completion; }});
  engine_.run();
  if (done.failure) std::rethrow_exception(done.failure);
  return {.ids = std::move(done.ids),
          .reason = done.reason,
          .prompt_tokens = done.prompt_tokens,
          .cached_prompt_tokens = done.cached_prompt_tokens,
          .drafted_tokens = done.drafted_tokens,
          .accepted_tokens = done.accepted_tokens,
          .forced_tokens = done.forced_tokens};
}

}  // namespace vitrine::infer
