#include "serve/http/request_parser.h"

#include <gtest/gtest.h>

#include <optional>

namespace vitrine::serve {
namespace {

/// Reads a request in pieces of so many bytes; the status that it is refused with, or nothing.
std::optional<int> refusal(std::string_view bytes, size_t piece, HttpRequest* request = nullptr,
                           size_t* taken = nullptr) {
  RequestParser parser({.max_line_bytes = 200, .max_head_bytes = 400, .max_headers = 8, .max_body_bytes = 64});
  size_t at = 0;
  try {
    while (at < bytes.size() && !parser.is_done()) {
      const std::string_view given = bytes.substr(at, piece);
      size_t used = parser.feed(given);
      if (parser.has_head()) parser.accept_body();
      used += parser.feed(given.substr(used));
      at += used;
    }
    if (parser.has_head()) parser.accept_body();
  } catch (const ProtocolError& error) {
    return error.status;
  }
  if (request) *request = parser.request();
  if (taken) *taken = at;
  return parser.is_done() ? std::nullopt : std::optional(0);
}

TEST(RequestParser, ReadsTheSameRequestWhateverThePiecesAre) {
  const std::string bytes =
      "POST /v1/x%20y?q=a+b&c=%26 HTTP/1.1\r\nHost: localhost\r\nContent-Type:  text/plain \r\nContent-Length: "
      "5\r\n\r\nhelloGET";
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    HttpRequest request;
    size_t taken = 0;
    ASSERT_EQ(refusal(bytes, piece, &request, &taken), std::nullopt) << piece;
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/v1/x y");
    EXPECT_EQ(request.parameter("q"), "a b");
    EXPECT_EQ(request.parameter("c"), "&");
    EXPECT_EQ(request.header("content-type"), "text/plain");
    EXPECT_EQ(request.body, "hello");
    EXPECT_EQ(taken, bytes.size() - 3);  // what is behind it is another request's
  }
}

TEST(RequestParser, ReadsChunksWithExtensionsAndTrailers) {
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n";
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    HttpRequest request;
    ASSERT_EQ(refusal(bytes, piece, &request), std::nullopt) << piece;
    EXPECT_EQ(request.body, "abcde");
  }
}

struct BadRequest {
  const char* bytes;
  int status;
};

TEST(RequestParser, RefusesWhatIsAmbiguousMalformedOrTooLarge) {
  const std::string long_line = "GET /" + std::string(300, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string long_header = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(300, 'a') + "\r\n\r\n";
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 9; ++i) many += "X: 1\r\n";
  const std::string long_head = "GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(190, 'a') +
                                "\r\nB: " + std::string(190, 'b') + "\r\nC: " + std::string(50, 'c') + "\r\n\r\n";
  const BadRequest kBad[] = {
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTX/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\r\nHost: a\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /?a=%1 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\rb\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\nab", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", 417},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400},
      {"\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {long_line.c_str(), 414},
      {long_header.c_str(), 431},
      {many.c_str(), 431},
      {long_head.c_str(), 431},
  };
  for (const BadRequest& bad : kBad)
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{4096}})
      EXPECT_EQ(refusal(bad.bytes, piece), bad.status) << bad.bytes;
}

}  // namespace
}  // namespace vitrine::serve
