// The document of the API beside the reader of requests: neither knows of a member that the other does not.
#include <fmt/format.h>

#include <mutex>
#include <set>

#include "schema/json_value.h"
#include "schema/validate.h"
#include "serve/application_testing.h"
#include "serve/json_reader.h"

namespace vitrine::serve {
namespace {

using testing::body_of;
using testing::status_of;

std::mutex mutex;
std::set<std::string> asked_for;

/// A path such as "tools[0].function.name" as its parts, "[]" for an item.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    if (path[0] == '.') path.remove_prefix(1);
    const bool is_item = path[0] == '[';
    const size_t end = is_item ? path.find(']') + 1 : std::min(path.find_first_of(".["), path.size());
    parts.emplace_back(is_item ? "[]" : path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

struct Request {
  std::string schema, path, body;
};

class OpenApi : public ApplicationTest {
 protected:
  void start_watched() {
    start();
    document_ = schema::parse_json(get("/openapi.json"), "document", 200);
    Fields::watch([](const std::string& path) {
      const std::lock_guard lock(mutex);
      asked_for.insert(path);
    });
  }
  void TearDown() override {
    Fields::watch(nullptr);
    ApplicationTest::TearDown();
  }

  const JsonValue& named(const std::string& schema) const {
    const JsonValue* const found = document_.find("components")->find("schemas")->find(schema);
    if (!found) throw std::runtime_error("no schema " + schema);
    return *found;
  }
  const JsonValue& resolved(const JsonValue& schema) const {
    const JsonValue* const reference = schema.find("$ref");
    return reference ? named(reference->string.substr(reference->string.rfind('/') + 1)) : schema;
  }
  bool has(const JsonValue& given, const std::vector<std::string>& parts, size_t at = 0) const {
    if (at == parts.size()) return true;
    const JsonValue& schema = resolved(given);
    for (const char* const list : {"anyOf", "oneOf"})
      if (const JsonValue* const alternatives = schema.find(list))
        for (const JsonValue& each : alternatives->items)
          if (has(each, parts, at)) return true;
    const JsonValue* const properties = schema.find("properties");
    const JsonValue* next = parts[at] == "[]" ? schema.find("items")
                            : properties      ? properties->find(parts[at])
                                              : nullptr;
    if (!next) next = schema.find("additionalProperties");
    return next && next->is(JsonKind::kObject) && has(*next, parts, at + 1);
  }
  std::set<std::string> members_asked_for(const std::string& path, const std::string& body) const {
    {
      const std::lock_guard lock(mutex);
      asked_for.clear();
    }
    send("POST", path, body);
    const std::lock_guard lock(mutex);
    return asked_for;
  }

  JsonValue document_;
};

std::vector<Request> requests(const std::string& conversation, const std::string& question) {
  const std::string messages =
      R"("messages":[{"role":"system","content":[{"type":"text","text":"a"}]},{"role":"user","content":"a"},)"
      R"({"role":"assistant","content":"b","tool_calls":[{"id":"c","type":"function","function":{"name":"f",)"
      R"("arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"d"}])";
  const std::string function = R"("name":"f","description":"x","parameters":{"type":"object"})";
  const std::string tools = R"("tools":[{"type":"function","function":{)" + function + "}}]";
  const std::string settings = R"({"temperature":1,"max_tokens":2,"logit_bias":{"5":1}})";
  return {
      {"ChatCompletionRequest", "/v1/chat/completions",
       "{" + messages + "," + tools +
           R"(,"tool_choice":{"type":"function","function":{"name":"f"}},"stream":true,"stream_options":{},)"
           R"("response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{}}},"logprobs":true,)"
           R"("logit_bias":{"5":1},"chat_template_kwargs":{},"max_tokens":2})"},
      {"ChatCompletionRequest", "/v1/chat/completions",
       "{" + messages + "," + tools +
           R"(,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function",)"
           R"("function":{"name":"f"}}]}},"max_tokens":2})"},
      {"CompletionRequest", "/v1/completions", R"({"prompt":"a","max_tokens":2,"stream":true,"stream_options":{}})"},
      {"EmbeddingRequest", "/v1/embeddings", R"({"input":"a"})"},
      {"ResponsesRequest", "/v1/responses",
       R"({"input":[{"role":"user","content":[{"type":"input_text","text":"a"}]},{"type":"function_call","name":"f",)"
       R"("call_id":"c","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"d"},)"
       R"({"type":"reasoning","content":[{"type":"reasoning_text","text":"a"}]}],"tools":[{"type":"function",)" +
           function +
           R"(}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]},)"
           R"("text":{"format":{"type":"json_schema","name":"a","schema":{}}},"reasoning":{},"max_output_tokens":2})"},
      {"ResponsesRequest", "/v1/responses", R"({"input":"a","max_output_tokens":2})"},
      {"ResponsesRequest", "/v1/responses/input_tokens", R"({"input":"a"})"},
      {"MessagesRequest", "/v1/messages",
       R"({"max_tokens":2,"system":[{"type":"text","text":"a"}],"messages":[{"role":"user","content":[{"type":"text",)"
       R"("text":"a"}]},{"role":"assistant","content":[{"type":"thinking","thinking":"a"},{"type":"tool_use","id":"c",)"
       R"("name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":)"
       R"([{"type":"text","text":"d"}]}]}],"tools":[{"name":"f","description":"x","input_schema":{}}],)"
       R"("tool_choice":{"type":"tool","name":"f"},"thinking":{"type":"enabled","budget_tokens":5},"metadata":{}})"},
      {"CountTokensRequest", "/v1/messages/count_tokens", R"({"messages":[{"role":"user","content":"a"}]})"},
      {"TokenizeRequest", "/tokenize", R"({"content":"a"})"},
      {"DetokenizeRequest", "/detokenize", R"({"tokens":[1]})"},
      {"ApplyTemplateRequest", "/apply-template", "{" + messages + "," + tools + "}"},
      {"ConversationRequest", "/api/conversations",
       R"({"folder_id":null,"model":null,"active_leaf":null,"settings":)" + settings + "}"},
      {"MessageRequest", conversation + "/messages",
       R"({"role":"user","parts":[{"type":"text","text":"a"},{"type":"attachment","name":"n","text":"a"}]})"},
      {"AnswersRequest", conversation + "/answers",
       R"({"parent_id":")" + question + R"(","settings":)" + settings + R"(,"models":["tiny"]})"},
      {"AnswersRequest", conversation + "/answers",
       R"({"parent_id":")" + question + R"(","settings":{"max_tokens":1}})"},
      {"FeedbackRequest", "/api/feedback", R"({"kind":"thumb","message_id":")" + question + R"(","value":1})"},
      {"FeedbackRequest", "/api/feedback", R"({"kind":"choice","message_ids":["a","b"],"choice":"tie"})"},
      {"FeedbackRequest", "/api/feedback", R"({"kind":"ranking","message_ids":["a","b"],"ranking":["a","b"]})"},
      {"FolderRequest", "/api/folders", R"({"name":"a"})"},
      {"LoadRequest", "/api/models/load", R"({"model":"tiny"})"},
  };
}

TEST_F(OpenApi, EveryMemberThatIsReadIsListedAndEveryListedOneIsRead) {
  start_watched();
  const auto id_in = [](const std::string& json) {
    const size_t at = json.find(R"("id":")") + 6;
    return json.substr(at, json.find('"', at) - at);
  };
  const std::string conversation = "/api/conversations/" + id_in(post("/api/conversations", "{}"));
  const std::string question =
      id_in(post(conversation + "/messages", R"({"role":"user","parts":[{"type":"text","text":"a"}]})"));
  std::map<std::string, std::set<std::string>> read;
  for (const Request& request : requests(conversation, question)) {
    const std::set<std::string> members = members_asked_for(request.path, request.body);
    EXPECT_FALSE(members.empty()) << request.path;
    for (const std::string& member : members) {
      EXPECT_TRUE(has(named(request.schema), parts_of(member))) << request.schema << " does not list " << member;
      read[request.schema].insert(parts_of(member).front());
    }
  }
  read["FolderRequest"].insert("position");  // of a change
  for (const auto& [schema, members] : read)
    for (const schema::JsonMember& property : named(schema).find("properties")->members)
      EXPECT_TRUE(members.contains(property.first)) << schema << " lists " << property.first << ", which is not read";
}

TEST_F(OpenApi, EveryAnswerIsDescribedByItsMembers) {
  start();
  document_ = schema::parse_json(get("/openapi.json"), "document", 200);
  int count = 0;
  for (const schema::JsonMember& path : document_.find("paths")->members)
    for (const schema::JsonMember& operation : path.second.members) {
      const JsonValue* const content = operation.second.find("responses")->members.front().second.find("content");
      const JsonValue* const json = content ? content->find("application/json") : nullptr;
      if (!json) continue;
      ASSERT_NE(json->find("schema"), nullptr) << path.first;
      const JsonValue& schema = resolved(*json->find("schema"));
      ASSERT_NE(schema.find("required"), nullptr) << operation.first << " " << path.first;
      EXPECT_FALSE(schema.find("required")->items.empty()) << operation.first << " " << path.first;
      ++count;
    }
  EXPECT_GT(count, 30);
}

TEST_F(OpenApi, ExportIsWhatTheDocumentSaysMemberByMember) {
  start();
  const auto id_in = [](const std::string& json) {
    const size_t at = json.find(R"("id":")") + 6;
    return json.substr(at, json.find('"', at) - at);
  };
  post("/api/folders", R"({"name":"a"})");
  const std::string conversation = "/api/conversations/" + id_in(post("/api/conversations", R"({"title":"t"})"));
  const std::string question =
      id_in(post(conversation + "/messages", R"({"role":"user","parts":[{"type":"text","text":"a"},)"
                                             R"({"type":"attachment","name":"n","text":"b"}]})"));
  const std::string answer = id_in(
      post(conversation + "/answers", R"({"parent_id":")" + question + R"(","settings":{"max_tokens":4,"seed":1}})"));
  get("/api/answers/" + answer + "/events");  // to its end
  post("/api/feedback", R"({"kind":"thumb","message_id":")" + answer + R"(","value":-1,"reasons":["wrong"],"note":"n"})");
  const std::string schema =
      R"({"$ref":"#/components/schemas/Export","components":)" +
      schema::json_to_text(*schema::parse_json(get("/openapi.json"), "document", 200).find("components")) + "}";
  const schema::JsonSchemaOptions options{.ignore_unknown_keywords = true};
  const std::string everything = get("/api/export");
  EXPECT_NE(everything.find("log_probabilities"), std::string::npos);
  for (const std::string& text : {everything, get(conversation + "/export")})
    for (const std::string& problem : schema::validate(text, schema, options)) ADD_FAILURE() << problem << "\n" << text;
  // Each member is described: another name in its place is seen.
  for (const char* const name : {"format", "folders", "position", "messages", "parts", "usage", "token_ids",
                                 "model_hash", "events", "message_ids", "reasons", "note", "value"}) {
    std::string other = everything;
    const size_t at = other.find(fmt::format("\"{}\":", name));
    ASSERT_NE(at, std::string::npos) << name;
    other[at + 1] = 'X';
    EXPECT_FALSE(schema::validate(other, schema, options).empty()) << name;
  }
}

/// What is beyond a listed bound, or of no listed type or choice.
std::vector<std::string> bad_values(const JsonValue& schema) {
  std::vector<std::string> values;
  if (schema.find("enum") && !schema.find("enum")->items.empty()) values.emplace_back(R"("sorcery")");
  const JsonValue* const type = schema.find("type");
  const auto is_of = [&](std::string_view name) {
    const bool is_alone = type && type->items.size() == 2 && type->items.back().string == "null";
    return type && (type->string == name || (is_alone && type->items.front().string == name));
  };
  if (is_of("string")) values.insert(values.end(), {"7", "[]", "{}"});
  if (is_of("boolean")) values.insert(values.end(), {"7", R"("true")", "{}"});
  if (is_of("object") || is_of("array")) values.emplace_back("true");
  if (is_of("integer") || is_of("number")) values.insert(values.end(), {R"("1")", "true", "[]"});
  if (is_of("integer")) values.emplace_back("1.5");
  for (const auto& [bound, step] : {std::pair{"minimum", -1.0}, std::pair{"maximum", 1.0}})
    if (const JsonValue* const limit = schema.find(bound))
      values.push_back(fmt::format("{}", limit->number.to_double() + step));
  return values;
}

TEST_F(OpenApi, WhatIsBeyondAListedTypeBoundOrChoiceIsRefusedByItsName) {
  start();
  document_ = schema::parse_json(get("/openapi.json"), "document", 200);
  const std::string messages = R"("messages":[{"role":"user","content":"a"}])";
  const Request kRequests[] = {{"ChatCompletionRequest", "/v1/chat/completions", messages},
                               {"CompletionRequest", "/v1/completions", R"("prompt":"a")"},
                               {"EmbeddingRequest", "/v1/embeddings", R"("input":"a")"},
                               {"ResponsesRequest", "/v1/responses", R"("input":"a")"},
                               {"MessagesRequest", "/v1/messages", R"("max_tokens":2,)" + messages},
                               {"TokenizeRequest", "/tokenize", R"("content":"a")"},
                               {"ConversationRequest", "/api/conversations", ""}};
  int count = 0;
  for (const Request& request : kRequests)
    for (const schema::JsonMember& property : named(request.schema).find("properties")->members)
      for (const std::string& value : bad_values(resolved(property.second))) {
        // The same member again is the one that counts. A top_logprobs goes with logprobs.
        const std::string body =
            fmt::format("{{{}{}\"{}\":{}}}", request.body, request.body.empty() ? "" : ",", property.first, value);
        const std::string answer = send("POST", request.path, body);
        EXPECT_EQ(status_of(answer), 400) << request.path << body << answer;
        EXPECT_NE(answer.find(property.first), std::string::npos) << body << answer;
        ++count;
      }
  EXPECT_GT(count, 300);
}

}  // namespace
}  // namespace vitrine::serve
