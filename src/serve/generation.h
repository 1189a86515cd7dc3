// One text that a model writes: thoughts, words and calls told apart, ended where it has to end.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/assistant_output.h"
#include "infer/request.h"
#include "serve/call_fragments.h"
#include "serve/http/responder.h"
#include "serve/model_hub.h"
#include "tokenizer/stream_decoder.h"

namespace vitrine::serve {

/// A token with its log-probability, and the most probable ones in its place.
struct TokenReport {
  struct Choice {
    std::string bytes;
    double log_probability = 0;
  };
  Choice token;
  std::vector<Choice> best;
};

struct GenerationOptions {
  std::vector<int32_t> prompt;
  bool is_chat = true;            ///< parts are told apart; else the text is one, and goes on from the prompt
  bool opens_reasoning = false;   ///< the prompt has begun the thoughts
  bool closes_reasoning = false;  ///< the prompt has ended them at once
  bool continues = false;         ///< the prompt has begun the words
  data::OutputMarks marks;        ///< of a chat
  infer::SamplingSettings sampling;
  int64_t max_tokens = 0;            ///< thoughts included; cut to what the context leaves
  int64_t max_reasoning_tokens = 0;  ///< 0: no bound of their own
  std::vector<std::string> stop;     ///< texts that end the answer and are not shown
  std::vector<int32_t> stop_ids;
  std::optional<infer::TextRule> rule;   ///< of the words behind the thoughts
  std::string forced_begin, forced_end;  ///< written for the model before and behind what the rule asks for
  bool is_call = false;                  ///< the rule is that of a call
  /// Of a call that the model begins by itself: from its mark on it keeps to this, so that it becomes one.
  std::optional<infer::TextRule> call_rule;
  std::vector<std::string> bare_calls;  ///< the names by which such a call is known where it has no mark
  bool shows_call_pieces = true;        ///< calls under a rule are JSON objects, told of while they are written
  int top_log_probabilities = -1;       ///< below 0: no tokens are reported
  int64_t priority = 0;                 ///< of infer::Request: higher goes first
};

enum class FinishReason { kStop, kLength, kToolCalls, kCancelled };

struct GenerationResult {
  std::vector<data::Part> parts;
  bool has_cut_call = false;  ///< the last part is a call whose arguments were cut off by the length
  FinishReason reason = FinishReason::kStop;
  bool ended_thinking = false;  ///< within its thoughts, whatever ended it: there is no answer
  std::string stop_text;        ///< of GenerationOptions::stop, where one ended the answer
  bool is_context_full = false;
  int64_t prompt_tokens = 0, cached_tokens = 0, completion_tokens = 0, reasoning_tokens = 0;
  int64_t tokens_after_cancel = 0;       ///< drawn in a step that was under way when the answer was cancelled
  std::vector<int32_t> ids;              ///< that were drawn, without the token that ended the text
  std::vector<float> log_probabilities;  ///< of these, by the model itself
  double first_token_s = 0, total_s = 0;
  std::exception_ptr failure;  ///< what went wrong; reason is kCancelled then
};

/// Called on the thread of the engines; none may wait for anything. Any may be empty.
struct GenerationEvents {
  std::function<void(int64_t prompt_tokens)> on_first_token;
  std::function<void(std::string_view text, const std::vector<TokenReport>& tokens)> on_text;
  std::function<void(std::string_view text)> on_reasoning;
  /// A call has begun: its name and, where its form has one, its id. Then its arguments come, in pieces, and its end.
  std::function<void(const data::ToolCallPart& call)> on_call_begin;
  std::function<void(std::string_view arguments)> on_call_arguments;
  /// `is_whole`: false where the answer's length has cut the call off.
  std::function<void(const data::ToolCallPart& call, bool is_whole)> on_call_end;
  std::function<void(const GenerationResult& result)> on_finish;
};

/// Follows one answer through the engine. It lives until on_finish, whoever holds it.
class Generation : public std::enable_shared_from_this<Generation> {
 public:
  Generation(ModelHub& hub, std::shared_ptr<ServedModel> model, std::shared_ptr<Place> place, GenerationOptions options,
             GenerationEvents events);

  /// Errors: as of infer::Engine::submit; nothing is called then.
  void start();
  /// Ends the answer at the next step. Threads: safe.
  void cancel();

  const GenerationOptions& options() const { return options_; }

 private:
  using Clock = std::chrono::steady_clock;

  void submit();
  bool take(const infer::SampledToken& token);
  void take_record(const infer::SampledToken& token, const infer::SamplingRecord& record);
  void take_text(std::string_view text);
  void take_call_text(std::string_view text);
  void take_call(const data::ToolCallPart& call);
  bool begins_call() const;
  bool follows_call_rule();
  void end_ruled_call();
  void gather_parts();
  void finish_stretch(const infer::Completion& done);
  bool begins_next_stretch(const infer::Completion& done);
  void push_text(const std::string& text, bool is_shown = true);
  void finish(const infer::Completion& done);

  ModelHub& hub_;
  std::shared_ptr<ServedModel> model_;
  std::shared_ptr<Place> place_;
  GenerationOptions options_;
  GenerationEvents events_;
  std::vector<int32_t> ids_;  // the prompt, and what earlier stretches wrote
  std::unique_ptr<data::AssistantOutput> output_;
  std::unique_ptr<tokenizer::StreamDecoder> decoder_;  // where it is no chat
  std::string held_text_;                              // may be the start of a stop text
  std::string shown_text_;
  CallFragments fragments_;  // of the call at hand
  data::ToolCallPart call_;  // as far as it was told
  bool has_call_ = false;    // call_ has begun
  bool is_stopped_ = false, was_ruled_ = false, is_at_turn_ = false, has_first_ = false;
  bool is_ruled_call_ = false;  // what the rule at hand asks for is a call
  bool is_free_call_ = false;   // the call at hand began in another way than the rule knows
  std::vector<TokenReport> tokens_;
  std::optional<TokenReport> drawn_;
  int64_t num_tokens_ = 0;
  GenerationResult result_;
  std::shared_ptr<infer::TokenConstraint> constraint_;
  std::atomic<infer::RequestId> request_{0};
  std::atomic<bool> is_cancelled_{false};
  Clock::time_point start_;
};

/// Starts the choices of one answer; they are cancelled when the client leaves. Errors: as of Generation::start, and
/// none of them runs then.
void start_all(const std::vector<std::shared_ptr<Generation>>& generations,
               const std::shared_ptr<Responder>& responder);

}  // namespace vitrine::serve
