// Whatever a client gets wrong is told with its exact status, parameter and code, and never is it our fault.
#include <fmt/format.h>

#include <tuple>

#include "base/error.h"
#include "schema/json_value.h"
#include "serve/application_testing.h"

namespace vitrine::serve {
namespace {

using testing::body_of;
using testing::status_of;

struct Bad {
  std::string path, body;
  int status;
  std::string param, code;
};

const std::string kChat = "/v1/chat/completions";
const std::string kMessages = R"("messages":[{"role":"user","content":"hi"}])";

std::string text_or_empty(const schema::JsonValue* value) { return value ? value->string : std::string(); }

class BadRequests : public ApplicationTest {
 protected:
  void expect(const Bad& bad) {
    ++count_;
    const std::string response = send("POST", bad.path, bad.body);
    const std::string what = bad.path + " " + bad.body.substr(0, 200) + "\n" + body_of(response).substr(0, 300);
    ASSERT_EQ(status_of(response), bad.status) << what;
    const schema::JsonValue json = schema::parse_json(body_of(response), "answer");
    const schema::JsonValue* const error = json.find("error");
    ASSERT_NE(error, nullptr) << what;
    EXPECT_FALSE(text_or_empty(error->find("message")).empty()) << what;
    EXPECT_FALSE(text_or_empty(error->find("type")).empty()) << what;
    if (bad.path.starts_with("/v1/messages")) return;  // Anthropic's errors have no more
    ASSERT_NE(error->find("param"), nullptr) << what;
    EXPECT_EQ(text_or_empty(error->find("param")), bad.param) << what;
    EXPECT_EQ(text_or_empty(error->find("code")), bad.code) << what;
  }
  /// A member beside good messages.
  void expect_chat(const std::string& member, const std::string& param, const std::string& code) {
    expect({kChat, "{" + kMessages + "," + member + "}", 400, param, code});
  }
  int count_ = 0;
};

TEST_F(BadRequests, AreAnsweredWithTheirStatusParameterAndCode) {
  start();
  // No JSON at all.
  const std::string deep_array = std::string(100'000, '['),
                    deep_object = R"({"a":)" + std::string(5000, '[') + std::string(5000, ']') + "}";
  for (const std::string& body : {std::string(""),
                                  std::string("   "),
                                  std::string("{"),
                                  std::string("nonsense"),
                                  std::string("[]"),
                                  std::string("1"),
                                  std::string("null"),
                                  std::string("\"text\""),
                                  std::string("{\"a\":1,}"),
                                  std::string("{'a':1}"),
                                  std::string("{\"a\":NaN}"),
                                  std::string("{\"a\":01}"),
                                  std::string("{\"a\" 1}"),
                                  std::string("{}{}"),
                                  std::string("\xff\xfe{}"),
                                  std::string("{\"a\":\"\xc3\x28\"}"),
                                  std::string("{\"a\":\"\\ud800\"}"),
                                  std::string("{\"a\":\"\n\"}"),
                                  deep_array,
                                  deep_object,
                                  std::string("\0{}", 3),
                                  std::string("{\"a\":\"\\x\"}")})
    for (const std::string& path : {kChat, std::string("/v1/completions"), std::string("/tokenize")})
      expect({path, body, 400, "", "invalid_json"});

  // Messages.
  const Bad kBadMessages[] = {
      {kChat, "{}", 400, "messages", "missing_required_parameter"},
      {kChat, R"({"messages":null})", 400, "messages", "missing_required_parameter"},
      {kChat, R"({"messages":"hi"})", 400, "messages", "invalid_type"},
      {kChat, R"({"messages":{}})", 400, "messages", "invalid_type"},
      {kChat, R"({"messages":[]})", 400, "messages", "invalid_value"},
      {kChat, R"({"messages":["hi"]})", 400, "messages[0]", "invalid_type"},
      {kChat, R"({"messages":[{}]})", 400, "messages[0].role", "missing_required_parameter"},
      {kChat, R"({"messages":[{"role":1,"content":"x"}]})", 400, "messages[0].role", "invalid_type"},
      {kChat, R"({"messages":[{"role":"pirate","content":"x"}]})", 400, "messages[0].role", "invalid_value"},
      {kChat, R"({"messages":[{"role":"user"}]})", 400, "messages[0].content", "missing_required_parameter"},
      {kChat, R"({"messages":[{"role":"user","content":null}]})", 400, "messages[0].content",
       "missing_required_parameter"},
      {kChat, R"({"messages":[{"role":"user","content":7}]})", 400, "messages[0].content", "invalid_type"},
      {kChat, R"({"messages":[{"role":"user","content":{}}]})", 400, "messages[0].content", "invalid_type"},
      {kChat, R"({"messages":[{"role":"user","content":[7]}]})", 400, "messages[0].content[0]", "invalid_type"},
      {kChat, R"({"messages":[{"role":"user","content":[{}]}]})", 400, "messages[0].content[0].type",
       "missing_required_parameter"},
      {kChat, R"({"messages":[{"role":"user","content":[{"type":"text"}]}]})", 400, "messages[0].content[0].text",
       "missing_required_parameter"},
      {kChat,
       R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}]})",
       400, "messages[0].content[0].type", "unsupported_content"},
      {kChat, R"({"messages":[{"role":"user","content":[{"type":"smell"}]}]})", 400, "messages[0].content[0].type",
       "invalid_value"},
      {kChat, R"({"messages":[{"role":"assistant"}]})", 400, "messages[0].content", "missing_required_parameter"},
      {kChat, R"({"messages":[{"role":"assistant","tool_calls":{}}]})", 400, "messages[0].tool_calls", "invalid_type"},
      {kChat, R"({"messages":[{"role":"assistant","tool_calls":[{}]}]})", 400, "messages[0].tool_calls[0].function",
       "missing_required_parameter"},
      {kChat, R"({"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"no good"}}]}]})", 400,
       "messages[0].tool_calls[0].function.name", "invalid_value"},
      {kChat, R"({"messages":[{"role":"tool","content":"x","tool_call_id":7}]})", 400, "messages[0].tool_call_id",
       "invalid_type"},
      {kChat, R"({"messages":[{"role":"tool","content":"x"}]})", 400, "messages[0].tool_call_id",
       "missing_required_parameter"},
      {kChat, R"({"messages":[{"role":"tool","content":"x","tool_call_id":"call_1"}]})", 400,
       "messages[0].tool_call_id", "invalid_value"},
      {kChat,
       R"({"messages":[{"role":"assistant","tool_calls":[{"id":"call_1","function":{"name":"f"}}]},)"
       R"({"role":"tool","content":"x","tool_call_id":"call_2"}]})",
       400, "messages[1].tool_call_id", "invalid_value"},
      {kChat, R"({"messages":[{"role":"user","content":[]}]})", 400, "messages[0].content", "invalid_value"},
      {"/v1/messages", R"({"max_tokens":5,"messages":[{"role":"user","content":[]}]})", 400, "", ""},
      {"/v1/responses", R"({"input":[{"role":"user","content":[]}]})", 400, "input[0].content", "invalid_value"},
  };
  for (const Bad& bad : kBadMessages) expect(bad);

  // Numbers out of their ranges, and of the wrong type.
  const std::tuple<const char*, const char*, const char*> kRanges[] = {{"temperature", "-0.1", "2.1"},
                                                                       {"priority", "-2147483649", "2147483648"},
                                                                       {"top_p", "-0.1", "1.1"},
                                                                       {"presence_penalty", "-2.1", "2.1"},
                                                                       {"frequency_penalty", "-2.1", "2.1"},
                                                                       {"n", "0", "129"},
                                                                       {"max_tokens", "0", "99999999999"},
                                                                       {"max_completion_tokens", "-1", "99999999999"},
                                                                       {"top_k", "-1", "1e30"},
                                                                       {"min_p", "-1", "2"},
                                                                       {"max_reasoning_tokens", "-1", "99999999999"},
                                                                       {"seed", "-1e30", "1e30"}};
  for (const auto& [name, low, high] : kRanges) {
    for (const char* const value : {low, high})
      expect_chat(fmt::format("\"{}\":{}", name, value), name, "invalid_value");
    for (const char* const value : {"\"1\"", "[]", "{}", "true"})
      expect_chat(fmt::format("\"{}\":{}", name, value), name, "invalid_type");
  }
  for (const char* const name : {"n", "max_tokens", "seed", "top_k"})
    expect_chat(fmt::format("\"{}\":1.5", name), name, "invalid_type");
  for (const char* const name : {"stream", "logprobs"})
    for (const char* const value : {"1", "\"true\"", "[]"})
      expect_chat(fmt::format("\"{}\":{}", name, value), name, "invalid_type");

  // The rest of a chat.
  const std::tuple<const char*, const char*, const char*> kMembers[] = {
      {R"("model":7)", "model", "invalid_type"},
      {R"("stream_options":{"include_usage":true})", "stream_options", "invalid_value"},
      {R"("stream":true,"stream_options":7)", "stream_options", "invalid_type"},
      {R"("stream":true,"stream_options":{"include_usage":1})", "stream_options.include_usage", "invalid_type"},
      {R"("logprobs":true,"top_logprobs":21)", "top_logprobs", "invalid_value"},
      {R"("logprobs":true,"top_logprobs":-1)", "top_logprobs", "invalid_value"},
      {R"("top_logprobs":3)", "top_logprobs", "invalid_value"},
      {R"("stop":["a","b","c","d","e"])", "stop", "invalid_value"},
      {R"("stop":[7])", "stop", "invalid_type"},
      {R"("stop":7)", "stop", "invalid_type"},
      {R"("stop":"")", "stop", "invalid_value"},
      {R"("logit_bias":[])", "logit_bias", "invalid_type"},
      {R"("logit_bias":{"x":1})", "logit_bias", "invalid_value"},
      {R"("logit_bias":{"-1":1})", "logit_bias", "invalid_value"},
      {R"("logit_bias":{"99999999":1})", "logit_bias", "invalid_value"},
      {R"("logit_bias":{"1":101})", "logit_bias.1", "invalid_value"},
      {R"("logit_bias":{"1":"x"})", "logit_bias.1", "invalid_type"},
      {R"("logit_bias":{"1":null})", "logit_bias", "invalid_type"},
      {R"("reasoning_effort":"enormous")", "reasoning_effort", "invalid_value"},
      {R"("response_format":"json")", "response_format", "invalid_type"},
      {R"("response_format":{})", "response_format.type", "missing_required_parameter"},
      {R"("response_format":{"type":"xml"})", "response_format.type", "invalid_value"},
      {R"("response_format":{"type":"json_schema"})", "response_format.json_schema", "missing_required_parameter"},
      {R"("response_format":{"type":"json_schema","json_schema":{}})", "response_format.json_schema.name",
       "missing_required_parameter"},
      {R"("response_format":{"type":"json_schema","json_schema":{"name":"no good"}})",
       "response_format.json_schema.name", "invalid_value"},
      {R"("response_format":{"type":"json_schema","json_schema":{"name":"a","schema":7}})",
       "response_format.json_schema.schema", "invalid_type"},
      {R"("response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"sorcery"}}})",
       "response_format", "invalid_schema"},
      {R"("response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"string","pattern":"("}}})",
       "response_format", "invalid_schema"},
      {R"("response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"$ref":"#/nowhere"}}})",
       "response_format", "invalid_schema"},
      {R"("response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"enum":[]}}})", "response_format",
       "invalid_schema"},
      {R"("tools":7)", "tools", "invalid_type"},
      {R"("tools":[7])", "tools[0]", "invalid_type"},
      {R"("tools":[{}])", "tools[0].type", "missing_required_parameter"},
      {R"("tools":[{"type":"web_search"}])", "tools[0].type", "invalid_value"},
      {R"("tools":[{"type":"function"}])", "tools[0].function", "missing_required_parameter"},
      {R"("tools":[{"type":"function","function":{}}])", "tools[0].function.name", "missing_required_parameter"},
      {R"("tools":[{"type":"function","function":{"name":"a b"}}])", "tools[0].function.name", "invalid_value"},
      {R"("tools":[{"type":"function","function":{"name":"a","parameters":[]}}])", "tools[0].function.parameters",
       "invalid_type"},
      {R"("tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"a"}}])",
       "tools[1].function.name", "invalid_value"},
      {R"("tool_choice":"required")", "tool_choice", "invalid_value"},
      {R"("tool_choice":"perhaps")", "tool_choice", "invalid_value"},
      {R"("tool_choice":{"type":"function","function":{"name":"b"}})", "tool_choice", "invalid_value"},
      {R"("tool_choice":{"type":"function"})", "tool_choice.function", "missing_required_parameter"},
      {R"("tool_choice":7)", "tool_choice", "invalid_type"},
      {R"("samplers":"sorcery")", "", "invalid_value"},
      {R"("samplers":["top_k","sorcery"])", "", "invalid_value"},
      {R"("samplers":["top_k",7])", "samplers", "invalid_type"},
      {R"("samplers":[])", "samplers", "invalid_value"},
      {R"("samplers":7)", "samplers", "invalid_type"},
      {R"("functions":[{"name":"f"}])", "functions", "unsupported_parameter"},
      {R"("function_call":"auto")", "function_call", "unsupported_parameter"},
      {R"("modalities":["text","audio"])", "modalities", "unsupported_parameter"},
      {R"("modalities":"text")", "modalities", "invalid_type"},
      {R"("audio":{"voice":"x","format":"mp3"})", "audio", "unsupported_parameter"},
      {R"("prediction":{"type":"content","content":"x"})", "prediction", "unsupported_parameter"},
      {R"("web_search_options":{})", "web_search_options", "unsupported_parameter"},
      {R"("parallel_tool_calls":"yes")", "parallel_tool_calls", "invalid_type"},
      {R"("user":7)", "user", "invalid_type"},
      {R"("tools":[{"type":"function","function":{"name":"a","parameters":{"type":"string"}}}])",
       "tools[0].function.parameters", "invalid_value"},
      {R"("metadata":"x")", "metadata", "invalid_type"},
  };
  for (const auto& [member, param, code] : kMembers) expect_chat(member, param, code);

  // Other routes.
  std::string long_text;
  for (int i = 0; i < 2000; ++i) long_text += "word ";
  const Bad kOthers[] = {
      {kChat, R"({"model":"nope",)" + kMessages + "}", 404, "model", "model_not_found"},
      {kChat, R"({"model":"../../etc/passwd",)" + kMessages + "}", 404, "model", "model_not_found"},
      {kChat, R"({"messages":[{"role":"user","content":")" + long_text + R"("}]})", 400, "messages",
       "context_length_exceeded"},
      {"/v1/completions", "{}", 400, "prompt", "missing_required_parameter"},
      {"/v1/completions", R"({"prompt":[]})", 400, "prompt", "invalid_value"},
      {"/v1/completions", R"({"prompt":[-1]})", 400, "prompt", "invalid_value"},
      {"/v1/completions", R"({"prompt":[999999]})", 400, "prompt", "invalid_value"},
      {"/v1/completions", R"({"prompt":[1,"a"]})", 400, "prompt", "invalid_value"},
      {"/v1/completions", R"({"prompt":["a",1]})", 400, "prompt", "invalid_type"},
      {"/v1/completions", R"({"prompt":{}})", 400, "prompt", "invalid_type"},
      {"/v1/completions", R"({"prompt":"a","suffix":"b"})", 400, "suffix", "unsupported_parameter"},
      {"/v1/completions", R"({"prompt":"a","n":2,"best_of":1})", 400, "best_of", "invalid_value"},
      {"/v1/completions", R"({"prompt":"a","user":7})", 400, "user", "invalid_type"},
      {"/v1/embeddings", R"({"input":"a","user":7})", 400, "user", "invalid_type"},
      {"/v1/responses", R"({"input":"a","user":7})", 400, "user", "invalid_type"},
      {"/v1/responses", R"({"input":[{"type":"function_call_output","call_id":"call_1","output":"x"}]})", 400,
       "input[0].call_id", "invalid_value"},
      {"/v1/responses",
       R"({"input":[{"type":"function_call","call_id":"call_2","name":"f","arguments":"{}"},)"
       R"({"type":"function_call_output","call_id":"call_1","output":"x"}]})",
       400, "input[1].call_id", "invalid_value"},
      {"/v1/messages", R"({"max_tokens":5,"metadata":{"user_id":7},)" + kMessages + "}", 400, "", ""},
      {"/v1/completions", R"({"prompt":"a","best_of":2})", 400, "best_of", "unsupported_parameter"},
      {"/v1/completions", R"({"prompt":"a","logprobs":21})", 400, "logprobs", "invalid_value"},
      {"/v1/completions", R"({"prompt":")" + long_text + R"("})", 400, "prompt", "context_length_exceeded"},
      {"/v1/embeddings", "{}", 400, "input", "missing_required_parameter"},
      {"/v1/embeddings", R"({"input":[]})", 400, "input", "invalid_value"},
      {"/v1/embeddings", R"({"input":""})", 400, "input", "invalid_value"},
      {"/v1/embeddings", R"({"input":[true]})", 400, "input", "invalid_type"},
      {"/v1/embeddings", R"({"input":7})", 400, "input", "invalid_type"},
      {"/v1/embeddings", R"({"input":"a","encoding_format":"hex"})", 400, "encoding_format", "invalid_value"},
      {"/v1/embeddings", R"({"input":"a","dimensions":0})", 400, "dimensions", "invalid_value"},
      {"/v1/embeddings", R"({"input":")" + long_text + R"("})", 400, "input", "context_length_exceeded"},
      {"/tokenize", "{}", 400, "content", "missing_required_parameter"},
      {"/tokenize", R"({"content":7})", 400, "content", "invalid_type"},
      {"/detokenize", R"({"tokens":"a"})", 400, "tokens", "invalid_type"},
      {"/detokenize", R"({"tokens":[-1]})", 400, "tokens", "invalid_value"},
      {"/detokenize", R"({"tokens":[1e9]})", 400, "tokens", "invalid_value"},
      {"/apply-template", "{}", 400, "messages", "missing_required_parameter"},
      {"/v1/responses", "{}", 400, "input", "missing_required_parameter"},
      {"/v1/responses", R"({"input":[]})", 400, "input", "invalid_value"},
      {"/v1/responses", R"({"input":[{"type":"sorcery"}]})", 400, "input[0].type", "unsupported_content"},
      {"/v1/responses", R"({"input":"a","previous_response_id":"resp_none"})", 404, "previous_response_id",
       "not_found"},
      {"/v1/responses", R"({"input":"a","max_output_tokens":0})", 400, "max_output_tokens", "invalid_value"},
      {"/v1/responses", R"({"input":"a","text":{"format":{"type":"xml"}}})", 400, "text.format.type", "invalid_value"},
      {"/v1/responses", R"({"input":"a","background":true})", 400, "background", "unsupported_parameter"},
      {"/v1/responses", R"({"input":"a","conversation":"conv_1"})", 400, "conversation", "unsupported_parameter"},
      {"/v1/responses", R"({"input":"a","truncation":"some"})", 400, "truncation", "invalid_value"},
      {"/v1/responses", R"({"input":"a","include":["web_search_call.results"]})", 400, "include",
       "unsupported_parameter"},
      {"/v1/responses", R"({"input":"a","include":"x"})", 400, "include", "invalid_type"},
      {"/v1/responses", R"({"input":"a","top_logprobs":21})", 400, "top_logprobs", "invalid_value"},
      {"/v1/responses", R"({"input":"a","metadata":7})", 400, "metadata", "invalid_type"},
      {"/v1/responses", R"({"input":"a","parallel_tool_calls":7})", 400, "parallel_tool_calls", "invalid_type"},
      {"/v1/responses/resp_none/cancel", "", 404, "response_id", "not_found"},
      {"/v1/completions", R"({"prompt":"a","echo":true,"logprobs":1})", 400, "echo", "unsupported_parameter"},
      {"/v1/messages", "{}", 400, "", ""},
      {"/v1/messages", R"({"max_tokens":5,"messages":[{"role":"system","content":"x"}]})", 400, "", ""},
      {"/v1/messages", "{" + kMessages + "}", 400, "", ""},
      {"/v1/messages", R"({"model":"nope","max_tokens":5,)" + kMessages + "}", 404, "", ""},
      {"/v1/messages", R"({"max_tokens":5,"tool_choice":{"type":"any"},)" + kMessages + "}", 400, "", ""},
      {"/v1/messages", R"({"max_tokens":5,"thinking":{"type":"enabled"},)" + kMessages + "}", 400, "", ""},
      {"/v1/nothing", "{}", 404, "", "not_found"},
      {"/v1/models", "{}", 405, "", "method_not_allowed"},
      {"/api/conversations", R"({"title":7})", 400, "title", "invalid_type"},
      {"/api/conversations", R"({"folder_id":"f_none"})", 400, "folder_id", "invalid_value"},
      {"/api/conversations", R"({"settings":{"temperature":9}})", 400, "settings.temperature", "invalid_value"},
      {"/api/conversations/c_none/messages", R"({"role":"user","parts":[]})", 404, "", "not_found"},
      {"/api/conversations/c_none/answers", R"({"parent_id":"m"})", 404, "", "not_found"},
      {"/api/feedback", R"({"kind":"sorcery"})", 400, "kind", "invalid_value"},
      {"/api/feedback", R"({"kind":"thumb","message_id":"m_none","value":1})", 404, "", "not_found"},
      {"/api/feedback", R"({"kind":"thumb","message_id":"m_none","value":2})", 400, "value", "invalid_value"},
      {"/api/feedback", R"({"kind":"choice","message_ids":["a"],"choice":0})", 400, "message_ids", "invalid_value"},
      {"/api/feedback", R"({"kind":"ranking","message_ids":["a","b"],"ranking":["a","a"]})", 400, "ranking",
       "invalid_value"},
      {"/api/folders", R"({"name":""})", 400, "name", "invalid_value"},
      {"/api/feedback", R"({"kind":"thumb","message_id":"m_none","value":1,"reasons":["so witty"]})", 400, "reasons",
       "invalid_value"},
      {"/api/import", R"({"format":"other"})", 400, "", "invalid_value"},
      {"/api/import", R"({"format":"vitrine-conversations","version":1,"conversations":[{"id":"../x","messages":[]}]})",
       400, "", "invalid_value"},
      {"/api/import",
       R"({"format":"vitrine-conversations","version":1,"conversations":[{"id":"c","messages":[{"id":"m",)"
       R"("parent_id":"m","role":"user","parts":[]}]}]})",
       400, "", "invalid_value"},
      {"/api/models/load", R"({"model":"nope"})", 404, "model", "model_not_found"},
  };
  for (const Bad& bad : kOthers) expect(bad);
  EXPECT_GE(count_, 150);
  // And it still answers.
  EXPECT_EQ(status_of(send("POST", kChat, "{" + kMessages + R"(,"max_tokens":2})")), 200);
  const std::string greedy = body_of(send("POST", kChat, "{" + kMessages + R"(,"max_tokens":9,"temperature":0})"));
  const std::string drawn =
      body_of(send("POST", kChat, "{" + kMessages + R"(,"max_tokens":9,"temperature":1,"top_p":0})"));
  const size_t at = greedy.find("\"message\"");
  EXPECT_NE(drawn.find(greedy.substr(at, greedy.find("\"logprobs\"") - at)), std::string::npos) << drawn << greedy;
}

TEST_F(BadRequests, BodiesThatAreTooLargeOrOfAnotherTypeAreRefusedByTheirHeads) {
  ApplicationOptions options;
  options.server.limits.max_body_bytes = 2000;
  start(options);
  EXPECT_EQ(status_of(send("POST", kChat, std::string(2001, ' '))), 413);
  testing::RawClient client(port());
  client.send("POST " + kChat +
              " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(status_of(client.read_response()), 415);
  const auto status = [&](const std::string& headers) {
    testing::RawClient other(port());
    other.send("POST /tokenize HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers +
               "Content-Length: 15\r\n\r\n{\"content\":\"a\"}");
    return status_of(other.read_to_end());
  };
  for (const char* const good :
       {"", "Content-Type: application/json\r\n", "Content-Type: Application/JSON; charset=UTF-8\r\n",
        "Content-Type: application/json; charset=\"utf-8\"\r\n", "Content-Encoding: identity\r\n"})
    EXPECT_EQ(status(good), 200) << good;
  for (const char* const bad :
       {"Content-Type: application/json; charset=utf-16\r\n", "Content-Type: application/json;charset=latin1\r\n",
        "Content-Type: application/jsonx\r\n", "Content-Encoding: gzip\r\n",
        "Content-Type: application/json\r\nContent-Encoding: br\r\n"})
    EXPECT_EQ(status(bad), 415) << bad;
}

TEST_F(BadRequests, QueriesAndIdsAreNamedWhereTheyAreWrong) {
  start();
  const std::tuple<const char*, int, const char*, const char*> kCases[] = {
      {"/api/search", 400, "q", "missing_required_parameter"},
      {"/api/search?q=", 400, "q", "missing_required_parameter"},
      {"/api/search?q=a&limit=0", 400, "limit", "invalid_value"},
      {"/api/feedback/export?format=csv", 400, "format", "invalid_value"},
      {"/v1/responses/resp_none?stream=true", 400, "stream", "unsupported_parameter"},
      {"/v1/responses/resp_none", 404, "response_id", "not_found"},
      {"/v1/responses/resp_none/input_items", 404, "response_id", "not_found"},
  };
  for (const auto& [path, status, param, code] : kCases) {
    const std::string answer = send("GET", path);
    EXPECT_EQ(status_of(answer), status) << answer;
    EXPECT_NE(answer.find(fmt::format(R"("param":"{}","code":"{}")", param, code)), std::string::npos) << answer;
  }
}

TEST_F(BadRequests, HttpThatTheClientGotWrongIsNeverTheServersFault) {
  start();
  for (const char* const request :
       {"GET /health HTTP/3.7\r\nHost: localhost\r\n\r\n", "GET /health HTTP/2.0\r\nHost: localhost\r\n\r\n",
        "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"}) {
    testing::RawClient client(port());
    client.send(request);
    const std::string answer = client.read_to_end();
    EXPECT_EQ(status_of(answer), 400) << answer;
    EXPECT_NE(answer.find(R"("type":"invalid_request_error")"), std::string::npos) << answer;
  }
}

TEST_F(BadRequests, MethodsThatAPathDoesNotTakeAreToldTheOnesThatItDoes) {
  start();
  for (const char* const method : {"GET", "HEAD", "PUT", "DELETE"}) {
    const std::string response = send(method, kChat);
    EXPECT_EQ(status_of(response), 405) << method;
    EXPECT_NE(response.find("\r\nAllow: POST\r\n"), std::string::npos) << response;
  }
  EXPECT_NE(send("PUT", "/v1/models").find("\r\nAllow: GET, HEAD\r\n"), std::string::npos);
  EXPECT_NE(send("PUT", "/v1/responses/x").find("\r\nAllow: GET, HEAD, DELETE\r\n"), std::string::npos);
}

TEST_F(BadRequests, WhatIsNotThereBelowMessagesIsToldAsAnthropicDoes) {
  start();
  for (const char* const method : {"GET", "POST"}) {
    const std::string response = send(method, "/v1/messages/nothing", "{}");
    EXPECT_EQ(status_of(response), 404) << method;
    EXPECT_TRUE(body_of(response).starts_with(R"({"type":"error","error":{"type":"not_found_error")")) << response;
  }
}

TEST_F(BadRequests, PagesElsewhereAndNamesThatAreNotServedAreRefused) {
  ApplicationOptions options;
  options.allowed_origins = {"https://friend.example"};
  start(options);
  const auto status = [&](const std::string& headers) { return status_of(send("GET", "/v1/models", "", headers)); };
  EXPECT_EQ(status("Host: localhost\r\n"), 200);
  EXPECT_EQ(status("Host: 127.0.0.1:8080\r\n"), 200);
  EXPECT_EQ(status("Host: [::1]:8080\r\n"), 200);
  EXPECT_EQ(status("Host: evil.example\r\n"), 403);
  EXPECT_EQ(status("Host: localhost.evil.example\r\n"), 403);
  EXPECT_EQ(status("Host: localhost\r\nOrigin: http://localhost\r\n"), 200);
  EXPECT_EQ(status("Host: localhost\r\nOrigin: https://friend.example\r\n"), 200);
  for (const char* const origin :
       {"http://evil.example", "null", "http://localhost.evil.example", "http://localhost:1", "file://"})
    EXPECT_EQ(status("Host: localhost\r\nOrigin: " + std::string(origin) + "\r\n"), 403) << origin;
}

TEST_F(BadRequests, KeysGuardEveryRouteButHealthAndThePage) {
  ApplicationOptions options;
  options.api_keys = {"first-key-1", "second-key-2"};
  start(options);
  const auto status = [&](const std::string& path, const std::string& header) {
    return status_of(send("GET", path, "", "Host: localhost\r\n" + header));
  };
  EXPECT_EQ(status("/health", ""), 200);
  EXPECT_EQ(status("/", ""), 200);
  for (const char* const path :
       {"/v1/models", "/metrics", "/api/status", "/api/export", "/v1/responses/x", "/api/conversations"}) {
    EXPECT_EQ(status(path, ""), 401) << path;
    EXPECT_EQ(status(path, "Authorization: Bearer first-key-\r\n"), 401) << path;
    EXPECT_EQ(status(path, "Authorization: Bearer \r\n"), 401) << path;
    EXPECT_EQ(status(path, "Authorization: Basic first-key-1\r\n"), 401) << path;
  }
  EXPECT_EQ(status("/v1/models", "Authorization: Bearer first-key-1\r\n"), 200);
  EXPECT_EQ(status("/v1/models", "authorization: bearer  second-key-2\r\n"), 200);
  EXPECT_EQ(status("/v1/models", "X-Api-Key: second-key-2\r\n"), 200);
}

TEST(Application, RefusesToListenForOthersWithoutAKey) {
  ApplicationOptions options;
  options.server.host = "0.0.0.0";
  const autograd::Runtime runtime(1);
  try {
    Application application(options, runtime);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("no key"), std::string::npos);
  }
  EXPECT_THROW(parse_api_keys("# nothing\n"), Error);
  EXPECT_THROW(parse_api_keys("short\n"), Error);
  EXPECT_EQ(parse_api_keys("# a\n  key-one-1  \n\nkey-two-2\r\n").size(), 2u);
}

TEST_F(BadRequests, RulesThatBeginInTooManyWaysAreRefusedAlsoForStreams) {
  start();
  std::string rules, alternatives;
  for (int i = 0; i < 600; ++i) {
    rules += fmt::format("r{0} ::= \\\"(\\\" r{0} \\\")\\\" | \\\"r{0}\\\"\\n", i);
    alternatives += fmt::format("{}r{}", i == 0 ? "" : " | ", i);
  }
  const std::string grammar = fmt::format(R"("grammar":"root ::= {}\n{}")", alternatives, rules);
  for (const char* const stream : {"true", "false"}) {
    const std::string rest = fmt::format(R"(,"stream":{},"max_tokens":4,{}}})", stream, grammar);
    for (const auto& [path, begin] :
         {std::pair("/v1/chat/completions", R"({"messages":[{"role":"user","content":"a"}])"),
          std::pair("/v1/completions", R"({"prompt":"a")")}) {
      const std::string answer = send("POST", path, begin + rest);
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << answer.substr(0, 200);
      EXPECT_NE(answer.find("too ambiguous"), std::string::npos) << answer;
    }
  }
}

}  // namespace
}  // namespace vitrine::serve
