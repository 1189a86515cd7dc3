#include <gtest/gtest.h>

#include "data/assistant_output.h"
#include "data/template_format.h"
#include "data/tool_calls/harmony.h"
#include "tokenizer/trainer.h"

namespace vitrine::data {
namespace {

using tokenizer::TokenId;
using tokenizer::Tokenizer;

constexpr const char* kMarkTokens[] = {"<|start|>", "<|message|>", "<|channel|>", "<|constrain|>",
                                       "<|end|>",   "<|call|>",    "<|return|>"};

/// Letters, and the marks as tokens or not.
const Tokenizer& channel_tokenizer(bool has_tokens) {
  static const auto make = [](bool with) {
    const std::string_view documents[] = {"the cat sat on the mat"};
    tokenizer::TrainOptions options{.vocab_size = 258};
    if (with) options.special_tokens.assign(std::begin(kMarkTokens), std::end(kMarkTokens));
    options.vocab_size += static_cast<int32_t>(options.special_tokens.size());
    ThreadPool pool(1);
    return tokenizer::train_bpe(options, documents, pool);
  };
  static const Tokenizer kWith = make(true), kWithout = make(false);
  return has_tokens ? kWith : kWithout;
}

const OutputMarks& marks() {
  static const OutputMarks kMarks = marks_of("<|channel|>analysis<|message|>");
  return kMarks;
}

std::vector<Part> read(std::string_view text, bool has_tokens, std::string* heard = nullptr) {
  OutputSink sink;
  if (heard != nullptr) sink.on_text = [heard](std::string_view piece) { *heard += piece; };
  AssistantOutput output(channel_tokenizer(has_tokens), marks(), false, sink);
  for (const TokenId id : channel_tokenizer(has_tokens).encode(text, {.parse_special = true})) output.push(id);
  output.finish();
  return output.parts();
}

/// The same parts, spelled or as tokens.
void expect_parts(std::string_view text, const std::vector<Part>& parts) {
  for (const bool has_tokens : {false, true}) {
    EXPECT_EQ(read(text, has_tokens), parts) << text << has_tokens;
  }
}

TEST(AssistantChannels, ThoughtsPreamblesCallsAndWordsAreMessages) {
  expect_parts("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Two.<|return|>",
               {ReasoningPart{"Hm."}, TextPart{"Two."}});
  expect_parts(
      "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary<|message|>I look.<|end|>"
      "<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"x\": 1}<|call|>",
      {ReasoningPart{"Hm."}, TextPart{"I look."}, ToolCallPart{"f", "{\"x\": 1}"}});
  expect_parts(" to=functions.f<|channel|>commentary json<|message|>{}", {ToolCallPart{"f", "{}"}});
  expect_parts("<|channel|>commentary to=browser.open<|message|>{\"id\": 1}<|call|>",
               {ToolCallPart{"browser.open", "{\"id\": 1}"}});
}

TEST(AssistantChannels, MessagesOfOneKindAreParagraphs) {
  expect_parts(
      "<|channel|>analysis<|message|>A<|end|><|start|>assistant<|channel|>analysis<|message|>B<|end|>"
      "<|start|>assistant<|channel|>commentary<|message|>C<|end|><|start|>assistant<|channel|>final<|message|>D",
      {ReasoningPart{"A\n\nB"}, TextPart{"C\n\nD"}});
}

TEST(AssistantChannels, WhatHasNoHeaderIsWordsAtOnce) {
  for (const bool has_tokens : {false, true}) {
    for (const char* said : {"Two.", " Two.", "assistants", "to be", "<|channel|>", "", "a", "<b>"}) {
      std::string heard;
      const std::vector<Part> parts = read(said, has_tokens, &heard);
      EXPECT_EQ(heard, said);
      if (*said != 0) {
        EXPECT_EQ(parts, std::vector<Part>{TextPart{said}});
      }
    }
  }
  // A header without end is words when it is longer than any header.
  std::string heard;
  AssistantOutput output(
      channel_tokenizer(true), marks(), false,
      {.on_text = [&](std::string_view piece) { heard += piece; }, .on_reasoning = {}, .on_call = {}});
  const std::string said = "<|channel|>" + std::string(600, 'x');
  for (const TokenId id : channel_tokenizer(true).encode(said, {.parse_special = true})) output.push(id);
  EXPECT_EQ(heard, said);
}

TEST(AssistantChannels, ABrokenCallIsWordsWithItsHeader) {
  const std::string call = "<|channel|>commentary to=functions.f<|message|>{\"x\": <|call|>";
  expect_parts(call, {TextPart{call}});
  expect_parts("<|channel|>analysis to=python<|message|>print(1)<|call|>",
               {TextPart{"<|channel|>analysis to=python<|message|>print(1)<|call|>"}});
  // What comes behind it is read as before.
  expect_parts(call.substr(0, call.size() - 8) + "<|start|>assistant<|channel|>analysis<|message|>Hm.<|end|>",
               {TextPart{"<|channel|>commentary to=functions.f<|message|>{\"x\": "}, ReasoningPart{"Hm."}});
}

TEST(AssistantChannels, TheMarksThatEndThoughtsBeginTheAnswer) {
  AssistantOutput output(channel_tokenizer(true), marks());
  const auto push = [&](std::string_view text) {
    for (const TokenId id : channel_tokenizer(true).encode(text, {.parse_special = true})) output.push(id);
  };
  push("<|channel|>analysis<|message|>Hm and");
  EXPECT_TRUE(output.is_reasoning());
  push(marks().to_words);
  EXPECT_FALSE(output.is_reasoning());
  push("Two.");
  output.finish();
  EXPECT_EQ(output.parts(), (std::vector<Part>{ReasoningPart{"Hm and"}, TextPart{"Two."}}));
}

TEST(AssistantChannels, APreambleGoesWithTheThoughtsWhereATemplateTakesOneOfThem) {
  // As gpt-oss's template does: it refuses a turn of calls that has both.
  const std::string source =
      "{%- for m in messages -%}{%- if m.tool_calls -%}{%- if m.content and m.thinking -%}{{ raise_exception('both') }}"
      "{%- endif -%}<|channel|>analysis<|message|>{{ m.thinking }}|{{ m.content }}{%- endif -%}{%- endfor -%}";
  const TemplateFormat format(channel_tokenizer(true), {.chat_template = source});
  const Message said{Role::kAssistant, {ReasoningPart{"Hm."}, TextPart{"I look."}, ToolCallPart{"f", "{}"}}};
  EXPECT_EQ(format.prompt_text(std::vector{text_message(Role::kUser, "Do."), said}),
            "<|channel|>analysis<|message|>Hm.\n\nI look.|");
}

TEST(AssistantOutput, TheLabelOfThoughtsIsNoThought) {
  OutputMarks gemma = marks_of("<|channel>thought");
  const Tokenizer& tokenizer = channel_tokenizer(false);
  const auto parts = [&](std::string_view text) {
    return parse_assistant_output(tokenizer, gemma, tokenizer.encode(text));
  };
  EXPECT_EQ(parts("<|channel>thought\nHm.<channel|>Two."), (std::vector<Part>{ReasoningPart{"Hm."}, TextPart{"Two."}}));
  EXPECT_EQ(parts("<|channel>thought\n<channel|>Two."), (std::vector<Part>{TextPart{"Two."}}));
  EXPECT_EQ(parts("<|channel>though<channel|>Two."), (std::vector<Part>{ReasoningPart{"though"}, TextPart{"Two."}}));
  EXPECT_EQ(parts("<|channel>though"), (std::vector<Part>{ReasoningPart{"though"}}));
  EXPECT_EQ(parts("<|channel>Hm.<channel|>"), (std::vector<Part>{ReasoningPart{"Hm."}}));
}

}  // namespace
}  // namespace vitrine::data
