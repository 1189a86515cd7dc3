// What the engine is asked for, and what comes of it.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor.h"
#include "infer/sampler.h"
#include "infer/token_constraint.h"

namespace vitrine::infer {

using RequestId = uint64_t;

/// A piece of a prompt: token ids, or rows that stand in place of embeddings (an image).
struct Segment {
  std::vector<int32_t> ids;
  Tensor rows;  ///< [n,C] f32; undefined: ids
};

/// Why generation ended.
enum class StopReason { kStopToken, kLength, kContext, kCancelled };
/// stop, length, context, interrupted.
constexpr std::string_view stop_reason_name(StopReason reason) {
  constexpr std::string_view kNames[] = {"stop", "length", "context", "interrupted"};
  return kNames[static_cast<int>(reason)];
}

/// Where guesses at the next tokens come from, which one pass then checks. The text is the same with and without.
enum class Speculation { kNone, kLookup, kDraftModel };

/// Which hidden states (after the last norm) a request wants of its prompt.
enum class HiddenStates { kNone, kLast, kAll };

struct Completion;

struct Request {
  std::vector<Segment> segments;
  int64_t adapter = 0;  ///< 0: the model as it is
  SamplingSettings sampling;
  int64_t max_tokens = 256;
  std::vector<int32_t> stop_ids;
  int64_t priority = 0;  ///< higher goes first
  Speculation speculation = Speculation::kNone;
  /// What the text has to be; it follows this text alone. Null: anything. Where its rule can spell, what has to come is
  /// guessed ahead as by speculation.
  std::shared_ptr<TokenConstraint> constraint;
  int64_t score_from = -1;  ///< position of the first prompt token that is scored; -1: none is
  HiddenStates hidden = HiddenStates::kNone;

  /// Called with each token that is not a stop token; returns false to cancel. May be empty.
  std::function<bool(const SampledToken&)> on_token;
  /// Called before on_token, and for stop tokens too, with what each step of sampling did. May be empty, which saves
  /// the record.
  std::function<void(const SampledToken&, const SamplingRecord&)> on_record;
  size_t num_recorded = 10;  ///< tokens that the record lists for each step
  /// Called once, at the end. May be empty.
  std::function<void(const Completion&)> on_finish;
};

struct Completion {
  RequestId id = 0;
  std::vector<int32_t> ids;  ///< without the stop token
  StopReason reason = StopReason::kLength;
  int64_t prompt_tokens = 0;
  int64_t cached_prompt_tokens = 0;  ///< whose keys and values were there already
  int64_t drafted_tokens = 0;        ///< guessed by speculation
  int64_t accepted_tokens = 0;       ///< of these, that came true
  int64_t forced_tokens = 0;         ///< that a constraint left no choice about, read several at once
  std::vector<double> scores;        ///< natural log-probability of each prompt token from score_from on
  Tensor hidden;                     ///< [n,C], as asked for
  std::exception_ptr failure;        ///< what went wrong with this request alone; reason is kCancelled then
};

/// All tokens of a request's segments; 0 where a row stands.
std::vector<int32_t> flat_ids(const Request& request);

}  // namespace vitrine::infer
