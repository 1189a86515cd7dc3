// Anthropic's Messages API.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "serve/answer_json.h"
#include "serve/chat_request.h"
#include "serve/event_stream.h"
#include "serve/partial_json.h"
#include "serve/routes/catalog.h"
#include "serve/sampling_request.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

using data::Message;
using data::Role;

/// The text of a string, or of an array of text blocks.
std::string read_blocks_text(const Fields& owner, std::string_view name) {
  const JsonValue* const content = owner.find(name);
  if (!content) return "";
  if (content->is(JsonKind::kString)) return content->string;
  std::string text;
  const std::vector<JsonValue>& blocks = *owner.array(name);
  for (size_t i = 0; i < blocks.size(); ++i) {
    const Fields block(blocks[i], fmt::format("{}[{}]", owner.path_of(name), i));
    block.required_text("type");
    block.choice("type", {"text"});
    text += block.required_text("text");
  }
  return text;
}

/// One block of a message into parts; results of tools become messages of their own.
void read_block(const Fields& block, Message& message, std::vector<Message>& results) {
  const std::string type = block.required_text("type");
  if (type == "text") {
    message.parts.push_back(data::TextPart{block.required_text("text")});
  } else if (type == "thinking") {
    message.parts.push_back(data::ReasoningPart{block.required_text("thinking")});
  } else if (type == "tool_use") {
    const auto input = block.object("input");
    const std::string name = block.required_text("name");
    require_name(block, "name", name);
    message.parts.push_back(
        data::ToolCallPart{name, input ? schema::json_to_text(input->value()) : "{}", block.text("id").value_or("")});
  } else if (type == "tool_result") {
    results.push_back(
        {Role::kTool, {data::ToolResultPart{read_blocks_text(block, "content"), block.required_text("tool_use_id")}}});
  } else if (type != "redacted_thinking") {
    block.fail(
        "type",
        fmt::format("is not understood by this model (got '{}', expected text, thinking, tool_use or tool_result)",
                    excerpt(type)));
  }
}

void read_anthropic_message(const Fields& fields, std::vector<Message>& messages) {
  fields.required_text("role");
  const std::string role = *fields.choice("role", {"user", "assistant"});
  Message message{role == "user" ? Role::kUser : Role::kAssistant, {}};
  std::vector<Message> results;
  const JsonValue& content = fields.required("content", "a string or an array of blocks");
  if (content.is(JsonKind::kString)) {
    message.parts.push_back(data::TextPart{content.string});
  } else {
    const std::vector<JsonValue>& blocks = *fields.array("content");
    if (blocks.empty()) fields.fail("content", "is empty (expected at least one block)");
    for (size_t i = 0; i < blocks.size(); ++i)
      read_block(Fields(blocks[i], fmt::format("{}[{}]", fields.path_of("content"), i)), message, results);
  }
  for (Message& result : results) messages.push_back(std::move(result));
  if (!message.parts.empty()) messages.push_back(std::move(message));
}

void read_own_tools(const Fields& body, ChatSpec& spec) {
  if (const auto* const tools = body.array("tools", 128))
    for (size_t i = 0; i < tools->size(); ++i) {
      const Fields tool((*tools)[i], fmt::format("tools[{}]", i));
      ToolSpec own{.name = tool.required_text("name"), .description = tool.text("description").value_or("")};
      require_name(tool, "name", own.name);
      for (const ToolSpec& other : spec.tools)
        if (other.name == own.name) tool.fail("name", fmt::format("stands twice (got '{}')", own.name));
      own.parameters = read_parameters(tool, "input_schema", own.name);
      spec.tools.push_back(std::move(own));
    }
  const auto choice = body.object("tool_choice");
  if (!choice) return;
  choice->required_text("type");
  const std::string type = *choice->choice("type", {"auto", "any", "tool", "none"});
  if (type == "none") spec.tool_choice = ChatSpec::ToolChoice::kNone;
  if (type == "any" || type == "tool") spec.tool_choice = ChatSpec::ToolChoice::kRequired;
  if (type == "tool") spec.named_tool = choice->required_text("name");
  const bool is_there =
      spec.named_tool.empty() || std::any_of(spec.tools.begin(), spec.tools.end(),
                                             [&](const ToolSpec& tool) { return tool.name == spec.named_tool; });
  if ((type == "any" && spec.tools.empty()) || !is_there)
    body.fail("tool_choice", "names a tool that 'tools' does not have");
}

ChatSpec read_anthropic_spec(const Fields& body, const ServedModel& model, const infer::SamplingSettings& defaults,
                             bool only_counts) {
  ChatSpec spec;
  if (const std::string system = read_blocks_text(body, "system"); !system.empty())
    spec.messages.push_back(data::text_message(Role::kSystem, system));
  body.required("messages", "an array");
  const std::vector<JsonValue>& list = *body.array("messages", 10'000);
  if (list.empty()) body.fail("messages", "is empty (expected at least one message)");
  for (size_t i = 0; i < list.size(); ++i)
    read_anthropic_message(Fields(list[i], fmt::format("messages[{}]", i)), spec.messages);
  if (spec.messages.size() > 1 && spec.messages.back().role == Role::kAssistant) {
    const auto& parts = spec.messages.back().parts;
    const auto* const text = parts.size() == 1 ? std::get_if<data::TextPart>(&parts.front()) : nullptr;
    if (text && !text->text.empty()) {
      spec.prefill = text->text;
      spec.messages.pop_back();
    }
  }
  read_own_tools(body, spec);
  if (const auto metadata = body.object("metadata")) metadata->text("user_id");
  spec.enable_thinking = false;  // only where it is asked for
  if (only_counts) return spec;
  refuse_constraints(body);
  body.required("max_tokens", "an integer");
  spec.max_tokens = body.integer("max_tokens", 1, INT32_MAX);
  spec.sampling = read_sampling(body, defaults, model.tokenizer().vocab_size());
  spec.stop = read_stop(body, "stop_sequences", 64);
  if (const auto thinking = body.object("thinking")) {
    thinking->required_text("type");
    const std::string type = *thinking->choice("type", {"enabled", "disabled", "adaptive"});
    spec.enable_thinking = type != "disabled";
    if (type == "enabled") {
      thinking->required("budget_tokens", "an integer");
      spec.max_reasoning_tokens = *thinking->integer("budget_tokens", 1, INT32_MAX);
    }
  }
  return spec;
}

/// One answer. Its events come on the thread of the engines.
class MessageAnswer : public std::enable_shared_from_this<MessageAnswer> {
 public:
  MessageAnswer(Call& call, std::string model, int64_t prompt_tokens, bool is_streamed, bool shows_thoughts)
      : metrics_(call.services.metrics),
        responder_(call.responder),
        id_(random_id("msg_")),
        model_(std::move(model)),
        prompt_tokens_(prompt_tokens),
        is_streamed_(is_streamed),
        shows_thoughts_(shows_thoughts) {}

  GenerationEvents events() {
    const auto self = shared_from_this();
    GenerationEvents events;
    events.on_finish = [self](const GenerationResult& result) { self->finish(result); };
    if (!is_streamed_) return events;
    events.on_text = [self](std::string_view text, const std::vector<TokenReport>&) {
      self->open("text", R"({"type":"text","text":""})");
      self->delta("text_delta", "text", text);
    };
    events.on_reasoning = [self](std::string_view text) {
      if (!self->shows_thoughts_) return;
      self->open("thinking", R"({"type":"thinking","thinking":"","signature":""})");
      self->delta("thinking_delta", "thinking", text);
    };
    events.on_call_begin = [self](const data::ToolCallPart& call) {
      self->close();
      JsonWriter block;
      write_use(block, call, "{}");
      self->open("tool_use", block.text());
    };
    events.on_call_arguments = [self](std::string_view text) { self->delta("input_json_delta", "partial_json", text); };
    events.on_call_end = [self](const data::ToolCallPart&, bool) { self->close(); };
    return events;
  }

  void begin() {
    if (!is_streamed_) return;
    begin_event_stream(*responder_);
    JsonWriter json;
    json.begin_object().field("type", "message_start").key("message").begin_object();
    write_head(json);
    json.key("content").begin_array().end_array().null_field("stop_reason").null_field("stop_sequence").key("usage");
    write_use_of_tokens(json, prompt_tokens_, 0, 0);
    write("message_start", json.end_object().end_object().text());
    write("ping", R"({"type":"ping"})");
  }

 private:
  /// Thoughts are signed with nothing that has to be proved: what comes back is read whatever it says.
  static constexpr std::string_view kSignature = "unsigned";

  void write_head(JsonWriter& json) const {
    json.field("id", id_).field("type", "message").field("role", "assistant").field("model", model_);
  }

  static void write_use_of_tokens(JsonWriter& json, int64_t prompt, int64_t cached, int64_t written) {
    json.begin_object().field("input_tokens", prompt - cached).field("cache_creation_input_tokens", 0);
    json.field("cache_read_input_tokens", cached).field("output_tokens", written).end_object();
  }

  static void write_use(JsonWriter& json, const data::ToolCallPart& call, std::string_view input) {
    json.begin_object().field("type", "tool_use").field("id", call.id.empty() ? random_id("toolu_") : call.id);
    json.field("name", call.name).raw_field("input", input).end_object();
  }

  void write(std::string_view name, std::string_view json) { write_event(*responder_, json, name); }

  void open(const std::string& kind, std::string_view block) {
    if (open_ == kind) return;
    close();
    open_ = kind;
    JsonWriter json;
    json.begin_object()
        .field("type", "content_block_start")
        .field("index", num_blocks_)
        .raw_field("content_block", block);
    write("content_block_start", json.end_object().text());
  }

  void delta(std::string_view type, std::string_view key, std::string_view text) {
    JsonWriter json;
    json.begin_object().field("type", "content_block_delta").field("index", num_blocks_).key("delta").begin_object();
    json.field("type", type).field(key, text).end_object();
    write("content_block_delta", json.end_object().text());
  }

  void close() {
    if (open_.empty()) return;
    if (open_ == "thinking") delta("signature_delta", "signature", kSignature);
    JsonWriter json;
    json.begin_object().field("type", "content_block_stop").field("index", num_blocks_++);
    write("content_block_stop", json.end_object().text());
    open_.clear();
  }

  static std::string_view stop_reason(const GenerationResult& result) {
    if (result.reason == FinishReason::kToolCalls) return "tool_use";
    if (result.reason == FinishReason::kLength) return "max_tokens";
    return result.stop_text.empty() ? "end_turn" : "stop_sequence";
  }

  void finish(const GenerationResult& result) {
    metrics_.count_generation(result);
    if (result.failure) {
      const ApiError error = to_api_error(result.failure);
      if (!is_streamed_) return responder_->send(error_response(error, ErrorStyle::kAnthropic));
      write("error", error_body(error, ErrorStyle::kAnthropic));
      return responder_->end();
    }
    JsonWriter json;
    json.begin_object();
    if (!is_streamed_) {
      write_head(json);
      json.key("content").begin_array();
      for (const data::Part& part : result.parts)
        if (shows_thoughts_ || !std::holds_alternative<data::ReasoningPart>(part))
          write_part(json, part, result.has_cut_call && &part == &result.parts.back());
      json.end_array()
          .field("stop_reason", stop_reason(result))
          .key("stop_sequence")
          .text_or_null(result.stop_text)
          .key("usage");
      write_use_of_tokens(json, result.prompt_tokens, result.cached_tokens, result.completion_tokens);
      return responder_->send({.body = json.end_object().take()});
    }
    close();
    json.field("type", "message_delta").key("delta").begin_object().field("stop_reason", stop_reason(result));
    json.key("stop_sequence").text_or_null(result.stop_text).end_object().key("usage");
    write_use_of_tokens(json, result.prompt_tokens, result.cached_tokens, result.completion_tokens);
    write("message_delta", json.end_object().text());
    write("message_stop", R"({"type":"message_stop"})");
    responder_->end();
  }

  static void write_part(JsonWriter& json, const data::Part& part, bool is_cut) {
    if (const auto* text = std::get_if<data::TextPart>(&part))
      json.begin_object().field("type", "text").field("text", text->text).end_object();
    if (const auto* thought = std::get_if<data::ReasoningPart>(&part))
      json.begin_object()
          .field("type", "thinking")
          .field("thinking", thought->text)
          .field("signature", kSignature)
          .end_object();
    if (const auto* call = std::get_if<data::ToolCallPart>(&part))
      write_use(json, *call, is_cut ? closed_object(call->arguments) : call->arguments);
  }

  Metrics& metrics_;
  std::shared_ptr<Responder> responder_;
  std::string id_, model_;
  int64_t prompt_tokens_;
  bool is_streamed_, shows_thoughts_;
  std::string open_;  // the kind of the block at hand
  int64_t num_blocks_ = 0;
};

void answer_message(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  const auto model = call.services.hub.get(body.text("model").value_or(""));
  const bool is_streamed = body.boolean("stream").value_or(false);
  const ChatSpec spec = read_anthropic_spec(body, *model, call.services.sampling_of(*model), false);
  GenerationOptions options = generation_options(spec, *model);
  auto place = call.services.hub.places(model, 1).front();
  const auto answer = std::make_shared<MessageAnswer>(call, model->id(), static_cast<int64_t>(options.prompt.size()),
                                                      is_streamed, spec.enable_thinking.value_or(false));
  const auto generation =
      std::make_shared<Generation>(call.services.hub, model, std::move(place), std::move(options), answer->events());
  answer->begin();
  start_all({generation}, call.responder);
}

void count_tokens(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  const auto model = call.services.hub.get(body.text("model").value_or(""));
  const ChatSpec spec = read_anthropic_spec(body, *model, call.services.sampling_of(*model), true);
  JsonWriter out;
  out.begin_object().field("input_tokens", chat_prompt(spec, *model).ids.size()).end_object();
  call.responder->send({.body = out.take()});
}

}  // namespace

std::vector<Route> routes::messages() {
  return {{.method = "POST",
           .path = "/v1/messages",
           .summary = "Answers a conversation, in Anthropic's form",
           .handle = answer_message,
           .errors = ErrorStyle::kAnthropic,
           .request_schema = "MessagesRequest",
           .response_schema = "AnthropicMessage",
           .generates = true},
          {.method = "POST",
           .path = "/v1/messages/count_tokens",
           .summary = "Counts the tokens of a conversation",
           .handle = count_tokens,
           .errors = ErrorStyle::kAnthropic,
           .request_schema = "CountTokensRequest",
           .response_schema = "TokenCount"}};
}

}  // namespace vitrine::serve
