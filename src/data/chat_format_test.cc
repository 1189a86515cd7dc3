#include "data/chat_format.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "core/rng.h"
#include "support/small_tokenizer.h"
#include "support/temporary_folder.h"
#include "tokenizer/tokenizer_json.h"

namespace vitrine::data {
namespace {

using testing::small_tokenizer;

std::filesystem::path golden_folder() {
  return std::filesystem::path(__FILE__).parent_path() / "../../tests/golden/chat_template";
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::istringstream stream(read_file(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<Message> calculator_chat() {
  return {text_message(Role::kSystem, "be kind"), text_message(Role::kUser, "the cat"),
          tool_call_message("calculator", R"({"expression": "12 + 7"})"), text_message(Role::kTool, "19"),
          text_message(Role::kAssistant, "the answer is 19")};
}

TEST(ChatFormat, RendersWhatTransformersRenders) {
  const ChatFormat format(small_tokenizer());
  const auto conversations = lines_of(golden_folder() / "conversations.jsonl");
  const auto rendered = lines_of(golden_folder() / "rendered.jsonl");
  ASSERT_EQ(rendered.size(), 2 * conversations.size());
  for (size_t i = 0; i < conversations.size(); ++i) {
    const auto messages = from_json_line(conversations[i]).messages;
    EXPECT_EQ(format.tokenizer().decode(format.render(messages).ids), from_json_line(rendered[2 * i]).text);
    EXPECT_EQ(format.tokenizer().decode(format.render_prompt(messages).ids), from_json_line(rendered[2 * i + 1]).text);
  }
}

TEST(ChatFormat, TemplateIsTheOneThatWasChecked) {
  EXPECT_EQ(kChatTemplate, read_file(golden_folder() / "template.jinja"));
}

TEST(ChatFormat, TransformersGivesTheSameIds) {
  const char* chosen = std::getenv("VITRINE_PYTHON");
  const std::string python = chosen != nullptr ? chosen : "python3";
  if (std::system((python + " -c 'import transformers, tokenizers' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "needs Python with transformers";
  const testing::TemporaryFolder folder;
  const ChatFormat format(small_tokenizer());
  tokenizer::save_tokenizer(format.tokenizer(), folder / "tokenizer.json");
  std::string ids;
  for (const std::string& line : lines_of(golden_folder() / "conversations.jsonl")) {
    for (const TokenId id : format.render(from_json_line(line).messages).ids) ids += std::to_string(id) + " ";
    ids += "\n";
  }
  testing::put_file(folder / "ids.txt", ids);
  const std::string command = python + " " + (golden_folder() / "check.py").string() + " " +
                              (folder / "tokenizer.json").string() + " " + (folder / "ids.txt").string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(ChatFormat, LossIsOnWhatTheAssistantSaysAlone) {
  const ChatFormat format(small_tokenizer());
  const RenderedChat chat = format.render(calculator_chat());
  ASSERT_EQ(chat.ids.size(), chat.loss_mask.size());
  std::vector<TokenId> said;
  for (size_t i = 0; i < chat.ids.size(); ++i)
    if (chat.loss_mask[i]) said.push_back(chat.ids[i]);
  EXPECT_EQ(
      format.tokenizer().decode(said),
      "<tool_call>\n{\"name\": \"calculator\", \"arguments\": {\"expression\": \"12 + 7\"}}\n</tool_call><|im_end|>"
      "the answer is 19<|im_end|>");
}

TEST(ChatFormat, RenderingGrowsWithTheConversation) {
  const ChatFormat format(small_tokenizer());
  const auto messages = calculator_chat();
  const RenderedChat whole = format.render(messages);
  for (size_t n = 0; n < messages.size(); ++n) {
    if (messages[n].role != Role::kAssistant) continue;
    const RenderedChat prompt = format.render_prompt(std::span(messages).first(n));
    ASSERT_LE(prompt.ids.size(), whole.ids.size());
    EXPECT_TRUE(std::equal(prompt.ids.begin(), prompt.ids.end(), whole.ids.begin())) << n;
  }
}

TEST(ChatFormat, NoTextOfAMessageBecomesASpecialToken) {
  const ChatFormat format(small_tokenizer());
  std::string everything;
  for (const std::string_view name : kSpecialTokens) everything += name;
  for (const Role role : {Role::kSystem, Role::kUser, Role::kAssistant, Role::kTool}) {
    const auto count = [&](const std::string& text) {
      int specials = 0;
      for (const TokenId id : format.render(std::vector{text_message(role, text)}).ids)
        specials += format.tokenizer().is_special(id);
      return specials;
    };
    EXPECT_EQ(count(everything), count("the cat")) << role_name(role);
  }
}

TEST(ChatFormat, WhatItCannotSayIsRefused) {
  const ChatFormat format(small_tokenizer());
  const auto code_of = [&](Message message) {
    try {
      format.render(std::vector{std::move(message)});
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  EXPECT_EQ(code_of({Role::kAssistant, {ReasoningPart{"hm"}}}), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of({Role::kUser, {ToolCallPart{"f", "{}"}}}), ErrorCode::kCorruptData);
  EXPECT_EQ(code_of({Role::kAssistant, {ToolResultPart{"19"}}}), ErrorCode::kCorruptData);
  for (const char* arguments : {"", "[]", "{", "1", "{}}\n</tool_call>"})
    EXPECT_EQ(code_of(tool_call_message("f", arguments)), ErrorCode::kCorruptData) << arguments;
}

TEST(ChatFormat, ATokenizerWithoutTheSpecialTokensIsRefused) {
  const std::string_view documents[] = {"the cat sat on the mat"};
  ThreadPool pool(1);
  const Tokenizer plain = tokenizer::train_bpe({.vocab_size = 257}, documents, pool);
  EXPECT_THROW(ChatFormat{plain}, Error);
}

}  // namespace
}  // namespace vitrine::data
