#include "serve/chat_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "serve/api_error.h"
#include "serve/sampling_request.h"

namespace vitrine::serve {
namespace {

using data::Message;
using data::Role;

constexpr size_t kMaxMessages = 10'000;
constexpr size_t kMaxTools = 128;
constexpr int64_t kMaxChoices = 128;

/// The text of "content": a string, or an array of text parts.
std::string read_content(const Fields& message, bool is_required) {
  const JsonValue* const content = message.find("content");
  if (!content) {
    if (is_required) message.required("content", "a string or an array of parts");
    return "";
  }
  if (content->is(JsonKind::kString)) return content->string;
  if (!content->is(JsonKind::kArray))
    message.fail("content", fmt::format("has to be a string or an array of parts (got {})", kind_name(*content)),
                 "invalid_type");
  if (content->items.empty()) message.fail("content", "is empty (expected at least one part)");
  std::string text;
  for (size_t i = 0; i < content->items.size(); ++i) {
    const Fields part(content->items[i], fmt::format("{}[{}]", message.path_of("content"), i));
    const std::string type = part.required_text("type");
    if (type == "refusal") {
      text += part.required_text("refusal");
    } else if (type == "text" || type == "input_text" || type == "output_text") {
      text += part.required_text("text");
    } else if (type == "image_url" || type == "input_audio" || type == "file") {
      part.fail("type", fmt::format("is not understood by this model (got '{}', expected text)", type),
                "unsupported_content");
    } else {
      part.fail("type", fmt::format("is unknown (got '{}', expected text)", excerpt(type)));
    }
  }
  return text;
}

void read_calls(const Fields& message, Message& out) {
  const std::vector<JsonValue>* const calls = message.array("tool_calls", kMaxTools);
  if (!calls) return;
  for (size_t i = 0; i < calls->size(); ++i) {
    const Fields call((*calls)[i], fmt::format("{}[{}]", message.path_of("tool_calls"), i));
    const auto function = call.object("function");
    if (!function) call.required("function", "an object");
    const std::string name = function->required_text("name");
    require_name(*function, "name", name);
    out.parts.push_back(data::ToolCallPart{
        .name = name, .arguments = function->text("arguments").value_or("{}"), .id = call.text("id").value_or("")});
  }
}

Message read_message(const Fields& fields) {
  const std::string role = fields.required_text("role");
  if (role == "user" || role == "system" || role == "developer")
    return data::text_message(role == "user" ? Role::kUser : Role::kSystem, read_content(fields, true));
  if (role == "tool" || role == "function") {
    const std::string id =
        role == "tool" ? fields.required_text("tool_call_id") : fields.text("tool_call_id").value_or("");
    return {Role::kTool, {data::ToolResultPart{read_content(fields, true), id}}};
  }
  if (role != "assistant")
    fields.fail("role", fmt::format("is unknown (got '{}', expected system, developer, user, assistant or tool)",
                                    excerpt(role)));
  Message message{Role::kAssistant, {}};
  const std::string thoughts = fields.text("reasoning_content").value_or("");
  if (!thoughts.empty()) message.parts.push_back(data::ReasoningPart{thoughts});
  const bool has_calls = fields.has("tool_calls");
  const std::string text = read_content(fields, !has_calls && !fields.has("refusal"));
  if (!text.empty() || !has_calls) message.parts.push_back(data::TextPart{text});
  read_calls(fields, message);
  return message;
}

/// What would change the answer, and is not done here, is refused by its name.
void refuse_what_is_not_offered(const Fields& body) {
  for (const std::string_view name : {"functions", "function_call", "audio", "prediction", "web_search_options"})
    if (body.has(name)) body.fail(name, "is not offered", "unsupported_parameter");
  if (const std::vector<JsonValue>* const modalities = body.array("modalities"))
    for (const JsonValue& each : *modalities)
      if (!each.is(JsonKind::kString) || each.string != "text")
        body.fail("modalities", "asks for something else than text, which is not offered", "unsupported_parameter");
  body.boolean("parallel_tool_calls");
  body.object("metadata");
  body.text("user");
}

void read_log_probabilities(const Fields& body, ChatSpec& spec) {
  const bool wants = body.boolean("logprobs").value_or(false);
  const auto top = body.integer("top_logprobs", 0, 20);
  if (top && !wants) body.fail("top_logprobs", "goes with 'logprobs': true");
  if (wants) spec.top_log_probabilities = static_cast<int>(top.value_or(0));
}

bool has_tool(const ChatSpec& spec, const std::string& name) {
  return std::any_of(spec.tools.begin(), spec.tools.end(), [&](const ToolSpec& tool) { return tool.name == name; });
}

/// Leaves of the tools those that may be called.
void read_allowed_tools(const Fields& choice, bool are_nested, ChatSpec& spec) {
  const auto allowed = are_nested ? choice.object("allowed_tools") : std::optional<Fields>(choice);
  if (!allowed) choice.required("allowed_tools", "an object");
  allowed->required_text("mode");
  if (*allowed->choice("mode", {"auto", "required"}) == "required") spec.tool_choice = ChatSpec::ToolChoice::kRequired;
  allowed->required("tools", "an array");
  const std::vector<JsonValue>& list = *allowed->array("tools", kMaxTools);
  if (list.empty()) allowed->fail("tools", "is empty (expected at least one tool)");
  std::set<std::string> names;
  for (size_t i = 0; i < list.size(); ++i) {
    const Fields tool(list[i], fmt::format("{}[{}]", allowed->path_of("tools"), i));
    tool.required_text("type");
    tool.choice("type", {"function"});
    const auto function = are_nested ? tool.object("function") : std::optional<Fields>(tool);
    if (!function) tool.required("function", "an object");
    const std::string name = function->required_text("name");
    if (!has_tool(spec, name))
      function->fail("name", fmt::format("names a function that 'tools' does not have (got '{}')", excerpt(name)));
    names.insert(name);
  }
  std::erase_if(spec.tools, [&](const ToolSpec& tool) { return !names.contains(tool.name); });
}

void read_tool_choice(const Fields& body, bool is_nested, ChatSpec& spec) {
  const JsonValue* const choice = body.find("tool_choice");
  if (!choice) return;
  if (choice->is(JsonKind::kString)) {
    const std::string word = *body.choice("tool_choice", {"none", "auto", "required"});
    spec.tool_choice = word == "none"   ? ChatSpec::ToolChoice::kNone
                       : word == "auto" ? ChatSpec::ToolChoice::kAuto
                                        : ChatSpec::ToolChoice::kRequired;
  } else {
    const Fields named(*choice, body.path_of("tool_choice"));
    const std::string type = named.required_text("type");
    if (type == "allowed_tools") return read_allowed_tools(named, is_nested, spec);
    if (type != "function") named.fail("type", "is unknown (expected function or allowed_tools)");
    const auto function = is_nested ? named.object("function") : std::optional<Fields>(named);
    if (!function) named.required("function", "an object");
    spec.named_tool = function->required_text("name");
    spec.tool_choice = ChatSpec::ToolChoice::kRequired;
    if (!has_tool(spec, spec.named_tool))
      body.fail("tool_choice",
                fmt::format("names a function that 'tools' does not have (got '{}')", excerpt(spec.named_tool)));
  }
  if (spec.tool_choice == ChatSpec::ToolChoice::kRequired && spec.tools.empty())
    body.fail("tool_choice", "asks for a call, and there are no tools");
}

}  // namespace

void require_name(const Fields& fields, std::string_view key, const std::string& name) {
  const bool is_legal = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
  if (name.empty() || name.size() > 64 || !is_legal)
    fields.fail(key, fmt::format("is no name (got '{}', expected 1 to 64 letters, digits, _ or -)", excerpt(name)));
}

void read_tools(const Fields& body, bool are_nested, ChatSpec& spec) {
  if (const std::vector<JsonValue>* const tools = body.array("tools", kMaxTools)) {
    for (size_t i = 0; i < tools->size(); ++i) {
      const Fields tool((*tools)[i], fmt::format("tools[{}]", i));
      const std::string type = tool.required_text("type");
      if (type != "function")
        tool.fail("type", fmt::format("is not offered here (got '{}', expected function)", excerpt(type)));
      const auto function = are_nested ? tool.object("function") : std::optional<Fields>(tool);
      if (!function) tool.required("function", "an object");
      ToolSpec spec_of{.name = function->required_text("name"),
                       .description = function->text("description").value_or("")};
      require_name(*function, "name", spec_of.name);
      for (const ToolSpec& other : spec.tools)
        if (other.name == spec_of.name) function->fail("name", fmt::format("stands twice (got '{}')", spec_of.name));
      spec_of.parameters = read_parameters(*function, "parameters", spec_of.name);
      spec.tools.push_back(std::move(spec_of));
    }
  }
  read_tool_choice(body, are_nested, spec);
}

void apply_reasoning_effort(const std::string& effort, ChatSpec& spec) {
  if (effort == "none") {
    spec.enable_thinking = false;
    return;
  }
  spec.enable_thinking = true;
  const std::pair<std::string_view, int64_t> kBudgets[] = {{"minimal", 128}, {"low", 512}, {"medium", 2048}};
  for (const auto& [name, tokens] : kBudgets)
    if (effort == name) spec.max_reasoning_tokens = tokens;
}

/// As vLLM and llama-server name it: whatever the model's template asks for beside the conversation.
void read_template_variables(const Fields& body, ChatSpec& spec) {
  const auto variables = body.object("chat_template_kwargs");
  if (!variables) return;
  if (const auto thinks = variables->boolean("enable_thinking")) spec.enable_thinking = thinks;
  for (const auto& [name, value] : variables->value().members)
    if (name != "enable_thinking") spec.template_variables.push_back({name, schema::json_to_text(value)});
  try {
    data::check_template_variables(spec.template_variables);
  } catch (const Error& error) {
    body.fail("chat_template_kwargs", error.message());
  }
}

std::vector<Message> read_messages(const Fields& body) {
  body.required("messages", "an array");
  const std::vector<JsonValue>& list = *body.array("messages", kMaxMessages);
  if (list.empty()) body.fail("messages", "is empty (expected at least one message)");
  std::vector<Message> messages;
  std::set<std::string> known_calls;
  for (size_t i = 0; i < list.size(); ++i) {
    const Fields fields(list[i], fmt::format("messages[{}]", i));
    messages.push_back(read_message(fields));
    for (const data::Part& part : messages.back().parts) {
      if (const auto* const call = std::get_if<data::ToolCallPart>(&part)) known_calls.insert(call->id);
      const auto* const result = std::get_if<data::ToolResultPart>(&part);
      if (result && !result->call_id.empty() && !known_calls.contains(result->call_id))
        fields.fail("tool_call_id", fmt::format("names a call that was not made (got '{}')", excerpt(result->call_id)));
    }
  }
  return messages;
}

ChatSpec read_chat(const Fields& body, const ServedModel& model, const infer::SamplingSettings& defaults) {
  refuse_what_is_not_offered(body);
  ChatSpec spec;
  spec.messages = read_messages(body);
  read_tools(body, /*are_nested=*/true, spec);
  spec.constraint = read_constraint(body, read_response_format(body));
  read_log_probabilities(body, spec);
  spec.sampling = read_sampling(body, defaults, model.tokenizer().vocab_size());
  spec.num_choices = body.integer("n", 1, kMaxChoices).value_or(1);
  const auto max_tokens = body.integer("max_tokens", 1, INT32_MAX);
  spec.max_tokens = body.integer("max_completion_tokens", 1, INT32_MAX);
  if (!spec.max_tokens) spec.max_tokens = max_tokens;
  spec.stop = read_stop(body);
  spec.priority = read_priority(body);
  spec.ignores_end = body.boolean("ignore_eos").value_or(false);
  if (const auto effort = body.choice("reasoning_effort", {"none", "minimal", "low", "medium", "high", "xhigh", "max"}))
    apply_reasoning_effort(*effort, spec);
  read_template_variables(body, spec);
  spec.max_reasoning_tokens = body.integer("max_reasoning_tokens", 0, INT32_MAX).value_or(spec.max_reasoning_tokens);
  return spec;
}

}  // namespace vitrine::serve
