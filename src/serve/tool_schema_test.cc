// Schemas of tools: kept to or refused, whatever the tool choice and the API are.
#include "serve/tool_schema.h"

#include <fmt/format.h>

#include "schema/test_support.h"
#include "serve/api_error.h"
#include "serve/application_testing.h"

namespace vitrine::serve {
namespace {

using testing::body_of;
using testing::status_of;

bool takes(const std::string& parameters, const std::string& arguments) {
  const schema::Grammar grammar = compiled_tool_schema(
      call_schema({{.name = "other", .description = {}, .parameters = R"({"$defs":{"n":{"type":"null"}}})"},
                   {.name = "f", .description = {}, .parameters = parameters}},
                  {}),
      /*is_compact=*/true);
  return schema::takes(grammar, R"({"name":"f","arguments":)" + arguments + "}");
}

TEST(ToolSchema, ReferencesLeadWithinTheToolThatHasThem) {
  const std::string node =
      R"({"type":"object","properties":{"n":{"$ref":"#/$defs/n"},"next":{"$ref":"#"},"a":{"$ref":"#b"}},)"
      R"("$defs":{"n":{"type":"integer"},"b":{"$anchor":"b","type":"boolean"}}})";
  EXPECT_TRUE(takes(node, R"({"n":1,"next":{"n":2},"a":true})"));
  EXPECT_FALSE(takes(node, R"({"n":null})"));
  EXPECT_FALSE(takes(node, R"({"next":{"n":"x"}})"));
  EXPECT_FALSE(takes(node, R"({"a":1})"));
  // What only looks like a reference stays as it is.
  EXPECT_TRUE(takes(R"({"properties":{"$ref":{"const":"#/x"}}})", R"({"$ref":"#/x"})"));
}

TEST(ToolSchema, ListedPropertiesAreAllThereAreUnlessTheSchemaSaysOtherwise) {
  const std::string inner = R"({"type":"object","properties":{"b":{"type":"object","properties":{"c":true}}}})";
  EXPECT_TRUE(takes(inner, R"({"b":{"c":1}})"));
  EXPECT_FALSE(takes(inner, R"({"x":1})"));
  EXPECT_FALSE(takes(inner, R"({"b":{"x":1}})"));
  EXPECT_TRUE(takes(R"({"type":"object","properties":{"b":true},"additionalProperties":true})", R"({"x":1})"));
  EXPECT_TRUE(takes(R"({"type":"object"})", R"({"x":1})"));
  EXPECT_FALSE(takes(R"({})", R"("x")"));  // whatever it leaves open, arguments are an object
}

class ToolSchemas : public ApplicationTest {
 protected:
  void expect_refused(const std::string& parameters, const std::string& code, const std::string& place = "") const {
    struct Api {
      std::string path, body, param;
    };
    const std::string choices[] = {"\"auto\"", "\"none\"", "\"required\""},
                      own_choices[] = {R"({"type":"auto"})", R"({"type":"none"})", R"({"type":"any"})"};
    for (size_t i = 0; i < 3; ++i)
      for (const Api& api :
           {Api{"/v1/chat/completions",
                fmt::format(R"({{"messages":[{{"role":"user","content":"hi"}}],"max_tokens":2,"stream":true,)"
                            R"("tool_choice":{},"tools":[{{"type":"function","function":{{"name":"sky",)"
                            R"("parameters":{}}}}}]}})",
                            choices[i], parameters),
                "tools[0].function.parameters"},
            Api{"/v1/responses",
                fmt::format(R"({{"input":"hi","max_output_tokens":2,"tool_choice":{},)"
                            R"("tools":[{{"type":"function","name":"sky","parameters":{}}}]}})",
                            choices[i], parameters),
                "tools[0].parameters"},
            Api{"/v1/messages",
                fmt::format(R"({{"messages":[{{"role":"user","content":"hi"}}],"max_tokens":2,"tool_choice":{},)"
                            R"("tools":[{{"name":"sky","input_schema":{}}}]}})",
                            own_choices[i], parameters),
                "tools[0].input_schema"}}) {
        const std::string answer = send("POST", api.path, api.body);
        EXPECT_EQ(status_of(answer), 400) << answer;
        EXPECT_NE(answer.find(api.param), std::string::npos) << answer;
        EXPECT_NE(answer.find(place), std::string::npos) << answer;
        const bool names_tool = answer.find("'sky'") != std::string::npos,
                   has_code = answer.find("\"" + code + "\"") != std::string::npos;
        EXPECT_TRUE(names_tool || code != "invalid_schema") << answer;
        EXPECT_TRUE(has_code || api.path == "/v1/messages") << answer;
      }
  }
};

TEST_F(ToolSchemas, BrokenOnesAreRefusedWhateverTheChoice) {
  start();
  expect_refused(R"({"type":"object","properties":{"a":{"type":"sorcery"}}})", "invalid_schema", "#/properties/a");
  expect_refused(R"({"type":"object","properties":{"a":{"$ref":"#/$defs/none"}}})", "invalid_schema", "leads nowhere");
  expect_refused(
      R"({"type":"object","properties":{"a":{"items":{"type":"object","properties":{"b":{"pattern":"("}}}}}})",
      "invalid_schema");
  expect_refused(R"({"type":"string"})", "invalid_value", "schema of an object");
  expect_refused(R"({"type":["string","null"]})", "invalid_value", "schema of an object");
}

TEST_F(ToolSchemas, AllowedToolsAreTheOnlyOnesThatMayBeCalled) {
  start();
  const auto ask = [&](const std::string& choice) {
    return send("POST", "/v1/chat/completions",
                fmt::format(R"({{"messages":[{{"role":"user","content":"hi"}}],"max_tokens":60,"tool_choice":{},)"
                            R"("tools":[{{"type":"function","function":{{"name":"sea"}}}},)"
                            R"({{"type":"function","function":{{"name":"sky"}}}}]}})",
                            choice));
  };
  const auto allowed = [](const std::string& mode, const std::string& name) {
    return fmt::format(R"({{"type":"allowed_tools","allowed_tools":{{"mode":"{}",)"
                       R"("tools":[{{"type":"function","function":{{"name":"{}"}}}}]}}}})",
                       mode, name);
  };
  const std::string answer = ask(allowed("required", "sky"));
  EXPECT_NE(answer.find(R"("name":"sky")"), std::string::npos) << answer;
  EXPECT_EQ(status_of(ask(allowed("auto", "sea"))), 200);
  EXPECT_NE(ask(allowed("auto", "moon")).find("tool_choice.allowed_tools.tools[0].function.name"), std::string::npos);
  EXPECT_NE(ask(allowed("perhaps", "sea")).find("tool_choice.allowed_tools.mode"), std::string::npos);
  const std::string response =
      send("POST", "/v1/responses",
           R"({"input":"hi","max_output_tokens":60,"tool_choice":{"type":"allowed_tools","mode":"required",)"
           R"("tools":[{"type":"function","name":"sky"}]},"tools":[{"type":"function","name":"sea"},)"
           R"({"type":"function","name":"sky"}]})");
  EXPECT_EQ(status_of(response), 200) << response;
  EXPECT_NE(response.find(R"("type":"function_call")"), std::string::npos) << response;
}

}  // namespace
}  // namespace vitrine::serve
