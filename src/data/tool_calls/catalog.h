// How models write calls of tools. Adding a form is a file that defines it and a line in catalog.cc.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "data/conversation.h"
#include "data/tool_calls/json_calls.h"

namespace vitrine::data {

/// How a call is written where it is no JSON, as far as a model can be kept to it while it writes one. A blank stands
/// for a line break, or nothing.
struct CallNotation {
  std::string_view begin = {};  ///< before the name
  std::string_view behind_name = {};
  /// Of each argument, whose value is JSON, or a string as it is. All empty: the arguments are one JSON object.
  std::string_view before_key = {}, behind_key = {}, behind_value = {};
  std::string_view end = {};  ///< behind the arguments
};

/// How a family of models writes calls. It describes itself.
struct ToolCallForm {
  std::string_view name;
  std::string_view help;
  std::string_view begin;  ///< the mark before calls
  std::string_view end;    ///< the mark behind them; empty: they go on to the next such mark, or the end of the answer
  bool may_be_bare = false;   ///< calls may also be a whole answer without the mark, a JSON object
  bool has_channels = false;  ///< thoughts, words and calls are messages under headers (harmony), not between marks
  /// What a call may be: JSON objects with name and arguments, one or a list of them, or any of these notations. A form
  /// without either cannot be kept to.
  enum class Json : uint8_t { kNone, kObject, kList } json = Json::kNone;
  std::string_view arguments_key = "arguments";  ///< in those objects
  std::span<const CallNotation> notations = {};
  bool takes_several = false;  ///< several calls, one after another, stand between the marks
  size_t id_characters = 0;    ///< templates of the form ask for a name of the call of so many letters; 0: for none
  bool (*is_shown_in)(std::string_view chat_template);
  /// Reads what stands behind the mark, with nothing else in it. Empty where it is no call. Forms that write values
  /// without quotes ask the tools (JSON as in OpenAI's chat API, may be empty) what their types are.
  std::vector<ToolCallPart> (*parse)(std::string_view text, std::string_view tools_json);
  /// Tells whether what stands behind the mark is a call that has not ended, so that a spelled `end` belongs to a
  /// value.
  bool (*is_open)(std::string_view text) = is_open_json_call;
};

std::span<const ToolCallForm* const> tool_call_forms();
/// Returns the form of that name, or null.
const ToolCallForm* find_tool_call_form(std::string_view name);
/// Returns the form that a chat template shows, or null where it shows none that is known.
const ToolCallForm* tool_call_form_of(std::string_view chat_template);

/// The entries, each in a file of its own.
extern const ToolCallForm kHermesForm, kQwenCoderForm, kGlmForm, kMistralForm, kGraniteForm, kLlamaForm, kDeepSeekForm,
    kGemmaForm, kHarmonyForm;

}  // namespace vitrine::data
