// Answers of the page's conversations: what of them the model is shown.
#include <fmt/format.h>

#include <stdexcept>

#include "schema/json_value.h"
#include "serve/application_testing.h"

namespace vitrine::serve {
namespace {

using schema::JsonValue;
using testing::body_of;
using testing::status_of;

class AnswersOfConversations : public ApplicationTest {
 protected:
  JsonValue made(const std::string& path, const std::string& body) const {
    const std::string response = send("POST", path, body);
    EXPECT_EQ(status_of(response), 201) << response;
    return schema::parse_json(body_of(response), "answer");
  }
  std::string turn(const std::string& conversation, const std::string& parent, bool is_user, int num_words) const {
    std::string text;
    for (int i = 0; i < num_words; ++i) text += " cat";
    return made("/api/conversations/" + conversation + "/messages",
                fmt::format(R"({{"parent_id":{},"role":"{}","parts":[{{"type":"text","text":"{}"}}]}})",
                            parent.empty() ? "null" : "\"" + parent + "\"", is_user ? "user" : "assistant", text))
        .find("id")
        ->string;
  }
  /// The answer below so many turns of so many words, as it was stored.
  JsonValue answer(int num_turns, int num_words, int max_tokens) const {
    const std::string conversation = made("/api/conversations", "{}").find("id")->string;
    std::string last;
    for (int i = 0; i < 2 * num_turns - 1; ++i) last = turn(conversation, last, i % 2 == 0, num_words);
    const JsonValue begun =
        made("/api/conversations/" + conversation + "/answers",
             fmt::format(R"({{"parent_id":"{}","settings":{{"max_tokens":{},"temperature":0}}}})", last, max_tokens));
    const std::string events =
        get("/api/answers/" + begun.find("messages")->items.at(0).find("id")->string + "/events");
    const size_t at = events.rfind("data: ");
    if (at == std::string::npos) throw std::runtime_error("no events: " + events);
    const JsonValue event = schema::parse_json(events.substr(at + 6, events.find('\n', at) - at - 6), "event");
    if (event.find("message") == nullptr) throw std::runtime_error("the events ended early: " + events);
    return *event.find("message");
  }
  static int64_t number(const JsonValue& message, const char* name) { return *message.find(name)->number.to_int64(); }
};

TEST_F(AnswersOfConversations, AnswerKeepsItsRoomWhereOlderTurnsCanGo) {
  start();  // its context holds 512 tokens
  int num_dropping = 0;
  for (int words = 10; words <= 90; words += 16) {
    const JsonValue message = answer(3, words, 400);
    const int64_t prompt = number(*message.find("usage"), "prompt_tokens");
    EXPECT_LE(prompt, 512 - 128) << words;
    num_dropping += number(message, "dropped_turns") > 0;
  }
  EXPECT_GT(num_dropping, 1);
}

TEST_F(AnswersOfConversations, LastTurnMayTakeTheRoomAndShortAnswersNeedLittle) {
  start();
  const JsonValue alone = answer(1, 420, 400);
  EXPECT_GT(number(*alone.find("usage"), "prompt_tokens"), 512 - 128);
  EXPECT_EQ(number(alone, "dropped_turns"), 0);
  const JsonValue brief = answer(3, 40, 4), free = answer(3, 40, 400);
  EXPECT_LE(number(brief, "dropped_turns"), number(free, "dropped_turns"));
}

}  // namespace
}  // namespace vitrine::serve
