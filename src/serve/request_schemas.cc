#include "serve/request_schemas.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <vector>

#include "infer/sampling_settings.h"
#include "serve/answer_constraint.h"
#include "serve/json_writer.h"
#include "serve/sampling_request.h"
#include "store/feedback_reasons.h"

namespace vitrine::serve {
namespace {

// What the words of an answer have to be: at most one of these, or of a format.
constexpr std::string_view kGrammar = R"({"type": ["string", "null"],
  "description": "The answer is a text of this grammar in GBNF notation."})",
                           kRegex = R"({"type": ["string", "null"],
  "description": "The answer as a whole matches this regular expression."})",
                           kJsonSchema = R"({"type": ["object", "boolean", "string", "null"],
  "description": "The answer is JSON of this schema, or of the one that the string holds."})",
                           kCompactJson =
                               R"({"type": ["boolean", "null"], "description":
  "With a JSON schema. True, as without it: the plainest spelling, which has no white space between the parts, no )"
                               R"(escape that need not be, and whole numbers without fraction and exponent. )"
                               R"(False: any spelling that JSON allows."})",
                           kAnyKeyOrder = R"({"type": ["boolean", "null"], "description":
  "With a JSON schema. False, as without it: members in the schema's order. True: in any order."})";

/// The properties of a body. Whatever need not be there may be null.
class Properties {
 public:
  Properties& raw(std::string_view name, std::string_view schema) {
    json_.raw_field(name, schema);
    return *this;
  }
  Properties& ref(std::string_view name, std::string_view schema) {
    return raw(name,
               fmt::format(R"({{"anyOf": [{{"$ref": "#/components/schemas/{}"}}, {{"type": "null"}}]}})", schema));
  }
  Properties& texts(std::initializer_list<std::string_view> names) { return typed(names, "string"); }
  Properties& flags(std::initializer_list<std::string_view> names) { return typed(names, "boolean"); }
  Properties& refused(const std::vector<std::string_view>& names) {
    for (const std::string_view name : names) raw(name, R"({"type": "null", "description": "not offered"})");
    return *this;
  }
  Properties& number(std::string_view name, bool is_integer, double min, double max) {
    JsonWriter schema;
    schema.begin_object().key("type").begin_array().value(is_integer ? "integer" : "number").value("null").end_array();
    if (std::abs(min) < 1e15) schema.field("minimum", min);
    if (std::abs(max) < 1e15) schema.field("maximum", max);
    return raw(name, schema.end_object().text());
  }
  Properties& integer(std::string_view name, double min, double max = INT32_MAX) {
    return number(name, true, min, max);
  }
  Properties& choice(std::string_view name, const std::vector<std::string_view>& choices, bool may_be_missing = true) {
    JsonWriter schema;
    schema.begin_object().key("enum").begin_array();
    for (const std::string_view each : choices) schema.value(each);
    if (may_be_missing) schema.null();
    return raw(name, schema.end_array().end_object().text());
  }
  /// All that read_sampling() reads.
  Properties& sampling() {
    infer::SamplingSettings settings;
    number("mirostat", true, 0, 2);
    for (const ConfigField& field : settings.fields()) {
      const auto [min, max] = setting_range(field);
      if (field.name == "logit_bias")
        raw(field.name, R"({"type": ["object", "null"], "maxProperties": 1024, "additionalProperties": )"
                        R"({"type": "number", "minimum": -100, "maximum": 100}})");
      else if (field.name == "samplers")
        raw(field.name, R"({"type": ["string", "array", "null"], "maxItems": 64, "items": {"type": "string"}})");
      else if (field.name == "seed")
        number(field.name, true, -INFINITY, INFINITY);
      else if (std::holds_alternative<bool*>(field.target))
        flags({field.name});
      else if (std::holds_alternative<std::string*>(field.target))
        texts({field.name});
      else
        number(field.name, std::holds_alternative<int64_t*>(field.target), min, max);
    }
    return *this;
  }
  /// All that read_constraint() reads and refuses.
  Properties& constraints() {
    for (const std::string_view name : offered_constraints(ConstraintKind::kGrammar)) raw(name, kGrammar);
    for (const std::string_view name : offered_constraints(ConstraintKind::kRegex)) raw(name, kRegex);
    for (const std::string_view name : offered_constraints(ConstraintKind::kJsonSchema)) raw(name, kJsonSchema);
    return raw("compact_json", kCompactJson).raw("any_key_order", kAnyKeyOrder).refused(refused_constraints());
  }
  /// The names that refuse_constraints() refuses.
  Properties& no_constraints() {
    for (const ConstraintKind kind : {ConstraintKind::kGrammar, ConstraintKind::kRegex, ConstraintKind::kJsonSchema})
      refused(offered_constraints(kind));
    return refused({"compact_json", "any_key_order"}).refused(refused_constraints());
  }
  std::string schema(const std::vector<std::string_view>& required = {}) {
    JsonWriter out;
    out.begin_object().field("type", "object").key("required").begin_array();
    for (const std::string_view name : required) out.value(name);
    return out.end_array().raw_field("properties", "{" + json_.take() + "}").end_object().take();
  }

 private:
  Properties& typed(std::initializer_list<std::string_view> names, std::string_view type) {
    for (const std::string_view name : names) raw(name, fmt::format(R"({{"type": ["{}", "null"]}})", type));
    return *this;
  }

  JsonWriter json_;
};

std::string list_of(std::string_view item, int most = 0) {
  return fmt::format(R"({{"type": ["array", "null"]{}, "items": {}}})",
                     most > 0 ? fmt::format(R"(, "maxItems": {})", most) : "", item);
}

std::string reference(std::string_view schema) {
  return fmt::format(R"({{"$ref": "#/components/schemas/{}"}})", schema);
}

constexpr std::string_view kText = R"({"type": "string"})", kObject = R"({"type": ["object", "null"]})",
                           kStop = R"({"type": ["string", "array", "null"], "maxItems": 4, "items": {"type": "string",
  "minLength": 1, "maxLength": 1024}})",
                           kPriority = R"({"type": ["integer", "null"], "minimum": -2147483648, "maximum": 2147483647,
  "description": "Lower goes first, as with vLLM."})",
                           kStreamOptions = R"({"type": ["object", "null"],
  "properties": {"include_usage": {"type": ["boolean", "null"]}}})";
const std::vector<std::string_view> kEfforts{"none", "minimal", "low", "medium", "high", "xhigh", "max"};

// A text, or parts of which each has a type and its text.
constexpr std::string_view kContent =
    R"({"type": ["string", "array", "null"], "minItems": 1, "items": {"type": "object",
  "required": ["type"], "properties": {"type": {"type": "string"}, "text": {"type": ["string", "null"]},
  "refusal": {"type": ["string", "null"]}}}})";

constexpr std::string_view kParts = R"json(
"ChatMessage": {"type": "object", "required": ["role"], "properties": {
  "role": {"enum": ["system", "developer", "user", "assistant", "tool", "function"]}, "content": {"$ref":
  "#/components/schemas/MessageContent"}, "reasoning_content": {"type": ["string", "null"]},
  "refusal": {"type": ["string", "null"]}, "tool_call_id": {"type": ["string", "null"]},
  "tool_calls": {"type": ["array", "null"], "maxItems": 128, "items": {"type": "object", "required": ["function"],
  "properties": {"id": {"type": ["string", "null"]}, "type": {"const": "function"}, "function": {"type": "object",
  "required": ["name"], "properties": {"name": {"$ref": "#/components/schemas/FunctionName"},
  "arguments": {"type": ["string", "null"]}}}}}}}},
"FunctionName": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
"FunctionTool": {"type": "object", "required": ["name"], "properties": {"type": {"const": "function"},
  "name": {"$ref": "#/components/schemas/FunctionName"}, "description": {"type": ["string", "null"]},
  "parameters": {"type": ["object", "null"], "description": "a JSON schema of an object"}}},
"ChatTool": {"type": "object", "required": ["type", "function"], "properties": {"type": {"const": "function"},
  "function": {"$ref": "#/components/schemas/FunctionTool"}}},
"ChatToolChoice": {"anyOf": [{"enum": ["none", "auto", "required"]}, {"type": "object", "required": ["type"], "properties": {
  "type": {"enum": ["function", "allowed_tools"]}, "function": {"type": "object", "required": ["name"],
  "properties": {"name": {"type": "string"}}}, "allowed_tools": {"type": "object", "required": ["mode", "tools"],
  "properties": {"mode": {"enum": ["auto", "required"]}, "tools": {"type": "array", "minItems": 1, "maxItems": 128,
  "items": {"type": "object", "required": ["type", "function"], "properties": {"type": {"const": "function"},
  "function": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}}}}}}}]},
"ResponseToolChoice": {"anyOf": [{"enum": ["none", "auto", "required"]}, {"type": "object", "required": ["type"],
  "properties": {"type": {"enum": ["function", "allowed_tools"]}, "name": {"type": "string"},
  "mode": {"enum": ["auto", "required"]}, "tools": {"type": "array", "minItems": 1, "maxItems": 128, "items": {
  "type": "object", "required": ["type", "name"], "properties": {"type": {"const": "function"},
  "name": {"type": "string"}}}}}}]},
"ResponseFormat": {"type": "object", "required": ["type"], "description":
  "JSON comes in its plainest spelling and in the schema's order, unless compact_json or any_key_order say otherwise.",
  "properties": {
  "type": {"enum": ["text", "json_object", "json_schema"]}, "json_schema": {"type": ["object", "null"],
  "required": ["name"], "properties": {"name": {"$ref": "#/components/schemas/FunctionName"},
  "schema": {"type": ["object", "null"]}}}}},
"ResponseText": {"type": "object", "description":
  "JSON comes in its plainest spelling and in the schema's order, unless compact_json or any_key_order say otherwise.",
  "properties": {"format": {"type": ["object", "null"], "required": ["type"],
  "properties": {"type": {"enum": ["text", "json_object", "json_schema"]},
  "name": {"$ref": "#/components/schemas/FunctionName"}, "schema": {"type": ["object", "null"]}}}}},
"InputItem": {"type": "object", "properties": {
  "type": {"enum": ["message", "function_call", "function_call_output", "reasoning", null]},
  "role": {"enum": ["user", "assistant", "system", "developer", null]}, "content": {"$ref":
  "#/components/schemas/MessageContent"}, "status": {"type": ["string", "null"]}, "name": {"type": ["string", "null"]},
  "call_id": {"type": ["string", "null"]}, "arguments": {"type": ["string", "null"]},
  "output": {"type": ["string", "array", "object", "null"]}}},
"AnthropicBlock": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"},
  "text": {"type": ["string", "null"]}, "thinking": {"type": ["string", "null"]}, "id": {"type": ["string", "null"]},
  "name": {"type": ["string", "null"]}, "input": {"type": ["object", "null"]}, "tool_use_id": {"type": ["string", "null"]},
  "content": {"$ref": "#/components/schemas/MessageContent"}}},
"AnthropicTurn": {"type": "object", "required": ["role", "content"], "properties": {"role": {"enum": ["user", "assistant"]},
  "content": {"type": ["string", "array"], "minItems": 1, "items": {"$ref": "#/components/schemas/AnthropicBlock"}}}},
"AnthropicTool": {"type": "object", "required": ["name"], "properties": {
  "name": {"$ref": "#/components/schemas/FunctionName"}, "description": {"type": ["string", "null"]},
  "input_schema": {"type": ["object", "null"], "description": "a JSON schema of an object"}}},
"AnthropicToolChoice": {"type": "object", "required": ["type"], "properties": {
  "type": {"enum": ["auto", "any", "tool", "none"]}, "name": {"type": ["string", "null"]}}},
"Thinking": {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["enabled", "disabled", "adaptive"]},
  "budget_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 2147483647}}})json";

Properties chat_properties() {
  Properties p;
  p.texts({"model"}).raw("messages", R"({"type": "array", "minItems": 1, "maxItems": 10000, "items": {"$ref":
  "#/components/schemas/ChatMessage"}})");
  p.raw("tools", list_of(reference("ChatTool"), 128)).ref("tool_choice", "ChatToolChoice");
  return p;
}

std::string chat_request() {
  Properties p = chat_properties();
  p.texts({"user"})
      .flags({"stream", "logprobs", "parallel_tool_calls", "ignore_eos"})
      .raw("stream_options", kStreamOptions)
      .sampling();
  p.integer("top_logprobs", 0, 20).integer("n", 1, 128).integer("max_tokens", 1).integer("max_completion_tokens", 1);
  p.integer("max_reasoning_tokens", 0)
      .raw("stop", kStop)
      .choice("reasoning_effort", kEfforts)
      .raw("priority", kPriority);
  p.ref("response_format", "ResponseFormat").constraints().raw("metadata", kObject);
  p.raw("modalities", list_of(R"({"const": "text"})")).raw("chat_template_kwargs", R"({"type": ["object", "null"],
  "description": "Variables that the model's chat template asks for.", "maxProperties": 33,
  "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$"},
  "properties": {"enable_thinking": {"type": ["boolean", "null"]}}})");
  return p.refused({"functions", "function_call", "audio", "prediction", "web_search_options"}).schema({"messages"});
}

std::string completion_request() {
  Properties p;
  p.texts({"model", "user"}).flags({"stream", "echo"}).raw("stream_options", kStreamOptions).refused({"suffix"});
  p.raw("prompt", R"({"type": ["string", "array"], "minItems": 1, "items": {"type": ["string", "integer"]}})")
      .sampling();
  p.integer("n", 1, 128).integer("best_of", 1, 128).integer("logprobs", 0, 20).integer("max_tokens", 1);
  p.raw("priority", kPriority);
  return p.raw("stop", kStop).ref("response_format", "ResponseFormat").constraints().schema({"prompt"});
}

std::string embedding_request() {
  Properties p;
  p.texts({"model", "user"}).choice("encoding_format", {"float", "base64"}).integer("dimensions", 1);
  return p
      .raw("input", R"({"type": ["string", "array"], "minItems": 1, "items": {"type": ["string", "integer", "array"],
  "items": {"type": "integer", "minimum": 0}}})")
      .schema({"input"});
}

std::string responses_request() {
  Properties p;
  p.texts({"model", "user", "instructions", "previous_response_id"}).flags({"stream", "store", "parallel_tool_calls"});
  p.raw("background", R"({"enum": [false, null]})").refused({"conversation", "response_format"}).sampling();
  p.raw("input", R"({"type": ["string", "array"], "minItems": 1, "maxItems": 10000, "items": {"$ref":
  "#/components/schemas/InputItem"}})");
  p.raw("tools", list_of(reference("FunctionTool"), 128)).ref("tool_choice", "ResponseToolChoice");
  p.ref("text", "ResponseText").constraints().integer("max_output_tokens", 1).integer("top_logprobs", 0, 20);
  p.raw("include", list_of(R"({"enum": ["message.output_text.logprobs", "reasoning.encrypted_content"]})", 100));
  p.raw("metadata", kObject).choice("truncation", {"auto", "disabled"}).raw("priority", kPriority);
  Properties effort;
  effort.choice("effort", kEfforts);
  return p.raw("reasoning", fmt::format(R"({{"anyOf": [{}, {{"type": "null"}}]}})", effort.schema())).schema({"input"});
}

std::string messages_request(bool only_counts) {
  Properties p;
  p.texts({"model"}).raw("system", kContent);
  p.raw("messages", R"({"type": "array", "minItems": 1, "maxItems": 10000, "items": {"$ref":
  "#/components/schemas/AnthropicTurn"}})");
  p.raw("tools", list_of(reference("AnthropicTool"), 128)).ref("tool_choice", "AnthropicToolChoice");
  p.raw("metadata", R"({"type": ["object", "null"], "properties": {"user_id": {"type": ["string", "null"]}}})");
  if (only_counts) return p.schema({"messages"});
  p.no_constraints();
  p.raw("max_tokens", R"({"type": "integer", "minimum": 1, "maximum": 2147483647})")
      .sampling()
      .ref("thinking", "Thinking");
  p.flags({"stream"}).raw("stop_sequences", list_of(R"({"type": "string", "minLength": 1, "maxLength": 1024})", 64));
  return p.schema({"messages", "max_tokens"});
}

std::string answer_settings() {
  Properties p;
  p.sampling().integer("max_tokens", 1, 1e6).integer("max_reasoning_tokens", 0, 1e6).texts({"stop"});
  p.choice("reasoning", {"auto", "on", "off"}).raw("tools", R"({"enum": ["auto", "on", "off", true, false, null]})");
  return p.schema();
}

std::string page_requests() {
  Properties conversation, message, answers, feedback;
  conversation.texts({"title", "system_prompt", "folder_id", "model", "active_leaf"}).flags({"pinned"});
  conversation.ref("settings", "AnswerSettings");
  message.choice("role", {"user", "assistant"}, false).texts({"parent_id", "edited_from"});
  message.raw("parts", R"({"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "object",
  "required": ["text"], "properties": {"type": {"enum": ["text", "attachment"]}, "text": {"type": "string"},
  "name": {"type": ["string", "null"]}}}})");
  answers.raw("parent_id", kText).integer("count", 1, 4).texts({"regenerate_of", "model"});
  answers.raw("models", list_of(kText, 4)).ref("settings", "AnswerSettings");
  answers.raw("settings_list", list_of(reference("AnswerSettings"), 4));
  feedback.choice("kind", {"thumb", "choice", "ranking", "flag"}, false).texts({"note", "message_id"});
  const std::string reason = fmt::format(R"({{"enum": ["{}"]}})", fmt::join(store::feedback_reasons(), "\", \""));
  feedback.raw("reasons", list_of(reason, 20))
      .raw("message_ids", list_of(kText, 16))
      .raw("ranking", list_of(kText, 16));
  feedback.integer("value", -1, 1).raw("choice", R"({"enum": [0, 1, "tie", "both_bad", null]})");
  Properties folder;
  folder.texts({"name"}).integer("position", 0, 1e6);
  return fmt::format(
      R"("AnswerSettings": {}, "ConversationRequest": {}, "MessageRequest": {}, "AnswersRequest": {}, )"
      R"("FeedbackRequest": {}, "FolderRequest": {}, "DeleteRequest": {}, "LoadRequest": {}, "ImportRequest": {})",
      answer_settings(), conversation.schema(), message.schema({"role", "parts"}), answers.schema({"parent_id"}),
      feedback.schema({"kind"}), folder.schema(),
      Properties().raw("confirm", R"({"const": "everything"})").schema({"confirm"}),
      Properties().raw("model", kText).schema({"model"}),
      R"({"type": "object", "required": ["format", "version", "conversations"]})");
}

}  // namespace

std::string request_schemas() {
  Properties tokenize, detokenize;
  tokenize.texts({"model"}).raw("content", kText).flags({"add_special", "parse_special", "with_pieces"});
  detokenize.texts({"model"}).raw("tokens", R"({"type": "array", "maxItems": 1000000, "items": {"type": "integer",
  "minimum": 0}})");
  return fmt::format(
      R"("MessageContent": {}, {}, "ChatCompletionRequest": {}, "CompletionRequest": {}, "EmbeddingRequest": {}, )"
      R"("ResponsesRequest": {}, "MessagesRequest": {}, "CountTokensRequest": {}, "TokenizeRequest": {}, )"
      R"("DetokenizeRequest": {}, "ApplyTemplateRequest": {}, {})",
      kContent, kParts, chat_request(), completion_request(), embedding_request(), responses_request(),
      messages_request(false), messages_request(true), tokenize.schema({"content"}), detokenize.schema({"tokens"}),
      chat_properties().schema({"messages"}), page_requests());
}

}  // namespace vitrine::serve
