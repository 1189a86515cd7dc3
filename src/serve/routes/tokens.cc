// Text to tokens and back, and what a chat template makes of messages.
#include <fmt/format.h>

#include "serve/chat_request.h"
#include "serve/json_writer.h"
#include "serve/routes/catalog.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

void tokenize(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  const auto model = call.services.hub.get(body.text("model").value_or(""));
  const std::string text = body.required_text("content");
  std::vector<int32_t> ids;
  if (body.boolean("add_special").value_or(false)) ids = model->text_start();
  model->tokenizer().encode_append(text, ids, {.parse_special = body.boolean("parse_special").value_or(false)});
  const bool with_pieces = body.boolean("with_pieces").value_or(false);
  JsonWriter out;
  out.begin_object().key("tokens").begin_array();
  for (const int32_t id : ids) {
    if (with_pieces)
      out.begin_object().field("id", id).field("piece", model->tokenizer().token_bytes(id)).end_object();
    else
      out.value(id);
  }
  call.responder->send({.body = out.end_array().end_object().take()});
}

void detokenize(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  const auto model = call.services.hub.get(body.text("model").value_or(""));
  body.required("tokens", "an array");
  std::vector<int32_t> ids;
  for (const JsonValue& item : *body.array("tokens", 1'000'000)) {
    const auto id = item.is(JsonKind::kNumber) ? item.number.to_int64() : std::nullopt;
    if (!id || *id < 0 || *id >= model->tokenizer().vocab_size())
      body.fail("tokens", fmt::format("has to hold ids from 0 to {}", model->tokenizer().vocab_size() - 1));
    ids.push_back(static_cast<int32_t>(*id));
  }
  JsonWriter out;
  call.responder->send(
      {.body = out.begin_object().field("content", model->tokenizer().decode(ids)).end_object().take()});
}

void apply_template(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  const auto model = call.services.hub.get(body.text("model").value_or(""));
  ChatSpec spec;
  spec.messages = read_messages(body);
  read_tools(body, /*are_nested=*/true, spec);
  JsonWriter out;
  call.responder->send(
      {.body = out.begin_object().field("prompt", chat_prompt_text(spec, *model)).end_object().take()});
}

}  // namespace

std::vector<Route> routes::tokens() {
  return {{.method = "POST",
           .path = "/tokenize",
           .summary = "Text to tokens",
           .handle = tokenize,
           .request_schema = "TokenizeRequest",
           .response_schema = "Tokens"},
          {.method = "POST",
           .path = "/detokenize",
           .summary = "Tokens to text",
           .handle = detokenize,
           .request_schema = "DetokenizeRequest",
           .response_schema = "Content"},
          {.method = "POST",
           .path = "/apply-template",
           .summary = "Messages to the text of a prompt",
           .handle = apply_template,
           .request_schema = "ApplyTemplateRequest",
           .response_schema = "PromptText"}};
}

}  // namespace vitrine::serve
