// What a model can be kept to is what the readers of calls take, and what the tools ask for.
#include "serve/call_grammar.h"

#include "base/error.h"
#include "schema/test_support.h"
#include "schema/validate.h"
#include "serve/chat_spec.h"

namespace vitrine::serve {
namespace {

const std::string kBooking =
    R"({"type":"object","properties":{)"
    R"("city":{"type":"string","enum":["Rome","New York","7"]},"nights":{"type":"integer","minimum":1,"maximum":30},)"
    R"("code":{"$ref":"#/$defs/code"},"note":{"type":"string","maxLength":40},"breakfast":{"type":"boolean"},)"
    R"("guests":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string","maxLength":8},)"
    R"("age":{"type":"integer","minimum":0,"maximum":120}},"required":["name"]},"maxItems":2},)"
    R"("limit":{"anyOf":[{"type":"number","minimum":0,"maximum":9},{"type":"null"}]}},)"
    R"("required":["city","code","guests"],"$defs":{"code":{"type":"string","pattern":"^[0-9]{3}$"}}})";

std::vector<ToolSpec> tools() {
  return {{.name = "book", .description = {}, .parameters = kBooking},
          {.name = "list-all", .description = {}, .parameters = {}}};
}

std::string schema_of(const std::string& name) {
  return name == "book" ? kBooking : R"({"additionalProperties":false})";
}

/// Draws calls of a form and reads them as the server does.
void expect_calls_of_tools(const data::ToolCallForm& form, bool is_single, bool is_compact) {
  const schema::Grammar grammar = call_grammar(form, tools(), is_single, is_compact);
  std::mt19937_64 random(3);
  size_t num_books = 0, most = 0;
  for (int i = 0; i < 60; ++i) {
    schema::Matcher matcher(grammar, schema::small_vocabulary());
    const std::string text = schema::sample(matcher, random, 250);
    const std::vector<data::ToolCallPart> calls = form.parse(text, tools_json(tools()));
    ASSERT_FALSE(calls.empty()) << form.name << ": " << text;
    most = std::max(most, calls.size());
    for (const data::ToolCallPart& call : calls) {
      EXPECT_TRUE(call.name == "book" || call.name == "list-all") << text;
      num_books += call.name == "book";
      for (const std::string& problem : schema::validate(call.arguments, schema_of(call.name)))
        ADD_FAILURE() << form.name << ": " << problem << " in " << call.arguments << " of " << text;
    }
  }
  EXPECT_GT(num_books, 5u) << form.name;
  EXPECT_TRUE(most == 1 || !is_single) << form.name;
}

TEST(CallGrammar, WhatItAllowsIsReadAsCallsThatKeepToTheirSchemas) {
  size_t num_forms = 0;
  for (const data::ToolCallForm* const form : data::tool_call_forms()) {
    if (!has_call_grammar(*form)) continue;
    ++num_forms;
    for (const bool is_single : {true, false})
      for (const bool is_compact : {true, false}) expect_calls_of_tools(*form, is_single, is_compact);
  }
  EXPECT_EQ(num_forms, 7u);  // all but the two with a notation of values, or channels, of their own
}

/// How templates write it, and so how models do.
TEST(CallGrammar, FormsAreThoseOfTheTemplates) {
  const std::pair<const char*, const char*> kCalls[] = {
      {"hermes", "\n{\"name\": \"book\", \"arguments\": {\"city\": \"Rome\", \"code\": \"123\", \"guests\": []}}\n"},
      {"llama", "{\"name\": \"list-all\", \"parameters\": {}}\n{\"name\": \"list-all\", \"parameters\": {}}"},
      {"mistral", R"( [{"name": "list-all", "arguments": {}}, {"name": "list-all", "arguments": {}}])"},
      {"mistral", "list-all[ARGS]{}"},
      {"granite", R"([{"name": "list-all", "arguments": {}}])"},
      {"qwen-coder",
       "\n<function=book>\n<parameter=city>\nNew "
       "York\n</parameter>\n<parameter=nights>\n2\n</parameter>\n<parameter=code>\n"
       "007\n</parameter>\n<parameter=guests>\n[{\"name\": \"A\"}]\n</parameter>\n</function>\n"},
      {"qwen-coder", "\n<function=list-all>\n</function>\n"},
      {"glm",
       "book\n<arg_key>city</arg_key>\n<arg_value>7</arg_value>\n<arg_key>code</arg_key>\n<arg_value>007</arg_value>\n"
       "<arg_key>guests</arg_key>\n<arg_value>[]</arg_value>\n"},
      {"glm", "list-all"},
      {"deepseek", "<｜tool▁call▁begin｜>function<｜tool▁sep｜>list-all\n```json\n{}\n```<｜tool▁call▁end｜>"},
      {"deepseek",
       "<｜tool▁call▁begin｜>list-all<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁call▁begin｜>list-all"
       "<｜tool▁sep｜>{}<｜tool▁call▁end｜>"},
  };
  for (const auto& [name, text] : kCalls) {
    const data::ToolCallForm& form = *data::find_tool_call_form(name);
    EXPECT_TRUE(schema::takes(call_grammar(form, tools(), false, false), text)) << name << ": " << text;
    EXPECT_FALSE(form.parse(text, tools_json(tools())).empty()) << name << ": " << text;
  }
}

TEST(CallGrammar, ArgumentsOneByOneAreNotKeptToWhereTheSchemaSaysMoreOfThem) {
  const data::ToolCallForm &tags = *data::find_tool_call_form("qwen-coder"),
                           &json = *data::find_tool_call_form("hermes");
  for (const char* const more : {R"("minProperties":1)", R"("anyOf":[{"required":["a"]},{"required":["b"]}])",
                                 R"("required":["c"])", R"("dependentRequired":{"a":["b"]})"}) {
    const std::vector<ToolSpec> given = {
        {.name = "f",
         .description = {},
         .parameters = std::string(R"({"properties":{"a":{"type":"string"},"b":{"type":"string"}},)") + more + "}"}};
    EXPECT_THROW(call_grammar(tags, given, false, false), Error) << more;
    EXPECT_NO_THROW(call_grammar(json, given, false, false)) << more;
  }
  EXPECT_THROW(call_grammar(*data::find_tool_call_form("gemma"), tools(), false, false), Error);
}

}  // namespace
}  // namespace vitrine::serve
