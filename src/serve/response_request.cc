#include "serve/response_request.h"

#include <fmt/format.h>

#include "base/error.h"
#include "serve/chat_request.h"
#include "serve/response_store.h"
#include "serve/sampling_request.h"

namespace vitrine::serve {
namespace {

std::string json_of(const Fields& body, std::string_view name, std::string_view fallback) {
  const JsonValue* const value = body.find(name);
  return value ? schema::json_to_text(*value) : std::string(fallback);
}

std::optional<AnswerConstraint> read_text_format(const Fields& body) {
  if (body.has("response_format"))
    body.fail("response_format", "is 'text.format' in this API", "unsupported_parameter");
  const auto text = body.object("text");
  const auto format = text ? text->object("format") : std::nullopt;
  if (!format) return std::nullopt;
  format->required_text("type");
  const std::string type = *format->choice("type", {"text", "json_object", "json_schema"});
  if (type == "text") return std::nullopt;
  if (type == "json_object") return json_format(format->path());
  require_name(*format, "name", format->required_text("name"));
  const auto schema = format->object("schema");
  if (!schema) format->required("schema", "an object");
  return json_format(format->path(), &schema->value());
}

/// What would change the answer, and is not done here, is refused by its name.
void read_include(const Fields& body, ChatSpec& spec) {
  if (body.has("conversation")) body.fail("conversation", "is not offered", "unsupported_parameter");
  const int64_t top = body.integer("top_logprobs", 0, 20).value_or(0);
  bool has_tokens = false;
  if (const std::vector<JsonValue>* const include = body.array("include", 100))
    for (const JsonValue& each : *include) {
      if (!each.is(JsonKind::kString)) body.fail("include", "has to hold texts", "invalid_type");
      // Thoughts are given out in clear: there is nothing to add to them.
      if (each.string == "message.output_text.logprobs")
        has_tokens = true;
      else if (each.string != "reasoning.encrypted_content")
        body.fail("include", fmt::format("asks for what is not offered (got '{}')", excerpt(each.string)),
                  "unsupported_parameter");
    }
  if (top > 0 && !has_tokens) body.fail("top_logprobs", "goes with 'include': [\"message.output_text.logprobs\"]");
  if (has_tokens) spec.top_log_probabilities = static_cast<int>(top);
}

}  // namespace

ChatSpec read_response_spec(const Fields& body, Services& services, const ServedModel& model,
                            std::string& input_items) {
  ChatSpec spec;
  if (const auto instructions = body.text("instructions"))
    spec.messages.push_back(data::text_message(data::Role::kSystem, *instructions));
  if (const auto previous = body.text("previous_response_id"))
    for (data::Message& message : earlier_messages(services.store, *previous))
      spec.messages.push_back(std::move(message));
  input_items = read_input_items(body, spec.messages);
  read_tools(body, /*are_nested=*/false, spec);
  spec.constraint = read_constraint(body, read_text_format(body));
  spec.sampling = read_sampling(body, services.sampling_of(model), model.tokenizer().vocab_size());
  spec.max_tokens = body.integer("max_output_tokens", 1, INT32_MAX);
  spec.priority = read_priority(body);
  if (const auto reasoning = body.object("reasoning"))
    if (const auto effort = reasoning->choice("effort", {"none", "minimal", "low", "medium", "high", "xhigh", "max"}))
      apply_reasoning_effort(*effort, spec);
  read_include(body, spec);
  body.object("metadata");
  body.text("user");
  int64_t num_dropped = 0;
  if (body.choice("truncation", {"auto", "disabled"}).value_or("") == "auto")
    make_room(spec, model, /*num_written=*/0, num_dropped);
  return spec;
}

ResponseEcho read_echo(const Fields& body, const ChatSpec& spec) {
  ResponseEcho echo;
  echo.instructions = body.text("instructions").value_or("");
  echo.metadata = json_of(body, "metadata", "{}");
  echo.tools = json_of(body, "tools", "[]");
  echo.tool_choice = json_of(body, "tool_choice", "\"auto\"");
  echo.text = json_of(body, "text", echo.text);
  echo.previous_id = body.text("previous_response_id").value_or("");
  echo.max_output_tokens = spec.max_tokens;
  echo.temperature = spec.sampling.temperature;
  echo.top_p = spec.sampling.top_p;
  echo.truncation = body.text("truncation").value_or("disabled");
  if (const auto reasoning = body.object("reasoning")) echo.effort = reasoning->text("effort").value_or("");
  echo.top_logprobs = body.integer("top_logprobs", 0, 20).value_or(0);
  echo.parallel_tool_calls = body.boolean("parallel_tool_calls").value_or(true);
  return echo;
}

}  // namespace vitrine::serve
