#include "serve/http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "support/raw_client.h"

namespace vitrine::serve {
namespace {

using testing::body_of;
using testing::RawClient;
using testing::status_of;

/// Answers with what it was sent; /stream writes until it is told to stop, /silent and /wait are answered by the test.
class EchoHandler : public RequestHandler {
 public:
  std::optional<HttpResponse> check_head(const HttpRequest& request) override {
    if (request.path == "/forbidden") return HttpResponse{.status = 403, .body = "no"};
    return std::nullopt;
  }
  HttpResponse protocol_error(const ProtocolError& error) override {
    return {.status = error.status, .body = error.message};
  }
  HeaderFields common_headers(const HttpRequest&) override { return {{"x-common", "1"}}; }
  void handle(HttpRequest request, const std::shared_ptr<Responder>& responder) override {
    ++handled;
    if (request.path == "/stream" || request.path == "/flood") {
      responder->on_leave([this] { ++left; });
      responder->begin({.content_type = "text/event-stream"});
      const std::string piece = request.path == "/flood" ? std::string(1 << 20, 'x') : "data: tick\n\n";
      while (responder->write(piece) && !stops)
        std::this_thread::sleep_for(std::chrono::milliseconds(request.path == "/flood" ? 1 : 5));
      responder->end();
    } else if (request.path == "/silent" || request.path == "/wait") {
      responder->on_leave([this] { ++left; });
      if (request.path == "/silent") responder->begin({.content_type = "text/event-stream"});
      const std::lock_guard lock(mutex);
      kept.push_back(responder);
    } else {
      responder->send({.content_type = "text/plain", .body = request.method + " " + request.path + " " + request.body});
    }
  }
  void completed(const HttpRequest&, const Responder&) override { ++completions; }
  int num_kept() {
    const std::lock_guard lock(mutex);
    return static_cast<int>(kept.size());
  }

  std::atomic<int> handled{0}, left{0}, completions{0};
  std::atomic<bool> stops{false};
  std::mutex mutex;
  std::vector<std::shared_ptr<Responder>> kept;
};

class ServerTest : public ::testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    options.port = 0;
    server_ = std::make_unique<Server>(options, handler_);
    thread_ = std::thread([this] { server_->run(); });
  }
  void TearDown() override {
    handler_.stops = true;
    for (const auto& responder : handler_.kept) {
      responder->send({});
      responder->end();
    }
    server_->stop();
    thread_.join();
  }
  template <typename Condition>
  static bool comes_true(const Condition& condition) {
    for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return condition();
  }

  /// The responder of the n-th request that the test has to answer.
  std::shared_ptr<Responder> kept(int number) {
    EXPECT_TRUE(comes_true([&] { return handler_.num_kept() >= number; }));
    const std::lock_guard lock(handler_.mutex);
    return handler_.kept.at(static_cast<size_t>(number) - 1);
  }

  EchoHandler handler_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrderOnOneConnection) {
  start();
  RawClient client(server_->port());
  std::string all;
  for (int i = 0; i < 20; ++i)
    all +=
        "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n" + static_cast<char>('a' + i);
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(body_of(client.read_response()), "POST /" + std::to_string(i) + " " + static_cast<char>('a' + i));
}

TEST_F(ServerTest, HeadIsAnsweredWithoutABody) {
  start();
  RawClient client(server_->port());
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string response = client.read_to_end();
  EXPECT_EQ(status_of(response), 200);
  EXPECT_NE(response.find("Content-Length: 8"), std::string::npos);
  EXPECT_NE(response.find("x-common: 1"), std::string::npos);
  EXPECT_EQ(body_of(response), "");
}

TEST_F(ServerTest, HeadOfAStreamIsItsHeadAlone) {
  start();
  RawClient client(server_->port());
  client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string response = client.read_to_end();
  EXPECT_EQ(status_of(response), 200);
  EXPECT_TRUE(response.ends_with("\r\n\r\n")) << response;
  EXPECT_EQ(body_of(response), "");
}

TEST_F(ServerTest, ConnectionIsClosedWhereTheClientAsksAndForHttp10) {
  start();
  for (const char* const request :
       {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    RawClient client(server_->port());
    client.send(request);
    EXPECT_EQ(body_of(client.read_to_end()), "GET / ");
  }
  RawClient old(server_->port());
  old.send("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read_until("tick").find("chunked"), std::string::npos);
}

TEST_F(ServerTest, RefusedHeadIsAnsweredBeforeItsBodyIsSent) {
  start();
  RawClient client(server_->port());
  client.send("POST /forbidden HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  EXPECT_EQ(status_of(client.read_response()), 403);
  EXPECT_EQ(handler_.handled, 0);
}

TEST_F(ServerTest, ContinueIsSentWhereTheClientWaitsForIt) {
  start();
  RawClient client(server_->port());
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_NE(client.read_until("Continue\r\n\r\n").find("100 Continue"), std::string::npos);
  client.send("ok");
  EXPECT_NE(client.read_until("POST /x ok").find("200 OK"), std::string::npos);
}

TEST_F(ServerTest, WhatIsNoHttpIsAnsweredAndTheConnectionClosed) {
  start();
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x01"
                    "\r\n"),
        std::string("nonsense\r\n\r\n"), "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n" + std::string(5000, 'x')}) {
    RawClient client(server_->port());
    client.send(bytes);
    const std::string response = client.read_to_end();
    EXPECT_GE(status_of(response), 400) << bytes.substr(0, 40);
    EXPECT_LT(status_of(response), 500) << bytes.substr(0, 40);
  }
}

TEST_F(ServerTest, SlowHeadAndSlowBodyAreGivenUp) {
  start({.head_timeout_s = 0.2, .body_timeout_s = 0.2});
  RawClient head(server_->port()), body(server_->port());
  head.send("GET / HTTP/1.1\r\nHost:");
  body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(status_of(head.read_to_end()), 408);
  EXPECT_EQ(status_of(body.read_to_end()), 408);
  EXPECT_EQ(handler_.handled, 0);
}

TEST_F(ServerTest, BodyHasItsOwnTimeBehindAHeadThatCameAtOnce) {
  start({.head_timeout_s = 0.1, .body_timeout_s = 30});
  RawClient client(server_->port());
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  client.send("ok");
  EXPECT_EQ(body_of(client.read_response()), "POST /x ok");
}

TEST_F(ServerTest, DripOfBytesDoesNotKeepASlowHeadAlive) {
  start({.head_timeout_s = 0.3});
  RawClient client(server_->port());
  bool goes_on = client.send("GET / HTTP/1.1\r\n");
  const auto begin = std::chrono::steady_clock::now();
  while (goes_on && std::chrono::steady_clock::now() - begin < std::chrono::seconds(15)) {
    goes_on = client.send("X: 1\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (handler_.completions > 0) break;
  }
  EXPECT_TRUE(comes_true([&] { return server_->statistics().open_connections == 0 || handler_.completions > 0; }));
  EXPECT_EQ(handler_.handled, 0);
}

TEST_F(ServerTest, IdleConnectionIsClosedWithoutAWord) {
  start({.idle_timeout_s = 0.1});
  RawClient client(server_->port());
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ServerTest, LeavingClientIsNoticedWhileNothingIsWritten) {
  start();
  {
    RawClient client(server_->port());
    client.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read_until("\r\n\r\n");
    EXPECT_EQ(handler_.left, 0);
  }
  EXPECT_TRUE(comes_true([&] { return handler_.left == 1; }));
}

TEST_F(ServerTest, LeavingClientIsNoticedBehindPipelinedBytes) {
  start();
  {
    RawClient client(server_->port());
    client.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\nGET /more HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read_until("\r\n\r\n");
  }
  EXPECT_TRUE(comes_true([&] { return handler_.left == 1; }));
  EXPECT_EQ(handler_.handled, 1);
}

TEST_F(ServerTest, LeavingClientIsNoticedBeforeItsWholeAnswer) {
  start();
  for (int i = 0; i < 6; ++i) {
    RawClient client(server_->port());
    client.send(i % 2 == 0 ? "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n" : "GET /wait HTTP/1.0\r\n\r\n");
    kept(i + 1);
    if (i % 3 == 0) client.reset();
    client.close();
    EXPECT_TRUE(comes_true([&] { return handler_.left == i + 1; })) << i;
  }
}

TEST_F(ServerTest, ClientThatOnlyEndedItsSendingGetsItsWholeAnswer) {
  start();
  int number = 0;
  for (const char* const request : {"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n", "GET /wait HTTP/1.0\r\n\r\n",
                                    "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok"}) {
    RawClient client(server_->port());
    client.send(request);
    client.end_input();
    EXPECT_EQ(client.read_until("HT"), "HT");  // the server has asked twice whether it is there
    kept(++number)->send({.status = 404, .content_type = "text/plain", .body = "none"});
    const std::string response = client.read_to_end();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n")) << response;
    EXPECT_EQ(body_of(response), "none");
  }
  EXPECT_EQ(handler_.left, 0);
}

TEST_F(ServerTest, ClientThatEndedItsSendingBehindSeveralRequestsGetsAllAnswers) {
  start();
  RawClient client(server_->port());
  const std::string head = " HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send("GET /1" + head + "HEAD /wait" + head + "GET /3" + head);
  client.end_input();
  EXPECT_NE(client.read_until("GET /1 HTT").find("GET /1 HTT"), std::string::npos);
  kept(1)->send({.body = "none"});
  const std::string all = client.read_to_end();
  EXPECT_NE(all.find("\r\n\r\nHTTP/1.1 200 OK", all.find("Content-Length: 4")), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with("GET /3 ")) << all;
}

TEST_F(ServerTest, ClientThatOnlyEndedItsSendingGetsItsStream) {
  start();
  int number = 0;
  for (const char* const request : {"GET /silent HTTP/1.1\r\nHost: a\r\n\r\n", "GET /silent HTTP/1.0\r\n\r\n"}) {
    RawClient client(server_->port());
    client.send(request);
    client.end_input();
    client.read_until(": keep-alive\n\n");  // it is asked with a comment
    kept(++number)->write("data: late\n\n");
    kept(number)->end();
    EXPECT_NE(client.read_to_end().find("data: late\n\n"), std::string::npos);
  }
  EXPECT_EQ(handler_.left, 0);
}

TEST_F(ServerTest, ClientThatEndedItsSendingAndLeavesLaterIsNoticed) {
  start();
  int num_left = 0;
  for (const char* const request :
       {"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n", "GET /silent HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    RawClient client(server_->port());
    client.send(request);
    client.end_input();
    EXPECT_NE(client.read_until("HT"), "");
    client.close();
    ++num_left;
    EXPECT_TRUE(comes_true([&] { return handler_.left == num_left; })) << request;
  }
}

TEST_F(ServerTest, SilentStreamIsKeptAliveByComments) {
  start({.keep_alive_s = 0.05});
  RawClient client(server_->port());
  client.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(client.read_until(": keep-alive").find(": keep-alive"), std::string::npos);
}

TEST_F(ServerTest, ReaderThatNeverReadsIsGivenUpAndSlowsNobody) {
  start({.write_timeout_s = 60, .shutdown_grace_s = 60});
  RawClient stuck(server_->port());
  stuck.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  RawClient other(server_->port());
  for (int i = 0; i < 50; ++i) {
    other.send("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_EQ(body_of(other.read_response()), "GET /quick ");
  }
  EXPECT_TRUE(comes_true([&] { return handler_.left == 1; }));
}

TEST_F(ServerTest, TooManyConnectionsAreRefusedAndTheOthersGoOn) {
  start({.max_connections = 2});
  RawClient first(server_->port()), second(server_->port());
  first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  second.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(body_of(first.read_response()), "GET /1 ");
  EXPECT_EQ(body_of(second.read_response()), "GET /2 ");
  RawClient third(server_->port());
  third.send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(third.read_to_end(), "");
  first.send("GET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(body_of(first.read_response()), "GET /4 ");
}

TEST_F(ServerTest, StreamsEndWholeWhenTheServerStops) {
  start();
  RawClient client(server_->port());
  client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_until("tick");
  server_->stop();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(RawClient(server_->port()).is_connected());
  handler_.stops = true;
  EXPECT_TRUE(client.read_to_end().ends_with("0\r\n\r\n"));
}

TEST_F(ServerTest, ThousandConnectionsThatComeAndGoLeaveNothingOpen) {
  start();
  for (int i = 0; i < 1000; ++i) {
    RawClient client(server_->port());
    if (i % 3 == 0) client.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    if (i % 3 == 1) client.send("GET /x HTTP/1.1\r\nHo");
  }
  EXPECT_TRUE(comes_true([&] { return server_->statistics().open_connections == 0; }));
}

TEST(Server, AddressThatCannotBeBoundIsSaid) {
  EchoHandler handler;
  EXPECT_THROW(Server({.host = "300.1.1.1"}, handler), Error);
  EXPECT_THROW(Server({.host = "example.org"}, handler), Error);
  Server first({.port = 0}, handler);
  EXPECT_THROW(Server({.port = first.port()}, handler), Error);
}

}  // namespace
}  // namespace vitrine::serve
