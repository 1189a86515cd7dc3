// How a handler answers: at once, or as a stream, from any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "serve/http/message.h"

namespace vitrine::serve {

/// The answer to one request on its way to a connection. Handlers call send(), or begin(), write()… and end(). Nothing
/// here waits for the client: what it does not read is kept, up to a bound. Threads: safe.
class Responder {
 public:
  /// `common` are header fields of every response. `notify` is called when there is something new to send, on the
  /// thread that put it there.
  Responder(bool is_http_1_0, bool keeps_alive, HeaderFields common, std::function<void()> notify);

  /// A whole response. Ignored behind an earlier send() or begin().
  void send(HttpResponse response);
  /// The head of a response whose body is written in pieces.
  void begin(HttpResponse head);
  /// A piece. Returns false where the client is gone, or has left so much unread that it is given up.
  bool write(std::string_view bytes);
  /// The end of the pieces.
  void end();
  /// Nothing was answered yet.
  bool is_untouched() const;
  bool is_gone() const;
  /// Calls `leave` when the client leaves before the end: once, on a thread of the server; at once where it has left.
  void on_leave(std::function<void()> leave);

  /// For the connection: takes what there is to send, and tells whether that was the last of it.
  std::string take(bool& is_last);
  /// For the connection: has something small sent that is part of any response, if there is such a thing now: a byte of
  /// what every response begins with, or a comment in a stream. A client that has left answers it with a reset.
  void probe();
  /// For the connection: the client has left.
  void leave();
  /// For the connection: the response is a stream that has begun and not ended, so that a comment may keep it alive.
  bool is_streaming() const;
  bool keeps_alive() const { return keeps_alive_; }
  int status() const;
  size_t num_bytes() const;

  static constexpr size_t kMaxUnreadBytes = 8u << 20;

 private:
  void append(std::string_view bytes);
  void append_head(const HttpResponse& response, int64_t body_bytes, bool keeps_alive);
  void add_common(HttpResponse& response) const;

  const bool is_http_1_0_, keeps_alive_;
  const HeaderFields common_;
  const std::function<void()> notify_;
  mutable std::mutex mutex_;
  enum class State { kUntouched, kStreaming, kEnded, kGone } state_ = State::kUntouched;
  std::string outbox_;
  std::function<void()> leave_;
  size_t num_probed_ = 0;  // bytes of the head that went ahead of it
  int status_ = 0;
  size_t num_bytes_ = 0;
};

}  // namespace vitrine::serve
