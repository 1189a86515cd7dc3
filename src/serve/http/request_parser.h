// Reads HTTP/1.1 requests from bytes as they come, strictly: what is ambiguous is refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "serve/http/message.h"

namespace vitrine::serve {

struct RequestLimits {
  size_t max_line_bytes = 8 * 1024;   ///< of the start line, and of one header field
  size_t max_head_bytes = 32 * 1024;  ///< of all header fields
  size_t max_headers = 100;
  size_t max_body_bytes = 16u << 20;
};

/// What makes a request unreadable: the connection is closed behind the answer.
struct ProtocolError {
  int status = 400;
  std::string message;
};

/// Follows one request. Source: RFC 9112, without obsolete line folding and without any transfer coding but chunked.
class RequestParser {
 public:
  explicit RequestParser(const RequestLimits& limits) : limits_(limits) {}

  /// Takes bytes from the front and returns how many: those behind the end of the head or of the body are left.
  /// Errors: throws ProtocolError.
  size_t feed(std::string_view bytes);

  /// The head is whole; the body is read by further feed() after accept_body().
  bool has_head() const { return state_ >= State::kBodyWaits; }
  void accept_body();
  bool is_done() const { return state_ == State::kDone; }
  /// Nothing of a request has come yet.
  bool is_untouched() const { return state_ == State::kStartLine && line_.empty(); }
  bool expects_continue() const { return expects_continue_; }
  size_t body_bytes() const { return request_.body.size(); }

  HttpRequest& request() { return request_; }

 private:
  enum class State { kStartLine, kHeaders, kBodyWaits, kBody, kChunkSize, kChunk, kChunkEnd, kTrailers, kDone };

  void take_line();
  void take_start_line(std::string_view line);
  void take_header(std::string_view line);
  void finish_head();
  void take_chunk_size(std::string_view line);

  RequestLimits limits_;
  State state_ = State::kStartLine;
  std::string line_;
  size_t head_bytes_ = 0;
  size_t num_headers_ = 0;
  bool has_length_ = false, is_chunked_ = false, expects_continue_ = false;
  size_t body_left_ = 0;  // of the body, or of the chunk at hand
  HttpRequest request_;
};

}  // namespace vitrine::serve
