#include "data/tool_calls/catalog.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "data/assistant_output.h"
#include "tokenizer/trainer.h"

namespace vitrine::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using tokenizer::TokenId;
using tokenizer::Tokenizer;

const fs::path kRoot = fs::path(__FILE__).parent_path() / "../../..";

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

/// Letters and a few merges, with these special tokens.
Tokenizer tokenizer_with(std::vector<std::string> specials) {
  const std::string_view documents[] = {"{\"name\": \"f\", \"arguments\": {}} the cat sat on the mat"};
  tokenizer::TrainOptions options{.vocab_size = static_cast<int32_t>(262 + specials.size())};
  options.special_tokens = std::move(specials);
  ThreadPool pool(1);
  return tokenizer::train_bpe(options, documents, pool);
}

const Tokenizer& plain_tokenizer() {
  static const Tokenizer kTokenizer = tokenizer_with({});
  return kTokenizer;
}

const std::string& golden_tools() {
  static const std::string kTools = read_file(kRoot / "tests/golden/tool_calls/tools.json");
  return kTools;
}

/// What a template of the form may look like, as far as it is looked at.
std::string template_of(const ToolCallForm& form) {
  if (&form == &kQwenCoderForm) return "<think> <tool_call><function=f><parameter=x>";
  if (&form == &kGlmForm) return "<think> <tool_call>f<arg_key>x</arg_key>";
  if (&form == &kGemmaForm) return "<|channel>thought <|tool_call>";
  if (&form == &kHarmonyForm) return "<|channel|>analysis<|message|>";
  return "<think> " + std::string(form.begin);
}

/// What the form has behind its mark for a call of f with the text "[1]" as x.
std::string call_in(const ToolCallForm& form) {
  if (&form == &kHermesForm || &form == &kLlamaForm) return R"({"name": "f", "parameters": {"x": "[1]"}})";
  if (&form == &kQwenCoderForm) return "<function=f><parameter=x>[1]</parameter></function>";
  if (&form == &kGlmForm) return "f<arg_key>x</arg_key><arg_value>[1]</arg_value>";
  if (&form == &kGemmaForm) return "call:f{x:<|\"|>[1]<|\"|>}";
  if (&form == &kHarmonyForm) return "commentary to=functions.f<|message|>{\"x\": \"[1]\"}";
  if (&form == &kDeepSeekForm)
    return "<｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{\"x\": \"[1]\"}\n```<｜tool▁call▁end｜>";
  return R"([{"name": "f", "arguments": {"x": "[1]"}}])";
}

constexpr std::string_view kToolsWithX =
    R"([{"type": "function", "function": {"name": "f", "parameters": {"properties": {"x": {"type": "string"}}}}}])";

OutputMarks marks_for(const ToolCallForm& form) {
  if (form.has_channels || &form == &kGemmaForm) return marks_of(template_of(form));
  return {.reasoning_begin = "<think>", .reasoning_end = "</think>", .calls = &form};
}

/// The parts of a text, pushed token by token; and what a listener heard of its words.
std::vector<Part> read(const Tokenizer& tokenizer, const OutputMarks& marks, std::string_view text,
                       std::string* heard = nullptr, bool opens_reasoning = false) {
  OutputSink sink;
  if (heard != nullptr) sink.on_text = [heard](std::string_view piece) { *heard += piece; };
  AssistantOutput output(tokenizer, marks, opens_reasoning, sink);
  for (const TokenId id : tokenizer.encode(text)) output.push(id);
  output.finish();
  return output.parts();
}

std::vector<ToolCallPart> calls_in(const std::vector<Part>& parts) {
  std::vector<ToolCallPart> calls;
  for (const Part& part : parts) {
    if (const auto* call = std::get_if<ToolCallPart>(&part)) calls.push_back(*call);
    EXPECT_FALSE(std::holds_alternative<TextPart>(part)) << std::get<TextPart>(part).text;
  }
  return calls;
}

void expect_calls(const std::vector<ToolCallPart>& calls, const json& expected, const std::string& says) {
  ASSERT_EQ(calls.size(), expected.size()) << says;
  for (size_t i = 0; i < calls.size(); ++i) {
    EXPECT_EQ(calls[i].name, expected[i]["name"]) << says;
    EXPECT_EQ(json::parse(calls[i].arguments), expected[i]["arguments"]) << says;
    const std::string id = expected[i]["id"];
    if (says.find(id) != std::string::npos) {
      EXPECT_EQ(calls[i].id, id);
    }
  }
}

TEST(ToolCallForms, DescribeThemselves) {
  std::set<std::string_view> names;
  for (const ToolCallForm* form : tool_call_forms()) {
    EXPECT_TRUE(names.insert(form->name).second) << form->name;
    EXPECT_FALSE(form->help.empty());
    EXPECT_FALSE(form->begin.empty());
    EXPECT_EQ(find_tool_call_form(form->name), form);
    EXPECT_FALSE(form->is_shown_in("Hello."));
    EXPECT_EQ(tool_call_form_of(template_of(*form)), form);
    EXPECT_TRUE(form->parse("", "").empty());
  }
  EXPECT_EQ(find_tool_call_form("none"), nullptr);
  EXPECT_EQ(tool_call_form_of("{{ messages[0].content }}"), nullptr);
}

TEST(ToolCallForms, ReadWhatTheTemplatesOfOpenModelsRender) {
  const json cases = json::parse(read_file(kRoot / "tests/golden/tool_calls/golden.json"));
  std::set<std::string> forms;
  for (const json& item : cases) {
    const ToolCallForm* form = find_tool_call_form(item["form"].get<std::string>());
    ASSERT_NE(form, nullptr) << item["form"];
    forms.insert(item["form"]);
    const std::string says = item["says"], thinks = item["thinks"];
    OutputMarks marks = marks_for(*form);
    marks.tools_json = golden_tools();
    const std::vector<Part> parts = read(plain_tokenizer(), marks, says, nullptr, item["opens"]);
    expect_calls(calls_in(parts), item["calls"], says);
    std::string thought;
    for (const Part& part : parts)
      if (const auto* reasoning = std::get_if<ReasoningPart>(&part)) thought += reasoning->text;
    EXPECT_EQ(trimmed(thought), thinks) << says;
  }
  EXPECT_EQ(forms,
            (std::set<std::string>{"deepseek", "gemma", "glm", "harmony", "hermes", "llama", "mistral", "qwen-coder"}));
}

TEST(ToolCallForms, MarksThatAreTokensEndAndBeginCallsAsWell) {
  for (const ToolCallForm* form : tool_call_forms()) {
    if (form->has_channels) continue;  // whose tests are below
    std::vector<std::string> names{std::string(form->begin)};
    if (!form->end.empty()) names.emplace_back(form->end);
    const Tokenizer tokenizer = tokenizer_with(names);
    OutputMarks marks = marks_for(*form);
    marks.tools_json = kToolsWithX;
    AssistantOutput output(tokenizer, marks);
    const auto push = [&](std::string_view text) {
      for (const TokenId id : tokenizer.encode(text)) output.push(id);
    };
    push("Wait.");
    for (int i = 0; i < 2; ++i) {
      output.push(*tokenizer.special_id(names[0]));
      push(call_in(*form));
      if (names.size() > 1) output.push(*tokenizer.special_id(names[1]));
    }
    output.finish();
    ASSERT_EQ(output.parts().size(), 3u) << form->name;
    EXPECT_EQ(std::get<TextPart>(output.parts()[0]).text, "Wait.");
    for (size_t i = 1; i < 3; ++i) {
      EXPECT_EQ(std::get<ToolCallPart>(output.parts()[i]).name, "f");
      EXPECT_EQ(std::get<ToolCallPart>(output.parts()[i]).arguments, R"({"x": "[1]"})");
      EXPECT_EQ(std::get<ToolCallPart>(output.parts()[i]).id.size(), form->id_characters);
    }
  }
}

TEST(ToolCallForms, WhatIsNoCallStaysTextAsItWas) {
  for (const ToolCallForm* form : tool_call_forms()) {
    for (const char* body : {"",
                             "x",
                             "{}",
                             "[]",
                             "[1]",
                             "null",
                             "[{}]",
                             R"({"name": "f"})",
                             R"([{"name": "f", "arguments": {}})",
                             R"([{"name": 1, "arguments": {}}])",
                             R"([{"name": "f", "arguments": {}}, 2])",
                             R"([{"name": "f", "arguments": {}}] and)",
                             R"({"name": "f", "arguments": []})",
                             R"({"name": "f", "arguments": {}, "parameters": {}})",
                             R"({"name": "f", "name": "g", "arguments": {}})",
                             "f[ARGS]",
                             "f[ARGS]{",
                             "f[ARGS][]",
                             "[ARGS]{}",
                             R"(f"[ARGS]{})",
                             R"(f[ARGS]{},"name":"g")",
                             "[[[[",
                             "{{{{",
                             R"({"name": "f", "parameters": {}} and)",
                             R"(brave_search.call(query="x"))",
                             "<function=f>",
                             "<function=f><parameter=x>1</function>",
                             "<function=f><parameter=x>1</parameter></function> and",
                             "<function=f g></function>",
                             "<function=></function>",
                             "<function=f><parameter=x>1</parameter><parameter=x>2</parameter></function>",
                             "<function=f>1</function>",
                             "f<arg_key>x</arg_key>",
                             "f<arg_key>x</arg_key>1",
                             "f<arg_key>x<arg_value>1</arg_value>",
                             "<arg_key>x</arg_key><arg_value>1</arg_value>",
                             "f g<arg_key>x</arg_key><arg_value>1</arg_value>",
                             "f<arg_key></arg_key><arg_value>1</arg_value>",
                             "<｜tool▁call▁begin｜>f<｜tool▁sep｜>{}",
                             "<｜tool▁call▁begin｜>f<｜tool▁sep｜>[]<｜tool▁call▁end｜>",
                             "<｜tool▁call▁begin｜><｜tool▁sep｜>{}<｜tool▁call▁end｜>",
                             "<｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n{}<｜tool▁call▁end｜>",
                             "<｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{}<｜tool▁call▁end｜>",
                             "<｜tool▁call▁begin｜>f<｜tool▁sep｜>{}<｜tool▁call▁end｜> and",
                             "call:f",
                             "call:{}",
                             "call:f{x}",
                             "call:f{x:}",
                             "call:f{x:1",
                             "call:f{x:1,}",
                             "call:f{x:yes}",
                             "call:f{x:<|\"|>1}",
                             "call:f{x:1} and",
                             "commentary to=functions.f<|message|>",
                             "commentary to=functions.f<|message|>[]",
                             "commentary to=functions.f<|message|>{} and",
                             "commentary to=functions.<|message|>{}"}) {
      const std::string said = std::string(form->begin) + body + std::string(form->end);
      // There a name alone calls a tool without arguments.
      if (form == &kGlmForm && *body != 0 && std::string_view(body).find_first_of(" \"<[{") == std::string::npos)
        continue;
      std::string heard;
      EXPECT_EQ(read(plain_tokenizer(), marks_for(*form), said, &heard), std::vector<Part>{TextPart{said}})
          << form->name;
      EXPECT_EQ(heard, said);
    }
  }
}

TEST(ToolCallForms, ValuesWithoutQuotesHaveTheTypesThatTheToolSays) {
  const std::string tools = R"([{"type": "function", "function": {"name": "f", "parameters": {"properties": {
      "text": {"type": "string"}, "count": {"type": "integer"}, "either": {"type": ["string", "null"]},
      "choice": {"enum": ["1", "2"]}, "many": {"anyOf": [{"type": "number"}, {"type": "string"}]},
      "flag": {"type": "boolean"}, "free": {}, "list": {"type": "array"}}}}}])";
  const auto call = [&](const std::string& key, const std::string& value) {
    const auto calls =
        kQwenCoderForm.parse("<function=f><parameter=" + key + ">\n" + value + "\n</parameter></function>", tools);
    const auto same = kGlmForm.parse("f<arg_key>" + key + "</arg_key><arg_value>" + value + "</arg_value>", tools);
    EXPECT_EQ(calls, same) << key << value;
    return calls.size() == 1 ? json::parse(calls[0].arguments)[key] : json("no call");
  };
  EXPECT_EQ(call("text", "5"), json("5"));
  EXPECT_EQ(call("text", "null"), json("null"));
  EXPECT_EQ(call("text", "{\"a\": 1}"), json("{\"a\": 1}"));
  EXPECT_EQ(call("text", ""), json(""));
  EXPECT_EQ(call("text", "\"quoted\"\n</parameter> is a mark"), json("\"quoted\"\n</parameter> is a mark"));
  EXPECT_EQ(call("count", "5"), json(5));
  EXPECT_EQ(call("count", "five"), json("five"));  // the tool says what is wrong with it
  EXPECT_EQ(call("count", "None"), json("None"));
  EXPECT_EQ(call("either", "None"), json(nullptr));
  EXPECT_EQ(call("either", "5"), json("5"));
  EXPECT_EQ(call("choice", "1"), json("1"));
  EXPECT_EQ(call("many", "1.5"), json(1.5));
  EXPECT_EQ(call("many", "[1]"), json("[1]"));
  EXPECT_EQ(call("flag", "True"), json(true));
  EXPECT_EQ(call("flag", "false"), json(false));
  EXPECT_EQ(call("free", "7"), json(7));
  EXPECT_EQ(call("free", "seven"), json("seven"));
  EXPECT_EQ(call("list", "[1, \"a\"]"), json::parse("[1, \"a\"]"));
  EXPECT_EQ(call("unknown", "7"), json(7));
  // Without tools, or with what is no list of them, JSON is what it says.
  for (const char* none : {"", "[", "{}", "[1]", R"([{"function": 1}])", R"([{"function": {"name": "f"}}])"})
    EXPECT_EQ(kGlmForm.parse("f<arg_key>text</arg_key><arg_value>5</arg_value>", none),
              (std::vector<ToolCallPart>{{"f", R"({"text": 5})"}}));
}

TEST(ToolCallForms, DeepNestingIsNoCall) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{a:";
  EXPECT_TRUE(kGemmaForm.parse("call:f{x:" + deep + "}", "").empty());
  EXPECT_TRUE(kGemmaForm.parse("call:f{x:" + std::string(100'000, '[') + "}", "").empty());
  const std::string list(100'000, '[');
  EXPECT_EQ(kGlmForm.parse("f<arg_key>x</arg_key><arg_value>" + list + "</arg_value>", "").size(), 1u);
}

TEST(ToolCallForms, ACallWithoutAMarkIsAWholeAnswer) {
  const OutputMarks marks = marks_for(kLlamaForm);
  const std::string call = R"({"name": "f", "parameters": {"x": 1}})";
  const std::vector<Part> expected{ToolCallPart{"f", R"({"x": 1})"}};
  EXPECT_EQ(read(plain_tokenizer(), marks, call), expected);
  EXPECT_EQ(read(plain_tokenizer(), marks, "\n" + call + "\n"), expected);
  EXPECT_EQ(read(plain_tokenizer(), marks, R"({"type": "function", "name": "f", "parameters": {"x": 1}})"), expected);
  EXPECT_EQ(read(plain_tokenizer(), marks, call + "; " + call).size(), 2u);
  EXPECT_EQ(read(plain_tokenizer(), marks, "<think>so</think>" + call).size(), 2u);
  for (const std::string& said : std::vector<std::string>{
           "So: " + call, call + " is it.", std::string(R"({"name": "Ann", "age": 3})"), std::string("{"),
           std::string("{ x }"), "[" + call + "]", std::string(300, ' ') + "{" + std::string(300, ' ')}) {
    std::string heard;
    EXPECT_EQ(read(plain_tokenizer(), marks, said, &heard), std::vector<Part>{TextPart{said}}) << said;
    EXPECT_EQ(heard, said);
  }
  // Where no tools were offered, JSON is JSON.
  OutputMarks none = marks;
  none.takes_bare_calls = false;
  EXPECT_EQ(read(plain_tokenizer(), none, call), std::vector<Part>{TextPart{call}});
}

TEST(ToolCallForms, AnObjectThatIsNoCallIsShownAsSoonAsThatIsSure) {
  std::string heard;
  AssistantOutput output(
      plain_tokenizer(), marks_for(kLlamaForm), false,
      {.on_text = [&](std::string_view piece) { heard += piece; }, .on_reasoning = {}, .on_call = {}});
  for (const TokenId id : plain_tokenizer().encode("{\"na")) output.push(id);
  EXPECT_EQ(heard, "");
  for (const TokenId id : plain_tokenizer().encode("ture\": 1")) output.push(id);
  EXPECT_EQ(heard, "{\"nature\": 1");
}

TEST(ToolCallForms, TheTemplatesOfOpenModelsShowTheirForms) {
  const char* given = std::getenv("VITRINE_SHARED");
  const fs::path folder =
      (given != nullptr ? fs::path(given) : kRoot / "../shared") / "data/A_tokenizers/chat_templates";
  if (!fs::exists(folder)) GTEST_SKIP() << "the shared templates are not here";
  const std::pair<const char*, const ToolCallForm*> expected[] = {
      {"Qwen-Qwen2.5-7B-Instruct", &kHermesForm},
      {"Qwen-Qwen3-0.6B", &kHermesForm},
      {"HuggingFaceTB-SmolLM3-3B", nullptr},
      {"mistralai-Mistral-Nemo-Instruct-2407", &kMistralForm},
      {"ibm-granite-granite-3.3-2B-Instruct", &kGraniteForm},
      {"deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", &kDeepSeekForm},
      {"microsoft-Phi-3.5-mini-instruct", nullptr},
      {"openai-gpt-oss-120b", &kHarmonyForm}};
  for (const auto& [name, form] : expected)
    EXPECT_EQ(tool_call_form_of(read_file(folder / (std::string(name) + ".jinja"))), form) << name;
  EXPECT_EQ(tool_call_form_of(read_file(kRoot / "tests/golden/template/templates/headers.jinja")), &kLlamaForm);
}

}  // namespace
}  // namespace vitrine::data
