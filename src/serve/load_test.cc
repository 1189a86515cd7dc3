// The server under more than it can take: who is sent away, who is let go, and what is left behind.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "serve/application_testing.h"

namespace vitrine::serve {
namespace {

using testing::body_of;
using testing::RawClient;
using testing::status_of;

const std::string kChatPath = "/v1/chat/completions",
                  kShort = R"({"messages":[{"role":"user","content":"hi"}],"max_tokens":2})";

class Load : public ApplicationTest {
 protected:
  /// A request whose answer goes on until its client leaves or the context is full.
  static std::string long_stream(int number, const std::string& headers = "", bool is_stream = true) {
    const std::string body = fmt::format(
        R"({{"messages":[{{"role":"user","content":"tale {}"}}],"stream":{},"ignore_eos":true}})", number, is_stream);
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/json\r\nContent-Length: {}"
        "\r\n\r\n{}",
        kChatPath, headers, body.size(), body);
  }
  /// What /metrics says of a counter or gauge.
  int64_t metric(const std::string& name, const std::string& headers = "Host: localhost\r\n") const {
    const std::string all = "\n" + body_of(send("GET", "/metrics", "", headers));
    const size_t at = all.find("\nvitrine_" + name + " ");
    int64_t value = -1;
    if (at != std::string::npos) {
      const size_t begin = at + name.size() + 10;
      std::from_chars(all.data() + begin, all.data() + all.size(), value);
    }
    return value;
  }
  /// Of clients that have left while their answers were made.
  void expect_one_more_step_at_most(int clients) const {
    ASSERT_TRUE(comes_true([&] { return metric("generations_active") == 0; }));
    EXPECT_EQ(metric("generations_total"), clients);
    EXPECT_GE(metric("generations_cancelled_total"), clients / 2);  // the others were at their end already
    EXPECT_LE(metric("cancelled_tokens_total"), metric("generations_cancelled_total"));
  }
  static bool comes_true(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return true;  // it need not stay so
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
};

TEST_F(Load, FullQueueSendsClientsAwayForAWhileAndTakesThemAgain) {
  ApplicationOptions options;
  options.hub.max_waiting = 2;
  options.hub.engine.max_sequences = 1;
  start(options);
  const std::string body = R"({"messages":[{"role":"user","content":"hi"}],"max_tokens":2)";
  {
    RawClient first(port()), second(port());
    first.send(long_stream(1));
    first.read_until("data: ");
    second.send(long_stream(2));  // waits, but it has its head
    EXPECT_EQ(status_of(second.read_until("\r\n\r\n")), 200);
    for (const char* const more : {"}", R"(,"stream":true})"}) {
      const std::string answer = send("POST", kChatPath, body + more);
      if (status_of(answer) == 200) continue;  // the first answer has filled its context meanwhile
      EXPECT_EQ(status_of(answer), 429);
      EXPECT_NE(answer.find("\r\nRetry-After: 2\r\n"), std::string::npos);
      EXPECT_NE(answer.find(R"("type":"rate_limit_error","param":null,"code":"server_busy")"), std::string::npos);
    }
  }
  EXPECT_TRUE(comes_true([&] { return metric("generations_active") == 0; }));
  EXPECT_EQ(status_of(send("POST", kChatPath, body + "}")), 200);
}

TEST_F(Load, MoreChoicesThanTheQueueHoldsAreSentAway) {
  ApplicationOptions options;
  options.hub.max_waiting = 3;
  start(options);
  const std::string four = R"({"messages":[{"role":"user","content":"hi"}],"max_tokens":2,"n":4})";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status_of(send("POST", kChatPath, four)), 429);
  EXPECT_EQ(metric("generations_active"), 0);
}

TEST_F(Load, KeyHasSoManyRequestsAtOnceAndOtherKeysTheirOwn) {
  ApplicationOptions options;
  options.api_keys = {"first-key-1", "second-key-2"};
  options.max_per_key = 1;
  start(options);
  const std::string one = "Host: localhost\r\nAuthorization: Bearer first-key-1\r\n",
                    two = "Host: localhost\r\nX-Api-Key: second-key-2\r\n";
  {
    RawClient client(port());
    client.send(long_stream(1, "Authorization: Bearer first-key-1\r\n"));
    EXPECT_EQ(status_of(client.read_until("\r\n\r\n")), 200);
    EXPECT_EQ(status_of(send("GET", "/v1/models", "", one)), 200);  // nothing is written for it
    const std::string refused = send("POST", kChatPath, kShort, one);
    if (status_of(refused) != 200) {  // it is, unless the answer has filled its context meanwhile
      EXPECT_EQ(status_of(refused), 429);
      EXPECT_NE(refused.find("\r\nRetry-After: 1\r\n"), std::string::npos);
      EXPECT_NE(refused.find(R"("code":"key_busy")"), std::string::npos);
      EXPECT_NE(refused.find("has 1 generation at work"), std::string::npos) << refused;
    }
    EXPECT_EQ(status_of(send("POST", kChatPath, kShort, two)), 200);
    EXPECT_EQ(status_of(send("GET", "/health", "", one)), 200);
  }
  EXPECT_TRUE(comes_true([&] { return status_of(send("POST", kChatPath, kShort, one)) == 200; }));
  // One after the other is never too many, whatever comes of each.
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(status_of(send("POST", kChatPath, kShort, one)), 200) << i;
    ASSERT_EQ(status_of(send("POST", kChatPath, "{}", one)), 400) << i;
    ASSERT_EQ(status_of(send("GET", "/v1/none", "", one)), 404) << i;
  }
}

TEST_F(Load, AnswersOfThePageCountForTheirKeyUntilTheyAreWritten) {
  ApplicationOptions options;
  options.api_keys = {"first-key-1"};
  options.max_per_key = 1;
  start(options);
  const std::string one = "Host: localhost\r\nAuthorization: Bearer first-key-1\r\n";
  const auto id_in = [](const std::string& response) {
    const size_t at = response.find(R"("id":")") + 6;
    return response.substr(at, response.find('"', at) - at);
  };
  const std::string at = "/api/conversations/" + id_in(send("POST", "/api/conversations", "{}", one));
  const std::string question = id_in(
      send("POST", at + "/messages", R"({"parent_id":null,"role":"user","parts":[{"type":"text","text":"hi"}]})", one));
  const std::string three_answers = R"({"parent_id":")" + question + R"(","count":3,"settings":{"max_tokens":4}})",
                    one_answer = R"({"parent_id":")" + question + R"(","settings":{"max_tokens":4}})";
  // What may not be written at once is written one after the other.
  const std::string begun = send("POST", at + "/answers", three_answers, one);
  ASSERT_EQ(status_of(begun), 201) << begun;
  size_t place = begun.find(R"("messages":[)");
  for (int i = 0; i < 3; ++i) {
    place = begun.find(R"("id":"m_)", place) + 6;
    const std::string id = begun.substr(place, begun.find('"', place) - place);
    const std::string events = body_of(send("GET", "/api/answers/" + id + "/events", "", one));
    EXPECT_NE(events.find(R"("state":"done")"), std::string::npos) << events;
  }
  for (int i = 0; i < 3; ++i) {  // as soon as the one before is written
    bool was_taken = false;
    comes_true([&] {
      was_taken = was_taken || status_of(send("POST", at + "/answers", one_answer, one)) == 201;
      return was_taken;
    });
    EXPECT_TRUE(was_taken) << i;
  }
}

TEST_F(Load, AnswersThatWaitForTheirTurnCanBeStoppedAndGoWithTheirConversation) {
  ApplicationOptions options;
  options.api_keys = {"first-key-1"};
  options.max_per_key = 1;
  start(options);
  const std::string one = "Host: localhost\r\nAuthorization: Bearer first-key-1\r\n";
  const auto ids_in = [](const std::string& response, const std::string& kind) {
    std::vector<std::string> ids;
    for (size_t at = 0; (at = response.find(R"("id":")" + kind, at)) != std::string::npos;) {
      at += 6;
      ids.push_back(response.substr(at, response.find('"', at) - at));
    }
    return ids;
  };
  const auto asked = [&](const std::string& at) {
    const std::string question =
        ids_in(send("POST", at + "/messages",
                    R"({"parent_id":null,"role":"user","parts":[{"type":"text","text":"hi"}]})", one),
               "m_")[0];
    // With this seed the first answer is long enough for a request to come before its end.
    const std::string begun =
        send("POST", at + "/answers",
             R"({"parent_id":")" + question + R"(","count":3,"settings":{"max_tokens":400,"temperature":2,"seed":11}})",
             one);
    EXPECT_EQ(status_of(begun), 201) << begun;
    return ids_in(begun, "m_");
  };
  const auto ending = [&](const std::string& id) {
    const std::string events = body_of(send("GET", "/api/answers/" + id + "/events", "", one));
    return events.substr(events.rfind("event: "));
  };
  const std::string first = "/api/conversations/" + ids_in(send("POST", "/api/conversations", "{}", one), "c_")[0];
  const std::vector<std::string> answers = asked(first);
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_NE(send("POST", "/api/answers/" + answers[1] + "/stop", "{}", one).find(R"("state":"stopped")"),
            std::string::npos);
  EXPECT_NE(ending(answers[1]).find(R"("state":"stopped")"), std::string::npos);
  send("POST", "/api/answers/" + answers[0] + "/stop", "{}", one);
  EXPECT_NE(ending(answers[2]).find("event: done"), std::string::npos);  // its turn came all the same
  const std::string second = "/api/conversations/" + ids_in(send("POST", "/api/conversations", "{}", one), "c_")[0];
  ASSERT_EQ(asked(second).size(), 3u);
  EXPECT_EQ(status_of(send("DELETE", second, "", one)), 204);
  EXPECT_TRUE(comes_true([&] { return status_of(send("POST", kChatPath, kShort, one)) == 200; }));
  EXPECT_TRUE(comes_true([&] { return metric("generations_active", one) == 0; }));
  asked(first);  // and the server ends with answers that wait
}

TEST_F(Load, EveryAnswerOfARequestCountsForItsKey) {
  ApplicationOptions options;
  options.api_keys = {"first-key-1"};
  options.max_per_key = 2;
  start(options);
  const std::string one = "Host: localhost\r\nAuthorization: Bearer first-key-1\r\n";
  const auto chat = [&](int n) {
    return send("POST", kChatPath,
                fmt::format(R"({{"messages":[{{"role":"user","content":"hi"}}],"max_tokens":2,"n":{}}})", n), one);
  };
  for (const int n : {1, 2, 2, 1}) EXPECT_EQ(status_of(chat(n)), 200) << n;
  const std::string refused = chat(3);
  EXPECT_EQ(status_of(refused), 400);
  EXPECT_NE(refused.find("may have 2 generations at once, and the request asks for 3"), std::string::npos) << refused;
  EXPECT_NE(refused.find(R"("param":"n","code":"too_many_generations")"), std::string::npos) << refused;
  EXPECT_EQ(status_of(send("POST", "/v1/completions", R"({"prompt":"a","n":2,"max_tokens":2})", one)), 200);
  EXPECT_EQ(status_of(send("POST", "/v1/completions", R"({"prompt":["a","b"],"n":2,"max_tokens":2})", one)), 400);
  {
    RawClient client(port());
    client.send(long_stream(1, "Authorization: Bearer first-key-1\r\n"));
    EXPECT_EQ(status_of(client.read_until("\r\n\r\n")), 200);
    const std::string busy = chat(2);
    if (status_of(busy) != 200) {  // it is, unless the answer has filled its context meanwhile
      EXPECT_EQ(status_of(busy), 429);
      EXPECT_NE(busy.find("has 1 generation at work, and may have 2 at once: there is no room for 2 more"),
                std::string::npos)
          << busy;
    }
  }
  EXPECT_TRUE(comes_true([&] { return status_of(chat(2)) == 200; }));
}

TEST_F(Load, AnswerOfAClientThatLeftTakesAtMostOneMoreStep) {
  start();
  constexpr int kClients = 40;
  for (int i = 0; i < kClients; ++i) {
    RawClient client(port());
    client.send(long_stream(i));
    client.read_until("data: ");
  }
  expect_one_more_step_at_most(kClients);
}

TEST_F(Load, WholeAnswerOfAClientThatLeftTakesAtMostOneMoreStep) {
  start();
  constexpr int kClients = 40;
  for (int i = 0; i < kClients; ++i) {
    RawClient client(port());
    client.send(long_stream(i, "", /*is_stream=*/false));
    ASSERT_TRUE(comes_true([&] { return metric("generations_active") > 0 || metric("generations_total") > i; }));
    if (i % 4 == 0) client.reset();  // the others close as clients do
  }
  expect_one_more_step_at_most(kClients);
}

TEST_F(Load, ClientsThatOnlyEndTheirSendingGetTheirAnswers) {
  start();
  for (int i = 0; i < 10; ++i) {
    RawClient client(port());
    client.send(long_stream(i, "", /*is_stream=*/i % 2 == 0));
    client.end_input();
    const std::string answer = client.read_to_end();
    EXPECT_EQ(status_of(answer), 200) << answer;
    EXPECT_NE(answer.find(i % 2 == 0 ? "data: [DONE]" : R"("finish_reason":"length")"), std::string::npos) << answer;
  }
  EXPECT_EQ(metric("generations_cancelled_total"), 0);
}

TEST_F(Load, ClientsThatLeaveAtAnyMomentLeaveNoSlotTaken) {
  ApplicationOptions options;
  options.hub.engine.max_sequences = 4;
  start(options);
  for (int i = 0; i < 300; ++i) {
    RawClient client(port());
    const std::string request = long_stream(i);
    client.send(std::string_view(request).substr(0, i % 3 == 0 ? request.size() * (i % 10) / 10 : request.size()));
    if (i % 3 == 1) client.read_until(i % 2 == 0 ? "\r\n\r\n" : "data: ");
  }
  EXPECT_TRUE(comes_true([&] { return metric("generations_active") == 0 && metric("connections") == 1; }));
  EXPECT_EQ(metric("generations_failed_total"), 0);
  EXPECT_EQ(status_of(send("POST", kChatPath, R"({"messages":[{"role":"user","content":"hi"}],"max_tokens":2})")), 200);
}

TEST_F(Load, HundredSlowBodiesHoldUpNobodyAndAreGivenUp) {
  ApplicationOptions options;
  options.server.body_timeout_s = 1;
  start(options);
  const std::string head = "POST " + kChatPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(std::make_unique<RawClient>(port()));
    slow.back()->send(head + (i % 2 == 0 ? "Content-Length: 5000\r\n\r\n{\"messages\":"
                                         : "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"me\r\n9"));
  }
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(status_of(send("POST", kChatPath, R"({"messages":[{"role":"user","content":"hi"}],"max_tokens":2})")),
              200);
  for (const auto& client : slow) EXPECT_EQ(status_of(client->read_to_end()), 408);
  slow.clear();
  EXPECT_TRUE(comes_true([&] { return metric("connections") == 1; }));
}

TEST_F(Load, BodyInChunksIsReadLikeAWholeOneAndPipelinedRequestsAreAnsweredInOrder) {
  start();
  const std::string body = R"({"content":"the cat sat"})", head = " HTTP/1.1\r\nHost: localhost\r\n";
  const std::string whole =
      "POST /tokenize" + head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  std::string chunked = "POST /tokenize" + head + "Transfer-Encoding: chunked\r\n\r\n";
  for (const char byte : body) chunked += std::string("1;x=y\r\n") + byte + "\r\n";
  RawClient client(port());
  client.send(whole + chunked + "0\r\n\r\nGET /health" + head + "\r\n");
  const std::string first = body_of(client.read_response()), second = body_of(client.read_response());
  EXPECT_NE(first.find("tokens"), std::string::npos);
  EXPECT_EQ(first, second);
  EXPECT_NE(body_of(client.read_response()).find("\"status\":\"ok\""), std::string::npos);
}

TEST_F(Load, ReaderThatStopsReadingSlowsNoOtherAndIsLetGo) {
  ApplicationOptions options;
  options.server.write_timeout_s = 1;
  start(options);
  RawClient stuck(port());
  for (int i = 0; i < 2000; ++i) stuck.send("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
  for (int i = 0; i < 20; ++i)
    ASSERT_EQ(status_of(send("POST", kChatPath, R"({"messages":[{"role":"user","content":"hi"}],"max_tokens":4})")),
              200);
  EXPECT_TRUE(comes_true([&] { return metric("connections") == 1; }));
}

}  // namespace
}  // namespace vitrine::serve
