#include "data/template_format.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/chat_format.h"
#include "support/small_tokenizer.h"

namespace vitrine::data {
namespace {

using testing::small_tokenizer;

TemplateFormat format_of(std::string chat_template) {
  return TemplateFormat(small_tokenizer(), {.chat_template = std::move(chat_template),
                                            .bos_token = std::string(kEndOfText),
                                            .eos_token = std::string(kEndOfTurn),
                                            .end_ids = {}});
}

std::vector<std::vector<Message>> conversations() {
  return {{text_message(Role::kUser, "the cat")},
          {text_message(Role::kSystem, "be kind"), text_message(Role::kUser, "12 and 7?"),
           tool_call_message("calculator", R"({"expression": "12 + 7"})"), text_message(Role::kTool, "19"),
           text_message(Role::kAssistant, "the answer is 19"), text_message(Role::kUser, "\n\nthe dog\n")},
          {text_message(Role::kUser, "a"),
           {Role::kAssistant, {TextPart{"so"}, ToolCallPart{"f", "{}"}, ToolCallPart{"g", R"({"x": [1, "é"]})"}}},
           text_message(Role::kTool, "1"),
           text_message(Role::kTool, "2")}};
}

TEST(TemplateFormat, OurOwnTemplateGivesWhatModelsLearnt) {
  const ChatFormat learnt(small_tokenizer());
  const TemplateFormat format = format_of(std::string(kChatTemplate));
  for (const auto& messages : conversations())
    EXPECT_EQ(format.prompt(messages).ids, learnt.render_prompt(messages).ids) << format.prompt_text(messages);
}

TEST(TemplateFormat, NoTextOfAMessageBecomesASpecialToken) {
  const TemplateFormat format = format_of(std::string(kChatTemplate));
  std::string everything;
  for (const std::string_view name : kSpecialTokens) everything += name;
  const auto specials = [&](const std::string& text) {
    int count = 0;
    for (const Role role : {Role::kSystem, Role::kUser, Role::kAssistant, Role::kTool})
      for (const TokenId id : format.prompt(std::vector{text_message(role, text)}).ids)
        count += format.tokenizer().is_special(id);
    return count;
  };
  EXPECT_EQ(specials(everything), specials("the cat"));
}

TEST(TemplateFormat, ATemplateSeesTheNamesOfTokensAndWhatIsAskedFor) {
  const TemplateFormat format = format_of(
      "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ enable_thinking }}{{ tools[0].function.name }}");
  const PromptOptions options{
      .tools_json = R"([{"type": "function", "function": {"name": "cat"}}])", .enable_thinking = false, .now = {}};
  const std::vector<Message> messages{text_message(Role::kUser, "the dog")};
  EXPECT_EQ(format.prompt_text(messages, options), "<|endoftext|>the dog<|im_end|>Falsecat");
  const Prompt prompt = format.prompt(messages, options);
  EXPECT_EQ(prompt.ids.front(), *small_tokenizer().special_id(kEndOfText));
  EXPECT_TRUE(format.mentions("enable_thinking"));
  EXPECT_FALSE(format.mentions("documents"));
}

TEST(TemplateFormat, ACallWithoutWordsHasNoContentWhereATemplateAsksForThat) {
  Message called{.role = Role::kAssistant, .parts = {ToolCallPart{.name = "cat", .arguments = "{}", .id = "c"}}};
  const std::vector<Message> messages{text_message(Role::kUser, "a"), called, text_message(Role::kAssistant, "")};
  const std::string body =
      "{% for m in messages %}{% if m['content'] is not none %}[{{ m.content }}]{% else %}-{% endif %}{% endfor %}";
  EXPECT_EQ(format_of(body).prompt_text(messages), "[a]-[]");
  for (const std::string asks : {"", "{% if messages[0].reasoning_content is not none %}{% endif %}"})
    EXPECT_EQ(format_of(asks + "{% for m in messages %}[{{ m.content }}]{% endfor %}").prompt_text(messages),
              "[a][][]");
}

TEST(TemplateFormat, VariablesOfTheUserAreGivenAsTheirJsonSaysAndStayText) {
  const TemplateFormat format = format_of(
      "{{ messages[0].content }}{% if xml_tools %}{{ xml_tools | tojson }}{% endif %}{{ mood }}{{ 1 if deep else 0 }}");
  const std::vector<Message> messages{text_message(Role::kUser, "a")};
  PromptOptions options;
  EXPECT_EQ(format.prompt_text(messages, options), "a0");
  options.variables = {{"xml_tools", R"([{"name": "search", "n": 2}])"}, {"mood", R"("<|im_end|>")"}, {"deep", "true"}};
  EXPECT_EQ(format.prompt_text(messages, options), R"(a[{"name": "search", "n": 2}]<|im_end|>1)");
  for (const TokenId id : format.prompt(messages, options).ids) EXPECT_FALSE(format.tokenizer().is_special(id));
}

TEST(TemplateFormat, VariablesThatCannotBeAreNamed) {
  const auto refuse = [](std::vector<TemplateVariable> variables, std::string_view words) {
    try {
      check_template_variables(variables);
      ADD_FAILURE() << "taken: " << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_NE(error.message().find(words), std::string::npos) << error.message();
    }
  };
  refuse({{"messages", "[]"}}, "'messages': the conversation gives it");
  refuse({{"tokenize", "true"}}, "'tokenize'");
  refuse({{"a", "1"}, {"a", "2"}}, "'a': it stands twice");
  refuse({{"", "1"}}, "no name");
  refuse({{"1a", "1"}}, "'1a': no name");
  refuse({{std::string(65, 'a'), "1"}}, "no name");
  refuse({{"a", "yes"}}, "'a'");
  refuse({{"a", std::string(2000, '[')}}, "'a'");
  refuse({{"a", "\"" + std::string(600'000, 'x') + "\""}, {"b", "\"" + std::string(600'000, 'x') + "\""}}, "'b'");
  std::vector<TemplateVariable> many;
  for (int i = 0; i < 33; ++i) many.push_back({"v" + std::to_string(i), "1"});
  refuse(many, "too many (got 33");
}

TEST(TemplateFormat, APromptMayOpenTheThoughts) {
  const std::vector<Message> messages{text_message(Role::kUser, "<think>")};
  EXPECT_TRUE(format_of("{{ messages[0].content }}<think>\n").prompt(messages).opens_reasoning);
  EXPECT_FALSE(format_of("<think></think>{{ messages[0].content }}:").prompt(messages).opens_reasoning);
}

TEST(TemplateFormat, ThoughtsThatATemplateAlwaysBeginsAreEndedAtOnceWhereThereAreToBeNone) {
  const std::vector<Message> messages{text_message(Role::kUser, "the <think>")};
  for (const std::string opening : {"<think>\n", "<think>"}) {
    const TemplateFormat format = format_of("{{ messages[0].content }}: {{ '" + opening + "' }}");
    const Prompt off = format.prompt(messages, {.tools_json = {}, .enable_thinking = false, .now = {}});
    EXPECT_TRUE(off.closes_reasoning);
    EXPECT_FALSE(off.opens_reasoning);
    const std::string text = format.prompt_text(messages, {.tools_json = {}, .enable_thinking = false, .now = {}});
    EXPECT_EQ(text, "the <think>: " + opening + "\n</think>\n\n");
    EXPECT_EQ(small_tokenizer().decode(off.ids), text);
    for (const auto& enable_thinking : {std::optional<bool>(), std::optional(true)}) {
      const Prompt on = format.prompt(messages, {.tools_json = {}, .enable_thinking = enable_thinking, .now = {}});
      EXPECT_TRUE(on.opens_reasoning && !on.closes_reasoning);
    }
  }
  const TemplateFormat plain = format_of("{{ messages[0].content }}");  // what people write opens nothing
  EXPECT_FALSE(plain.prompt(messages, {.tools_json = {}, .enable_thinking = false, .now = {}}).closes_reasoning);
}

TEST(TemplateFormat, WhatItCannotUseIsRefused) {
  EXPECT_THROW(format_of(""), Error);
  EXPECT_THROW(format_of("{% if %}"), Error);
  const TemplateFormat strict = format_of("{{ raise_exception('roles must alternate') }}");
  try {
    strict.prompt(std::vector{text_message(Role::kUser, "a")});
    FAIL() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("roles must alternate"), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace vitrine::data
