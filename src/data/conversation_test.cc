#include "data/conversation.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "core/rng.h"

namespace vitrine::data {
namespace {

TEST(Conversation, ReadsTheShapeOfTheChatApi) {
  const Document document = from_json_line(
      R"({"kind": "sum", "messages": [{"role": "user", "content": [{"type": "text", "text": "What is 12 + 7?"}]},
      {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function":
      {"name": "calculator", "arguments": "{\"expression\": \"12 + 7\"}"}}]},
      {"role": "tool", "tool_call_id": "c1", "content": "19"},
      {"role": "assistant", "reasoning_content": "easy", "content": "12 + 7 is 19.", "extra": [1]}]})");
  ASSERT_EQ(document.messages.size(), 4u);
  EXPECT_EQ(document.messages[0].text(), "What is 12 + 7?");
  const auto& call = std::get<ToolCallPart>(document.messages[1].parts.at(0));
  EXPECT_EQ(call.name, "calculator");
  EXPECT_EQ(call.arguments, "{\"expression\": \"12 + 7\"}");
  EXPECT_EQ(std::get<ToolResultPart>(document.messages[2].parts.at(0)).call_id, "c1");
  EXPECT_EQ(std::get<ReasoningPart>(document.messages[3].parts.at(0)).text, "easy");
  EXPECT_EQ(document.messages[3].text(), "12 + 7 is 19.");
  EXPECT_EQ(from_json_line(to_json_line(document)), document);
}

TEST(Conversation, ArgumentsMayBeAnObjectAsTemplatesWantThem) {
  const Document document = from_json_line(
      R"({"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "", "tool_calls": [{"id": "a",
      "function": {"name": "f", "arguments": {"x": [1, "y"], "z": null}}}]}]})");
  const auto& call = std::get<ToolCallPart>(document.messages[1].parts.at(0));
  EXPECT_EQ(call.arguments, R"({"x":[1,"y"],"z":null})");
}

TEST(Conversation, AnyBytesOfTextSurviveTheLine) {
  Document document;
  document.kind = "quote \" slash \\";
  for (int c = 0; c < 128; ++c) document.text += static_cast<char>(c);
  document.text += "é 漢 🙂";
  EXPECT_EQ(from_json_line(to_json_line(document)), document);
}

TEST(Conversation, RefusesWhatIsNoDocument) {
  for (const char* bad :
       {"", "{", "[]", "7", "{}", R"({"text": 1})", R"({"messages": []})", R"({"messages": {}})",
        R"({"text": "a", "messages": [{"role": "user", "content": "b"}]})", R"({"messages": [1]})",
        R"({"messages": [{"role": "king", "content": "x"}]})", R"({"messages": [{"content": "x"}]})",
        R"({"messages": [{"role": "user", "content": 5}]})",
        R"({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]})",
        R"({"messages": [{"role": "user", "content": "", "tool_calls": [{"function": {"name": "f"}}]}]})",
        R"({"messages": [{"role": "assistant", "tool_calls": [{"function": {}}]}]})",
        R"({"messages": [{"role": "assistant", "tool_calls": 3}]})",
        R"({"messages": [{"role": "user", "reasoning_content": "x", "content": "y"}]})", "{\"text\": \"\xff\"}"}) {
    try {
      from_json_line(bad);
      ADD_FAILURE() << "taken: " << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorruptData) << bad;
    }
  }
}

TEST(Conversation, DamagedLinesNeverCrash) {
  const std::string line = to_json_line({"k",
                                         "",
                                         {text_message(Role::kUser, "Hello!"), tool_call_message("f", "{}"),
                                          text_message(Role::kTool, "1"), text_message(Role::kAssistant, "x")}});
  Rng rng(3, 0);
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = line;
    for (uint64_t k = 1 + rng.next_below(3); k > 0; --k) {
      damaged[rng.next_below(damaged.size())] = static_cast<char>(rng.next_below(256));
    }
    damaged.resize(rng.next_below(4) == 0 ? rng.next_below(damaged.size()) : damaged.size());
    try {
      from_json_line(damaged);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
    }
  }
  EXPECT_THROW(from_json_line(std::string(200000, '[')), Error);
}

}  // namespace
}  // namespace vitrine::data
