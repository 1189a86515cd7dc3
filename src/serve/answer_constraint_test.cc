// What an answer has to be is kept to in every API that has words for it, and refused by name where it cannot be.
#include <fmt/format.h>

#include <stdexcept>
#include <tuple>

#include "schema/json_value.h"
#include "serve/application_testing.h"

namespace vitrine::serve {
namespace {

using schema::JsonValue;
using testing::body_of;
using testing::status_of;

/// A body but for its last members, in an API.
struct Api {
  const char *path, *start;
};
constexpr Api kChats{"/v1/chat/completions", R"({"messages":[{"role":"user","content":"a"}],"max_tokens":60)"},
    kTexts{"/v1/completions", R"({"prompt":"a","max_tokens":60)"},
    kResponses{"/v1/responses", R"({"input":"a","max_output_tokens":60)"},
    kAnthropic{"/v1/messages", R"({"messages":[{"role":"user","content":"a"}],"max_tokens":60)"};

class AnswerConstraints : public ApplicationTest {
 protected:
  std::string sent(const Api& api, const std::string& members) const {
    return send("POST", api.path, fmt::format("{},{}}}", api.start, members));
  }
  /// The words of the answer.
  std::string words(const Api& api, const std::string& members) const {
    const std::string response = sent(api, members);
    if (status_of(response) != 200) throw std::runtime_error(response);
    const JsonValue json = schema::parse_json(body_of(response), "answer");
    if (const JsonValue* const output = json.find("output"))
      return output->items.back().find("content")->items.at(0).find("text")->string;
    const JsonValue& choice = json.find("choices")->items.at(0);
    return (choice.find("message") ? choice.find("message")->find("content") : choice.find("text"))->string;
  }
  void expect_refused(const Api& api, const std::string& members, const std::string& param, const std::string& part) {
    const std::string response = sent(api, members);
    ASSERT_EQ(status_of(response), 400) << members << response;
    const JsonValue json = schema::parse_json(body_of(response), "answer");
    const JsonValue& error = *json.find("error");
    if (api.path != std::string(kAnthropic.path)) {  // whose errors have no more
      EXPECT_EQ(error.find("param")->string, param) << response;
    }
    EXPECT_NE(error.find("message")->string.find(part), std::string::npos) << members << response;
  }
};

TEST_F(AnswerConstraints, EverySpellingOfOneIsKeptToInEveryApi) {
  start();
  const char* const kMembers[] = {R"("regex":"yes|no")",
                                  R"("guided_regex":"yes|no")",
                                  R"("grammar":"root ::= \"yes\" | \"no\"")",
                                  R"("guided_grammar":"root ::= \"yes\" | \"no\"")",
                                  R"("json_schema":{"enum":["yes","no"]})",
                                  R"("guided_json":{"enum":["yes","no"]})",
                                  R"("guided_json":"{\"enum\":[\"yes\",\"no\"]}")"};
  for (const Api& api : {kChats, kTexts, kResponses})
    for (const std::string members : kMembers) {
      const std::string said = words(api, members), quote = members.find("json") == std::string::npos ? "" : "\"";
      EXPECT_TRUE(said == quote + "yes" + quote || said == quote + "no" + quote) << api.path << members << said;
    }
  const std::string format =
      R"("response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"const":7}}})";
  EXPECT_EQ(words(kTexts, format), "7");
  EXPECT_NE(sent(kChats, R"("regex":"yes|no","stream":true)").find("[DONE]"), std::string::npos);
}

TEST_F(AnswerConstraints, WrongOnesAreRefusedWithTheirMemberAndPlace) {
  start();
  for (const Api& api : {kChats, kTexts, kResponses}) {
    for (const std::string name : {"regex", "guided_regex"})
      expect_refused(api, fmt::format(R"("{}":"(yes|no")", name), name, "at");
    for (const std::string name : {"grammar", "guided_grammar"}) {
      expect_refused(api, fmt::format(R"("{}":"root ::= \"a\" (")", name), name, "line 1");
      expect_refused(api, fmt::format(R"("{}":"root ::= nothing")", name), name, "nothing");
    }
    for (const std::string name : {"json_schema", "guided_json"}) {
      expect_refused(api, fmt::format(R"("{}":{{"type":"sorcery"}})", name), name, "'type' at #");
      expect_refused(api, fmt::format(R"("{}":[])", name), name, name);
    }
    for (const std::string name : {"regex", "grammar"})
      expect_refused(api, fmt::format(R"("{}":{{}})", name), name, name);
  }
  expect_refused(kResponses, R"("text":{"format":{"type":"json_schema","name":"a","schema":{"type":"sorcery"}}})",
                 "text.format", "'text.format': json schema: keyword 'type' at #");
}

TEST_F(AnswerConstraints, TwoAtOnceAndWhatIsNotOfferedAreRefusedByName) {
  start();
  for (const Api& api : {kChats, kTexts, kResponses}) {
    expect_refused(api, R"("grammar":"root ::= \"a\"","regex":"a")", "regex", "grammar");
    expect_refused(api, R"("regex":"a","guided_regex":"a")", "guided_regex", "'regex'");
    for (const std::string name : {"structured_outputs", "structural_tag", "guided_choice", "ebnf"})
      expect_refused(api, fmt::format(R"("{}":{{"regex":"a"}})", name), name, "not offered");
  }
  expect_refused(kChats, R"("response_format":{"type":"json_object"},"regex":"a")", "regex", "response_format");
  expect_refused(kResponses, R"("text":{"format":{"type":"json_object"}},"regex":"a")", "regex", "text.format");
  expect_refused(kResponses, R"("response_format":{"type":"json_object"})", "response_format", "text.format");
  expect_refused(kChats,
                 R"("tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required","regex":"a")",
                 "regex", "tool_choice");
  for (const std::string name : {"regex", "grammar", "guided_json", "compact_json", "structured_outputs"})
    expect_refused(kAnthropic, fmt::format(R"("{}":"a")", name), "", name);
}

TEST_F(AnswerConstraints, JsonIsPlainAndInTheSchemasOrderUnlessTheRequestSaysOtherwise) {
  start();
  const std::string format =
      R"("seed":1,"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object",)"
      R"("properties":{"a":{"const":1},"b":{"const":2}},"required":["a","b"],"additionalProperties":false}}})";
  const std::string plain = R"({"a":1,"b":2})";
  EXPECT_EQ(words(kChats, format), plain);
  EXPECT_EQ(words(kChats, format + R"(,"compact_json":true,"any_key_order":false)"), plain);
  int num_spaced = 0, num_turned = 0;
  for (int seed = 0; seed < 20; ++seed) {
    const std::string start = fmt::format(R"({},"seed":{},"temperature":1.5)", format, seed);
    num_spaced += words(kChats, start + R"(,"compact_json":false)") != plain;
    num_turned += words(kChats, start + R"(,"any_key_order":true)") == R"({"b":2,"a":1})";
  }
  EXPECT_GT(num_spaced, 0);
  EXPECT_GT(num_turned, 0);
  for (const std::string name : {"compact_json", "any_key_order"}) {
    expect_refused(kChats, fmt::format(R"("{}":false)", name), name, "schema");
    expect_refused(kChats, fmt::format(R"("regex":"a","{}":true)", name), name, "schema");
    expect_refused(kChats, fmt::format(R"("guided_json":true,"{}":1)", name), name, "true or false");
  }
}

}  // namespace
}  // namespace vitrine::serve
