// HTTP over libcurl, which is loaded when it is first used: commands that fetch nothing do not pay for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace vitrine::net {

struct HttpHeader {
  std::string name, value;
};

/// Asks whether the work should stop; called several times a second while waiting.
using StopQuestion = std::function<bool()>;

struct HttpRequest {
  std::string url;  ///< user information in it is sent as basic authorization
  std::vector<HttpHeader> headers;
  /// Value of the Authorization header. It is sent to the origin of `url` and never follows a redirect to another.
  std::string authorization;
  int64_t stall_seconds = 30;  ///< without a byte for this long the transfer is given up
  StopQuestion should_stop;    ///< may be empty
};

/// What a server says before the body.
struct HttpHead {
  int status = 0;
  std::string url;
  std::vector<HttpHeader> headers;  ///< names in lower case

  /// The header's last value, or an empty text.
  std::string header(std::string_view name) const;
  /// Content-Length, where it is a number.
  std::optional<int64_t> content_length() const;
};

/// A failure that may pass: a broken connection, a server that is busy.
class TransientError : public Error {
 public:
  TransientError(ErrorCode code, std::string message, std::string hint, int64_t retry_after_seconds = 0)
      : Error(code, std::move(message), std::move(hint)), retry_after_seconds_(retry_after_seconds) {}
  /// What the server asks to wait; 0: nothing said.
  int64_t retry_after_seconds() const { return retry_after_seconds_; }

 private:
  int64_t retry_after_seconds_;
};

/// The answers on the way, the last one last: redirects are followed over http and https only, never from https to
/// http.
using HttpExchange = std::vector<HttpHead>;

/// What becomes of an answer's body. Both may throw, which ends the transfer.
struct HttpReceiver {
  /// Once, before the body, with the redirects that led here.
  std::function<void(const HttpHead&, const HttpExchange& redirects)> on_head;
  std::function<void(std::span<const std::byte>)> on_body;  ///< piece by piece
};

/// Gets an address, with one transfer after the other over redirects. `receiver` sees the last answer if its status is
/// 200, 206 or 416.
/// Errors: kUnsupported without libcurl; kNotFound for 404 and 410; kInvalidArgument for 401 and 403, and addresses
/// that cannot be used; TransientError (kIo) for 408, 429, 5xx, connections that break, stall or end too early; kIo for
/// other statuses; kCorruptData for headers without end and redirects without end; kInterrupted. Threads: safe from
/// several.
void http_get(const HttpRequest& request, const HttpReceiver& receiver);

/// Gets a whole text. Errors: also kCorruptData beyond `max_bytes`.
std::string http_get_text(const HttpRequest& request, size_t max_bytes);

/// Whom a request says that it comes from; set once by the program.
void set_user_agent(std::string text);

}  // namespace vitrine::net
