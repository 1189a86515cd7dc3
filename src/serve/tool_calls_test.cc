// Calls of tools while they are written: in pieces that spell the whole, in every API.
#include <fmt/format.h>

#include "schema/json_value.h"
#include "serve/application_testing.h"
#include "serve/call_fragments.h"
#include "serve/partial_json.h"

namespace vitrine::serve {
namespace {

using schema::JsonValue;
using testing::body_of;
using testing::status_of;

const std::string kParameters =
    R"({"type":"object","properties":{"city":{"type":"string","minLength":30,"maxLength":40}},"required":["city"],)"
    R"("additionalProperties":false})";

/// A call in one of the APIs: what was streamed, and what was sent at once.
struct Told {
  std::string name, arguments, reason;
  int num_pieces = 0;
};

class ToolCalls : public ApplicationTest {
 protected:
  static std::string text_of(const JsonValue* value) { return value ? value->string : ""; }
  /// The events of a stream, each of which is JSON.
  std::vector<JsonValue> events(const std::string& path, const std::string& body) const {
    const std::string response = send("POST", path, body);
    EXPECT_EQ(status_of(response), 200) << response;
    std::vector<JsonValue> all;
    const std::string text = body_of(response);
    for (size_t at = text.find("data: {"); at != std::string::npos; at = text.find("data: {", at + 1))
      all.push_back(schema::parse_json(text.substr(at + 6, text.find('\n', at) - at - 6), "event"));
    return all;
  }
  JsonValue answer(const std::string& path, const std::string& body) const {
    const std::string response = send("POST", path, body);
    EXPECT_EQ(status_of(response), 200) << response;
    return schema::parse_json(body_of(response), "answer");
  }
  static std::string chat(int max_tokens, bool is_streamed) {
    return fmt::format(
        R"({{"messages":[{{"role":"user","content":"the cat sat"}}],"seed":7,"max_tokens":{},"stream":{},)"
        R"("tool_choice":"required","tools":[{{"type":"function","function":{{"name":"weather",)"
        R"("parameters":{}}}}}]}})",
        max_tokens, is_streamed, kParameters);
  }
  Told streamed_chat(int max_tokens) const {
    Told told;
    for (const JsonValue& event : events("/v1/chat/completions", chat(max_tokens, true))) {
      const JsonValue& choice = event.find("choices")->items.at(0);
      if (const JsonValue* reason = choice.find("finish_reason"); reason && !reason->string.empty())
        told.reason = reason->string;
      EXPECT_EQ(text_of(choice.find("delta")->find("content")), "");
      const JsonValue* const calls = choice.find("delta")->find("tool_calls");
      if (!calls) continue;
      const JsonValue& call = calls->items.at(0);
      told.name += text_of(call.find("function")->find("name"));
      const std::string piece = text_of(call.find("function")->find("arguments"));
      EXPECT_EQ(call.find("id") != nullptr, told.num_pieces == 0 && piece.empty());
      told.arguments += piece;
      told.num_pieces += !piece.empty();
    }
    return told;
  }
  Told whole_chat(int max_tokens) const {
    const JsonValue json = answer("/v1/chat/completions", chat(max_tokens, false));
    const JsonValue& choice = json.find("choices")->items.at(0);
    Told told{.reason = text_of(choice.find("finish_reason"))};
    if (const JsonValue* const calls = choice.find("message")->find("tool_calls")) {
      told.name = text_of(calls->items.at(0).find("function")->find("name"));
      told.arguments = text_of(calls->items.at(0).find("function")->find("arguments"));
    }
    EXPECT_EQ(text_of(choice.find("message")->find("content")), "");
    return told;
  }
};

TEST_F(ToolCalls, ArgumentsComeInPiecesThatSpellTheWhole) {
  start();
  const Told streamed = streamed_chat(200), whole = whole_chat(200);
  EXPECT_EQ(streamed.name, "weather");
  EXPECT_GT(streamed.num_pieces, 3);
  EXPECT_EQ(streamed.reason, "tool_calls");
  EXPECT_EQ(streamed.arguments, whole.arguments);
  EXPECT_EQ(whole.reason, "tool_calls");
  EXPECT_NO_THROW(schema::parse_json(whole.arguments, "arguments"));
}

TEST_F(ToolCalls, LengthCutsACallAndNotIntoWords) {
  start();
  const Told uncut = whole_chat(200);
  bool was_cut_in_arguments = false;
  for (int max_tokens = 1; max_tokens < 60; max_tokens += 3) {
    const Told streamed = streamed_chat(max_tokens), whole = whole_chat(max_tokens);
    EXPECT_EQ(streamed.arguments, whole.arguments) << max_tokens;
    EXPECT_EQ(streamed.name, whole.name) << max_tokens;
    EXPECT_EQ(streamed.reason, whole.reason) << max_tokens;
    if (whole.reason != "length") continue;
    EXPECT_TRUE(uncut.arguments.starts_with(whole.arguments.substr(0, whole.arguments.size() / 2))) << whole.arguments;
    was_cut_in_arguments = was_cut_in_arguments || whole.arguments.size() > 5;
  }
  EXPECT_TRUE(was_cut_in_arguments);
}

TEST_F(ToolCalls, AnthropicsInputComesInPieces) {
  start();
  const auto body = [](int max_tokens, bool is_streamed) {
    return fmt::format(R"({{"messages":[{{"role":"user","content":"the cat"}}],"seed":7,"max_tokens":{},"stream":{},)"
                       R"("tool_choice":{{"type":"any"}},"tools":[{{"name":"weather","input_schema":{}}}]}})",
                       max_tokens, is_streamed, kParameters);
  };
  std::string input;
  int pieces = 0;
  for (const JsonValue& event : events("/v1/messages", body(200, true)))
    if (const JsonValue* const delta = event.find("delta"); delta && delta->find("partial_json")) {
      input += delta->find("partial_json")->string;
      ++pieces;
    }
  EXPECT_GT(pieces, 3);
  const JsonValue whole = answer("/v1/messages", body(200, false));
  const JsonValue& use = whole.find("content")->items.at(0);
  EXPECT_EQ(text_of(use.find("name")), "weather");
  EXPECT_EQ(schema::json_to_text(*use.find("input")), schema::json_to_text(schema::parse_json(input, "input")));
  const JsonValue cut = answer("/v1/messages", body(20, false));
  EXPECT_EQ(text_of(cut.find("stop_reason")), "max_tokens");
  EXPECT_EQ(text_of(cut.find("content")->items.at(0).find("type")), "tool_use");
}

TEST_F(ToolCalls, AnthropicsCutInputIsTheSameStreamedAndNot) {
  start();
  const auto body = [](int max_tokens, bool is_streamed) {
    return fmt::format(
        R"({{"messages":[{{"role":"user","content":"the cat"}}],"seed":7,"max_tokens":{},"stream":{},)"
        R"("tool_choice":{{"type":"any"}},"tools":[{{"name":"f","input_schema":{{"type":"object","properties":{{)"
        R"("a":{{"type":"string","minLength":4,"maxLength":4}},"b":{{"type":"string","minLength":30}}}},)"
        R"("required":["a","b"]}}}}]}})",
        max_tokens, is_streamed);
  };
  int num_with_a_part = 0;
  for (int max_tokens = 12; max_tokens < 50; ++max_tokens) {
    const JsonValue whole = answer("/v1/messages", body(max_tokens, false));
    if (text_of(whole.find("stop_reason")) != "max_tokens" || whole.find("content")->items.empty()) continue;
    const JsonValue& input = *whole.find("content")->items.at(0).find("input");
    std::string streamed;
    for (const JsonValue& event : events("/v1/messages", body(max_tokens, true)))
      if (const JsonValue* const delta = event.find("delta"); delta && delta->find("partial_json"))
        streamed += delta->find("partial_json")->string;
    // The members that came whole in the stream: "a" has four characters, behind which "b" never ends.
    const size_t end = streamed.find("\",");
    const std::string expected = end == std::string::npos ? "{}" : streamed.substr(0, end + 1) + "}";
    if (streamed.ends_with('"')) continue;  // perhaps the very end of a member
    EXPECT_EQ(schema::json_to_text(input), schema::json_to_text(schema::parse_json(expected, "input"))) << streamed;
    num_with_a_part += end != std::string::npos;
  }
  EXPECT_GT(num_with_a_part, 0);
}

TEST(PartialJson, IsWhatCameOfItWhole) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "{}"},
      {"{", "{}"},
      {R"({"a)", "{}"},
      {R"({"a")", "{}"},
      {R"({"a":)", "{}"},
      {R"({"a":"x)", "{}"},
      {R"({"a":"x\")", "{}"},
      {R"({"a":"x")", R"({"a":"x"})"},
      {R"({"a":"x","b)", R"({"a":"x"})"},
      {R"({"a": 12)", R"({"a": 12})"},
      {R"({"a":-)", "{}"},
      {R"({"a":1.)", "{}"},
      {R"({"a":tru)", "{}"},
      {R"({"a":true)", R"({"a":true})"},
      {R"({"a":[1,{"b":"},","c)", R"({"a":[1,{"b":"},"}]})"},
      {R"({"a":[)", R"({"a":[]})"},
      {R"({"a":{"b":[]},"c":["x",)", R"({"a":{"b":[]},"c":["x"]})"},
      {R"({"a":1})", R"({"a":1})"},
  };
  for (const auto& [text, object] : kCases) EXPECT_EQ(closed_object(text), object) << text;
}

TEST_F(ToolCalls, ResponsesTellOfArgumentsInPieces) {
  start();
  const auto body = [](int max_tokens, bool is_streamed) {
    return fmt::format(R"({{"input":"the cat","seed":7,"max_output_tokens":{},"stream":{},"tool_choice":"required",)"
                       R"("tools":[{{"type":"function","name":"weather","parameters":{}}}]}})",
                       max_tokens, is_streamed, kParameters);
  };
  std::string pieces, done;
  int count = 0;
  for (const JsonValue& event : events("/v1/responses", body(200, true))) {
    const std::string type = text_of(event.find("type"));
    if (type == "response.function_call_arguments.delta") pieces += event.find("delta")->string, ++count;
    if (type == "response.function_call_arguments.done") done = event.find("arguments")->string;
  }
  EXPECT_GT(count, 3);
  EXPECT_EQ(pieces, done);
  const JsonValue whole = answer("/v1/responses", body(200, false));
  EXPECT_EQ(text_of(whole.find("output")->items.at(0).find("arguments")), done);
  const JsonValue cut = answer("/v1/responses", body(20, false));
  EXPECT_EQ(text_of(cut.find("status")), "incomplete");
  EXPECT_EQ(text_of(cut.find("output")->items.at(0).find("status")), "incomplete");
}

TEST_F(ToolCalls, CachedTokensAreThoseOfThePromptAlone) {
  start();
  std::string words = "the cat";
  for (int i = 0; i < 24; ++i, words += " sat") {
    const std::string body = fmt::format(
        R"({{"messages":[{{"role":"user","content":"{}"}}],"max_tokens":60,"seed":1,"tool_choice":{{"type":"any"}},)"
        R"("tools":[{{"name":"weather","input_schema":{}}}]}})",
        words, kParameters);
    answer("/v1/messages", body);
    const JsonValue again = answer("/v1/messages", body);
    const auto tokens = [&](const char* name) { return *again.find("usage")->find(name)->number.to_int64(); };
    EXPECT_GE(tokens("input_tokens"), 0) << words;
    EXPECT_GT(tokens("cache_read_input_tokens"), 0) << words;
  }
}

TEST(CallFragments, NameAndArgumentsAreReadHoweverTheTextIsCut) {
  const std::string text = " [ {\"name\" : \"f-1\" ,\n\"arguments\": {\"a\": \"}\\\"{\\\\\", \"b\": [{}, 2]} } ]";
  for (size_t step = 1; step < text.size(); ++step) {
    CallFragments fragments;
    std::string arguments;
    for (size_t at = 0; at < text.size(); at += step) {
      fragments.push(std::string_view(text).substr(at, step));
      const std::string more = fragments.take_arguments();
      EXPECT_TRUE(more.empty() || fragments.name() == "f-1");
      arguments += more;
    }
    EXPECT_EQ(arguments, "{\"a\": \"}\\\"{\\\\\", \"b\": [{}, 2]}") << step;
  }
}

TEST(CallFragments, ParametersAreArgumentsToo) {
  const std::string text = R"({"name": "f", "parameters": {"a": 1}})";
  for (size_t step = 1; step < text.size(); ++step) {
    CallFragments fragments;
    for (size_t at = 0; at < text.size(); at += step) fragments.push(std::string_view(text).substr(at, step));
    EXPECT_EQ(fragments.arguments(), R"({"a": 1})") << step;
  }
}

TEST(CallFragments, AnotherFormShowsNothing) {
  for (const char* const text : {"{\"arguments\": {}, \"name\": \"f\"}", "f(a)", "{\"name\": \"a\\u0062\"", "[[1]]"}) {
    CallFragments fragments;
    fragments.push(text);
    EXPECT_EQ(fragments.arguments(), "") << text;
  }
}

}  // namespace
}  // namespace vitrine::serve
