#include "serve/http/request_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vitrine::serve {
namespace {

constexpr size_t kMaxChunkLine = 256;  // its size and extensions
constexpr size_t kMaxEmptyLines = 2;   // before a request

[[noreturn]] void fail(int status, std::string message) { throw ProtocolError{status, std::move(message)}; }

bool is_token_character(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Whether a list such as "keep-alive, Upgrade" names a word.
bool list_has(std::string_view list, std::string_view word) {
  for (size_t begin = 0; begin <= list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    if (lower_case(trimmed(list.substr(begin, end - begin))) == word) return true;
    begin = end + 1;
  }
  return false;
}

void split_query(std::string_view text, HttpRequest& request) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    std::string name, value;
    if (!decode_percent(pair.substr(0, equals), true, name) ||
        !decode_percent(pair.substr(std::min(equals + 1, pair.size())), true, value))
      fail(400, "the query of the address is malformed");
    request.query.emplace_back(std::move(name), std::move(value));
  }
}

}  // namespace

size_t RequestParser::feed(std::string_view bytes) {
  size_t taken = 0;
  while (taken < bytes.size() && state_ != State::kBodyWaits && state_ != State::kDone) {
    if (state_ == State::kBody || state_ == State::kChunk) {
      const size_t count = std::min(body_left_, bytes.size() - taken);
      request_.body.append(bytes.substr(taken, count));
      taken += count;
      body_left_ -= count;
      if (body_left_ == 0) state_ = state_ == State::kBody ? State::kDone : State::kChunkEnd;
      continue;
    }
    const size_t end = bytes.find('\n', taken);
    const size_t until = end == std::string_view::npos ? bytes.size() : end;
    const bool is_chunk_line = state_ == State::kChunkSize || state_ == State::kChunkEnd;
    if (line_.size() + (until - taken) > (is_chunk_line ? kMaxChunkLine : limits_.max_line_bytes)) {
      if (state_ == State::kStartLine)
        fail(414, fmt::format("the address has more than {} bytes", limits_.max_line_bytes));
      if (is_chunk_line) fail(400, "the size of a chunk is malformed");
      fail(431, fmt::format("a header field has more than {} bytes", limits_.max_line_bytes));
    }
    line_.append(bytes.substr(taken, until - taken));
    taken = until;
    if (end == std::string_view::npos) break;
    ++taken;
    take_line();
    line_.clear();
  }
  return taken;
}

void RequestParser::take_line() {
  std::string_view line = line_;
  if (line.empty() || line.back() != '\r') fail(400, "a line ends without a carriage return");
  line.remove_suffix(1);
  if (line.find('\r') != std::string_view::npos || line.find('\0') != std::string_view::npos)
    fail(400, "a line holds a character that may not stand there");
  switch (state_) {
    case State::kStartLine:
      if (!line.empty()) return take_start_line(line);
      if (++num_headers_ > kMaxEmptyLines) fail(400, "empty lines before the request");
      return;
    case State::kHeaders:
    case State::kTrailers:
      head_bytes_ += line.size() + 2;
      if (head_bytes_ > limits_.max_head_bytes)
        fail(431, fmt::format("the header fields have more than {} bytes", limits_.max_head_bytes));
      if (!line.empty()) return take_header(line);
      if (state_ == State::kHeaders) return finish_head();
      state_ = State::kDone;
      return;
    case State::kChunkSize:
      return take_chunk_size(line);
    case State::kChunkEnd:
      if (!line.empty()) fail(400, "a chunk is longer than its size says");
      state_ = State::kChunkSize;
      return;
    default:
      return;
  }
}

void RequestParser::take_start_line(std::string_view line) {
  num_headers_ = 0;
  const size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) fail(400, "the start line is malformed");
  const std::string_view method = line.substr(0, first), target = line.substr(first + 1, last - first - 1),
                         version = line.substr(last + 1);
  if (!is_token(method) || method.size() > 32) fail(400, "the method is malformed");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (version.starts_with("HTTP/") && version.size() == 8) fail(400, "HTTP/1.1 and HTTP/1.0 are spoken here");
    fail(400, "the start line is malformed");
  }
  const bool is_plain = std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (target.empty() || target[0] != '/' || !is_plain || target.find('#') != std::string_view::npos)
    fail(400, "the address is malformed: a path is expected, with everything else percent-encoded");
  request_.method = method;
  request_.target = target;
  request_.is_http_1_0 = version == "HTTP/1.0";
  request_.keeps_alive = !request_.is_http_1_0;
  const size_t question = std::min(target.find('?'), target.size());
  if (!decode_percent(target.substr(0, question), false, request_.path)) fail(400, "the path is malformed");
  split_query(target.substr(std::min(question + 1, target.size())), request_);
  state_ = State::kHeaders;
}

void RequestParser::take_header(std::string_view line) {
  if (++num_headers_ > limits_.max_headers) fail(431, fmt::format("more than {} header fields", limits_.max_headers));
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) fail(400, "a header field is malformed");
  const std::string name = lower_case(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (std::any_of(value.begin(), value.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; }))
    fail(400, "a header field holds a control character");
  if (state_ == State::kTrailers) return;  // nothing in them is asked for
  if (name == "content-length") {
    uint64_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    const bool is_number = error == std::errc() && end == value.data() + value.size() && value.size() <= 18 &&
                           value.find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_number || has_length_) fail(400, "Content-Length is malformed, or comes twice");
    has_length_ = true;
    if (length > limits_.max_body_bytes)
      fail(413, fmt::format("the body has {} bytes (at most {} are taken)", length, limits_.max_body_bytes));
    body_left_ = static_cast<size_t>(length);
  } else if (name == "transfer-encoding") {
    if (is_chunked_) fail(400, "Transfer-Encoding comes twice");
    if (lower_case(value) != "chunked") fail(400, "no transfer coding but 'chunked' is understood");
    is_chunked_ = true;
  } else if (name == "connection") {
    if (list_has(value, "close")) request_.keeps_alive = false;
    if (request_.is_http_1_0 && list_has(value, "keep-alive")) request_.keeps_alive = true;
  } else if (name == "expect") {
    if (lower_case(value) != "100-continue") fail(417, "no expectation but '100-continue' is understood");
    expects_continue_ = !request_.is_http_1_0;
  } else if (name == "host" || name == "authorization" || name == "origin") {
    if (!request_.header(name).empty()) fail(400, fmt::format("the header field '{}' comes twice", name));
  }
  request_.headers.emplace_back(name, std::string(value));
}

void RequestParser::finish_head() {
  if (is_chunked_ && (has_length_ || request_.is_http_1_0))
    fail(400, "Transfer-Encoding goes neither with Content-Length nor with HTTP/1.0");
  if (!request_.is_http_1_0 && request_.header("host").empty()) fail(400, "the header field 'Host' is missing");
  state_ = State::kBodyWaits;
}

void RequestParser::accept_body() {
  if (state_ != State::kBodyWaits) return;
  if (is_chunked_) {
    state_ = State::kChunkSize;
  } else {
    request_.body.reserve(std::min<size_t>(body_left_, 64 * 1024));
    state_ = body_left_ > 0 ? State::kBody : State::kDone;
  }
}

void RequestParser::take_chunk_size(std::string_view line) {
  const std::string_view digits = trimmed(line.substr(0, std::min(line.find(';'), line.size())));
  uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (digits.empty() || digits.size() > 8 || error != std::errc() || end != digits.data() + digits.size())
    fail(400, "the size of a chunk is malformed");
  if (size > limits_.max_body_bytes - request_.body.size())
    fail(413, fmt::format("the body has more than {} bytes", limits_.max_body_bytes));
  body_left_ = static_cast<size_t>(size);
  state_ = size > 0 ? State::kChunk : State::kTrailers;
}

}  // namespace vitrine::serve
