#include "bench/chat_load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "bench/timing.h"

namespace vitrine::bench {
namespace {

[[noreturn]] void fail_load(const std::string& what) {
  throw Error(ErrorCode::kIo, "bench serve: " + what, "look at the server's own messages");
}

std::string chat_question(int64_t round, int64_t chat) {
  const std::string question = fmt::format(
      "Tell me, in round {} and as storyteller number {}, a long story about a lighthouse, its keeper and "
      "the ships that pass it in winter.",
      round, chat);
  return fmt::format(R"({{"messages":[{{"role":"user","content":"{}"}}],"stream":true,)", question);
}

std::string chat_request(const ServerAddress& address, int64_t tokens, int64_t round, int64_t chat) {
  const std::string body =
      chat_question(round, chat) +
      fmt::format(R"("stream_options":{{"include_usage":true}},"temperature":0,"max_tokens":{},"ignore_eos":true}})",
                  tokens);
  return fmt::format(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/json\r\nContent-Length: "
      "{}\r\nConnection: close\r\n\r\n{}",
      address.host, address.port, body.size(), body);
}

/// The number behind a key, where it is there: events are many, and only these few of their values are looked at.
int64_t number_behind(std::string_view json, std::string_view key) {
  const size_t at = json.find(key);
  int64_t value = 0;
  if (at != std::string_view::npos) {
    const size_t begin = json.find_first_of("0123456789", at + key.size());
    if (begin != std::string_view::npos) std::from_chars(json.data() + begin, json.data() + json.size(), value);
  }
  return value;
}

bool has_words(std::string_view event) {
  for (const std::string_view key : {"\"content\":", "\"reasoning_content\":"})
    if (size_t at = event.find(key); at != std::string_view::npos) {
      at = event.find_first_not_of(' ', at + key.size());
      if (event.substr(at, 1) == "\"" && event.substr(at, 2) != "\"\"") return true;
    }
  return false;
}

/// One chat: its socket, and how far its stream has come.
class StreamedChat {
 public:
  StreamedChat(const ServerAddress& address, const std::string& request) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(static_cast<uint16_t>(address.port));
    inet_pton(AF_INET, address.host.c_str(), &place.sin_addr);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&place), sizeof place) != 0)
      fail_load(fmt::format("cannot reach {}:{}: {}", address.host, address.port, std::strerror(errno)));
    begin_ = now_seconds();
    for (size_t at = 0; at < request.size();) {
      const ssize_t count = send(socket_, request.data() + at, request.size() - at, MSG_NOSIGNAL);
      if (count <= 0) fail_load("a request could not be sent");
      at += static_cast<size_t>(count);
    }
  }
  ~StreamedChat() { close(socket_); }
  StreamedChat(const StreamedChat&) = delete;
  StreamedChat& operator=(const StreamedChat&) = delete;

  int socket() const { return socket_; }
  bool is_done() const { return is_done_; }

  void receive(ChatRound& round) {
    char bytes[16384];
    const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) fail_load("a stream ended before its answer");
    take_bytes(std::string_view(bytes, static_cast<size_t>(count)), round);
  }

 private:
  /// Follows lines: the head's, those that count chunks, and those of events. No event is cut by the end of a chunk.
  void take_bytes(std::string_view bytes, ChatRound& round) {
    while (!bytes.empty() && !is_done_) {
      const size_t end = bytes.find('\n');
      line_ += bytes.substr(0, end);
      if (end == std::string_view::npos) return;
      bytes.remove_prefix(end + 1);
      take_line(round);
      line_.clear();
    }
  }

  void take_line(ChatRound& round) {
    if (!std::exchange(has_status_, true) && line_.find(" 200 ") == std::string::npos)
      fail_load(fmt::format("the server answered '{}'", excerpt(line_)));
    if (!line_.starts_with("data: ")) return;
    const std::string_view event = std::string_view(line_).substr(6);
    if (event.starts_with("[DONE]")) {
      is_done_ = true;
      return;
    }
    if (event.starts_with("{\"error\"")) fail_load(fmt::format("an answer failed: {}", excerpt(event)));
    if (has_words(event)) {
      const double now = now_seconds();
      if (last_ == 0)
        round.first_token_s.push_back(now - begin_);
      else
        round.gaps_s.push_back(now - last_);
      last_ = now;
    }
    round.tokens += number_behind(event, "\"completion_tokens\"");
    round.prompt_tokens = std::max(round.prompt_tokens, number_behind(event, "\"prompt_tokens\""));
  }

  int socket_;
  double begin_ = 0, last_ = 0;
  std::string line_;
  bool has_status_ = false, is_done_ = false;
};

}  // namespace

ServerAddress parse_server_address(const std::string& text) {
  std::string_view rest = text;
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const size_t colon = rest.find(':');
  ServerAddress address{.host = std::string(rest.substr(0, colon))};
  if (address.host == "localhost") address.host = "127.0.0.1";
  in_addr parsed{};
  if (colon != std::string_view::npos) {
    const char* const end = rest.data() + rest.size();
    const auto [stop, problem] = std::from_chars(rest.data() + colon + 1, end, address.port);
    if (problem == std::errc() && stop == end && address.port > 0 && address.port < 65536 &&
        inet_pton(AF_INET, address.host.c_str(), &parsed) == 1)
      return address;
  }
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("bench serve: no address of a server (got '{}', expected http://127.0.0.1:8080)", excerpt(text)),
      "give numbers with a port; TLS is not spoken here");
}

ChatRound run_chat_round(const ServerAddress& address, int64_t chats, int64_t tokens, int64_t round) {
  ChatRound result;
  const double begin = now_seconds();
  std::vector<std::unique_ptr<StreamedChat>> open;
  for (int64_t i = 0; i < chats; ++i)
    open.push_back(std::make_unique<StreamedChat>(address, chat_request(address, tokens, round, i)));
  std::vector<pollfd> waits;
  while (!open.empty()) {
    waits.clear();
    for (const auto& chat : open) waits.push_back({.fd = chat->socket(), .events = POLLIN, .revents = 0});
    if (poll(waits.data(), waits.size(), 120'000) <= 0) fail_load("no chat had news for two minutes");
    for (size_t i = 0; i < open.size(); ++i)
      if (waits[i].revents != 0) open[i]->receive(result);
    std::erase_if(open, [](const auto& chat) { return chat->is_done(); });
  }
  result.seconds = now_seconds() - begin;
  if (result.tokens != chats * tokens)
    fail_load(fmt::format("{} tokens were written (asked for {} in each of {} chats)", result.tokens, tokens, chats));
  return result;
}

}  // namespace vitrine::bench
