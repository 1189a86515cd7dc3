#include "data/assistant_output.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/rng.h"
#include "data/chat_format.h"
#include "support/small_tokenizer.h"

namespace vitrine::data {
namespace {

using testing::small_tokenizer;

const OutputMarks kAllMarks{.reasoning_begin = "<think>", .reasoning_end = "</think>", .calls = &kHermesForm};

std::vector<Part> parse(const Tokenizer& tokenizer, std::span<const TokenId> ids) {
  return parse_assistant_output(tokenizer, marks_of(kChatTemplate), ids);
}

/// The ids of an assistant's turn as a model would give them: special tokens where their names stand.
std::vector<TokenId> ids_of(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<TokenId> ids;
  while (!text.empty()) {
    size_t next = text.size();
    std::string_view special;
    for (const std::string_view name : kSpecialTokens)
      if (const size_t at = text.find(name); at < next) next = at, special = name;
    tokenizer.encode_append(text.substr(0, next), ids);
    if (!special.empty()) ids.push_back(*tokenizer.special_id(special));
    text.remove_prefix(next + special.size());
  }
  return ids;
}

TEST(AssistantOutput, ReadsWhatTheFormatRenders) {
  const ChatFormat format(small_tokenizer());
  const std::vector<std::vector<Part>> turns = {
      {TextPart{"the answer is 19.\n\nthe end"}},
      {ToolCallPart{"calculator", R"({"expression": "12 + 7"})"}},
      {TextPart{"let us see\n"}, ToolCallPart{"a", "{}"}, ToolCallPart{"b\"\\", R"({"x": {"y": [1, "}"]}})"}},
      {}};
  for (const auto& parts : turns) {
    const auto empty_prompt = format.render_prompt({}).ids.size();
    const auto ids = format.render(std::vector{Message{Role::kAssistant, parts}}).ids;
    const auto said = std::span(ids).subspan(empty_prompt);
    const auto end = std::find(said.begin(), said.end(), format.end_of_turn()) - said.begin();
    EXPECT_EQ(parse(format.tokenizer(), said.first(static_cast<size_t>(end))), parts);
  }
}

TEST(AssistantOutput, MalformedCallsStayText) {
  const ChatFormat format(small_tokenizer());
  const char* const bodies[] = {"",
                                "hello",
                                "{}",
                                "[1]",
                                R"({"name": "f"})",
                                R"({"name": "", "arguments": {}})",
                                R"({"name": 1, "arguments": {}})",
                                R"({"name": "f", "arguments": "{}"})",
                                R"({"name": "f", "arguments": {}, "more": 1})",
                                R"({"name": "f", "arguments": {})",
                                R"({"name": "f", "arguments": {"a" 1}})",
                                R"({"name": "f", "arguments": {}} {})",
                                "<tool_call>"};
  for (const char* body : bodies) {
    const std::string text = std::string("so <tool_call>\n") + body + "\n</tool_call>";
    const auto ids = ids_of(format.tokenizer(), text);
    EXPECT_EQ(parse(format.tokenizer(), ids), std::vector<Part>{TextPart{text}}) << body;
  }
  const std::string open = "<tool_call>\n{\"name\": \"f\", \"arguments\": {}}";
  EXPECT_EQ(parse(format.tokenizer(), ids_of(format.tokenizer(), open)), std::vector<Part>{TextPart{open}});
  const std::vector<Part> after = {TextPart{open}, ToolCallPart{"g", "{\"a\":1}"}, TextPart{" end"}};
  const std::string second = "<tool_call>{\"arguments\":{\"a\":1} ,\"name\":\"g\"}</tool_call> end";
  EXPECT_EQ(parse(format.tokenizer(), ids_of(format.tokenizer(), open + second)), after);
}

TEST(AssistantOutput, RandomIdsNeverFail) {
  const ChatFormat format(small_tokenizer());
  Rng rng(3, 0);
  for (int round = 0; round < 300; ++round) {
    std::vector<TokenId> ids(200);
    for (TokenId& id : ids) {
      const auto vocab_size = static_cast<uint64_t>(format.tokenizer().vocab_size());
      id = static_cast<TokenId>(rng.next_below(2) ? vocab_size - 1 - rng.next_below(5) : rng.next_below(vocab_size));
    }
    EXPECT_NO_THROW(parse(format.tokenizer(), ids));
  }
  const std::vector<TokenId> opens(200000, *format.tokenizer().special_id(kToolCallBegin));
  EXPECT_EQ(parse(format.tokenizer(), opens).size(), 1u);
}

/// What a listener hears of a text that comes in tokens.
struct Heard {
  std::string text, thoughts;
  std::vector<std::string> pieces;
  OutputSink sink() {
    return {.on_text = [this](std::string_view piece) { pieces.emplace_back(piece), text += piece; },
            .on_reasoning = [this](std::string_view piece) { thoughts += piece; },
            .on_call = {}};
  }
};

std::vector<Part> spoken(std::string_view text, bool opens_reasoning, Heard& heard) {
  AssistantOutput output(small_tokenizer(), kAllMarks, opens_reasoning, heard.sink());
  for (const TokenId id : ids_of(small_tokenizer(), text)) output.push(id);
  output.finish();
  return output.parts();
}

TEST(AssistantOutput, ThoughtsAreAPartOfTheirOwn) {
  for (const bool opens : {false, true}) {
    Heard heard;
    const std::string said = std::string(opens ? "" : "\n<think>") + "the cat?\n</think>\n\nthe <dog>";
    const std::vector<Part> parts = spoken(said, opens, heard);
    EXPECT_EQ(parts, (std::vector<Part>{ReasoningPart{"the cat?\n"}, TextPart{"the <dog>"}})) << opens;
    EXPECT_EQ(heard.text, "the <dog>");
    EXPECT_EQ(heard.thoughts, "the cat?\n");
  }
}

TEST(AssistantOutput, ThoughtsThatNeverEndAreThoughts) {
  Heard heard;
  EXPECT_EQ(spoken("<think>the cat </thin", false, heard), std::vector<Part>{ReasoningPart{"the cat </thin"}});
  EXPECT_EQ(heard.thoughts, "the cat </thin");
}

TEST(AssistantOutput, MarksOutOfPlaceAreWords) {
  for (const std::string said : {"the <think> cat", "</think> the cat", "the </tool_call>", "a <think>b</think>",
                                 "<thin", "the <", "<<think>"}) {
    Heard heard;
    EXPECT_EQ(spoken(said, false, heard), std::vector<Part>{TextPart{said}}) << said;
    EXPECT_EQ(heard.text, said);
  }
}

TEST(AssistantOutput, LateEndOfThoughtsThatWereEndedForTheModelIsNoWord) {
  for (const auto& [said, words] : {std::pair("so I say </think>\n\nthe cat", "so I say \n\nthe cat"),
                                    {"</think>\n\nthe cat", "the cat"},
                                    {"the cat</think>", "the cat"}}) {
    Heard heard;
    AssistantOutput output(small_tokenizer(), kAllMarks, /*opens_reasoning=*/true, heard.sink());
    const auto push = [&](std::string_view text) {
      for (const TokenId id : ids_of(small_tokenizer(), text)) output.push(id);
    };
    push("the dog");
    push("</think>\n\n");  // its budget was spent
    output.expect_late_end();
    push(said);
    output.finish();
    EXPECT_EQ(output.parts(), (std::vector<Part>{ReasoningPart{"the dog"}, TextPart{words}})) << said;
    EXPECT_EQ(heard.text, words);
  }
}

TEST(AssistantOutput, ACallInsideOfThoughtsIsAThought) {
  Heard heard;
  const std::string call = "<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>";
  EXPECT_EQ(spoken("<think>" + call + "</think>" + call, false, heard),
            (std::vector<Part>{ReasoningPart{call}, ToolCallPart{"f", "{}"}}));
}

TEST(AssistantOutput, WhatIsSureIsSaidAtOnce) {
  Heard heard;
  AssistantOutput output(small_tokenizer(), kAllMarks, false, heard.sink());
  size_t pushed = 0;
  for (const TokenId id : small_tokenizer().encode("the cat sat on the mat")) {
    output.push(id);
    EXPECT_EQ(heard.pieces.size(), ++pushed);
  }
}

TEST(AssistantOutput, TheMarkIsTheTokenWhereThereIsOne) {
  Heard heard;
  AssistantOutput output(small_tokenizer(), kAllMarks, false, heard.sink());
  const std::string spelled = R"(<tool_call>{"name": "f", "arguments": {}}</tool_call>)";
  for (const TokenId id : small_tokenizer().encode(spelled)) output.push(id);
  output.finish();
  EXPECT_EQ(output.parts(), std::vector<Part>{TextPart{spelled}});
}

TEST(AssistantOutput, ParametersAreArgumentsToo) {
  const auto call = parse_tool_call(R"({"name": "f", "parameters": {"x": 1} })");
  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(*call, (ToolCallPart{"f", "{\"x\": 1}"}));
  EXPECT_FALSE(parse_tool_call(R"({"name": "f", "parameters": {}, "arguments": {}})").has_value());
}

}  // namespace
}  // namespace vitrine::data
