// What is asked of a model in a conversation, whichever API asked it, and how it becomes a generation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/conversation.h"
#include "serve/answer_constraint.h"
#include "serve/generation.h"
#include "serve/served_model.h"
#include "serve/tool_schema.h"

namespace vitrine::serve {

/// A JSON list of tools in the shape of OpenAI's chat API.
std::string tools_json(const std::vector<ToolSpec>& tools);

struct ChatSpec {
  std::string model;
  std::vector<data::Message> messages;
  std::vector<ToolSpec> tools;
  enum class ToolChoice { kAuto, kNone, kRequired } tool_choice = ToolChoice::kAuto;
  std::string named_tool;                      ///< with kRequired: this one
  std::optional<AnswerConstraint> constraint;  ///< of the words
  infer::SamplingSettings sampling;
  int64_t num_choices = 1;
  std::optional<int64_t> max_tokens;
  std::vector<std::string> stop;
  int64_t priority = 0;            ///< of GenerationOptions
  bool ignores_end = false;        ///< goes on behind the ends that the model sets; for measurements
  int top_log_probabilities = -1;  ///< below 0: none are asked for
  std::optional<bool> enable_thinking;
  std::vector<data::TemplateVariable> template_variables;  ///< what a template does not ask for has no effect
  int64_t max_reasoning_tokens = 0;                        ///< 0: no bound of their own
  std::string prefill;  ///< how the answer begins; it is not repeated in what comes out
};

/// Everything but the seed of the single choice. Errors: ApiError 400, context_length_exceeded with both numbers among
/// them.
GenerationOptions generation_options(const ChatSpec& spec, const ServedModel& model);

/// The prompt of a conversation, with its tools. Errors: ApiError 400 where the template refuses it.
data::Prompt chat_prompt(const ChatSpec& spec, const ServedModel& model);
std::string chat_prompt_text(const ChatSpec& spec, const ServedModel& model);

/// Tokens that a prompt of a conversation leaves free at least.
inline constexpr int64_t kAnswerRoom = 32;

/// Drops the oldest turns until an answer has room: its max_tokens less those that are written already, or a quarter of
/// the context. Counts them. False: the last turn with its calls leaves less than kAnswerRoom.
bool make_room(ChatSpec& spec, const ServedModel& model, int64_t num_written, int64_t& num_dropped);

/// Errors: ApiError 400 context_length_exceeded where a prompt leaves no room for an answer.
void require_room(int64_t prompt_tokens, int64_t context_length, std::string_view param);

/// The settings of one of several choices: the first has the seed that was asked for.
infer::SamplingSettings sampling_of_choice(const infer::SamplingSettings& sampling, int64_t choice);

}  // namespace vitrine::serve
