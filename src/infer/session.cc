#include "infer/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace vitrine::infer {
namespace {

constexpr size_t kPrefillChunk = 256;  // tokens of a prompt in one pass

}  // namespace

Session::Session(const nn::Transformer& transformer, const autograd::Runtime& runtime)
    : transformer_(transformer),
      context_(runtime.execution_context()),
      cache_(transformer.config(), transformer.config().context_length) {}

Tensor Session::advance(std::span<const int32_t> ids) {
  const TraceScope traced(context_.kernels.trace, TraceKind::kRegion, ids.size() > 1 ? "prefill" : "decode");
  const Tensor tokens = Tensor::from_ints({1, static_cast<int64_t>(ids.size())}, ids);
  const autograd::Variable hidden = transformer_.hidden(context_, {.ids = tokens, .cache = &cache_});
  cached_ids_.insert(cached_ids_.end(), ids.begin(), ids.end());
  const int64_t width = transformer_.config().width, rows = static_cast<int64_t>(ids.size());
  const Tensor last = hidden.data.reshaped({rows, width}).slice_rows(rows - 1, rows);
  return transformer_.logits(context_, autograd::constant(last));
}

void Session::keep_common_prefix(std::span<const int32_t> prompt) {
  // The last prompt token is always computed: its logits are what generation starts from.
  const auto [mine, theirs] = std::mismatch(cached_ids_.begin(), cached_ids_.end(), prompt.begin(), prompt.end() - 1);
  cached_ids_.erase(mine, cached_ids_.end());
  cache_.length = static_cast<int64_t>(cached_ids_.size());
}

Tensor Session::prefill(std::span<const int32_t> ids) {
  Tensor logits;
  for (; !ids.empty(); ids = ids.subspan(std::min(kPrefillChunk, ids.size())))
    logits = advance(ids.first(std::min(kPrefillChunk, ids.size())));
  return logits;
}

GenerateResult Session::generate(std::span<const int32_t> prompt, const GenerateOptions& options) {
  const auto prompt_tokens = static_cast<int64_t>(prompt.size());
  if (prompt.empty())
    throw Error(ErrorCode::kInvalidArgument, "generate: the prompt is empty", "give at least one token");
  if (prompt_tokens >= cache_.capacity)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("generate: a prompt of {} tokens leaves no room in the context of {}", prompt_tokens,
                            cache_.capacity),
                "shorten the prompt");
  GenerateResult result{.prompt_tokens = prompt_tokens};
  keep_common_prefix(prompt);
  result.cached_prompt_tokens = cache_.length;
  Tensor logits = prefill(prompt.subspan(cached_ids_.size()));
  Sampler sampler(options.sampling);
  while (static_cast<int64_t>(result.ids.size()) < options.max_tokens) {
    const SampledToken token = [&] {
      const TraceScope traced(context_.kernels.trace, TraceKind::kOperation, "sample");
      return sampler.sample(logits.floats());
    }();
    if (std::find(options.stop_ids.begin(), options.stop_ids.end(), token.id) != options.stop_ids.end()) {
      result.reason = StopReason::kStopToken;
      return result;
    }
    result.ids.push_back(token.id);
    if (options.on_token && !options.on_token(token)) {
      result.reason = StopReason::kCancelled;
      return result;
    }
    if (cache_.length >= cache_.capacity) {
      result.reason = StopReason::kContext;
      return result;
    }
    logits = advance(std::span(&result.ids.back(), 1));
  }
  return result;
}

}  // namespace vitrine::infer
