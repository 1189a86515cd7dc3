// A request and a response of HTTP as handlers see them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrine::serve {

/// Header fields in the order in which they came; names in lower case.
using HeaderFields = std::vector<std::pair<std::string, std::string>>;

/// The value of the first field of that name (in lower case), or an empty text.
std::string_view find_header(const HeaderFields& headers, std::string_view name);

struct HttpRequest {
  std::string method;
  std::string target;                                      ///< as it came, path and query
  std::string path;                                        ///< decoded, begins with '/'
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded
  bool is_http_1_0 = false;
  bool keeps_alive = true;
  HeaderFields headers;
  std::string body;

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
  /// The value of a query parameter, or an empty text.
  std::string_view parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  HeaderFields headers = {};
  std::string body = {};
};

/// ASCII letters in lower case.
std::string lower_case(std::string_view text);

/// "OK", "Not Found", …
std::string_view reason_phrase(int status);

/// What every response begins with.
constexpr std::string_view kResponseStart = "HTTP/1.1 ";

/// The start line and the header fields of a response, up to the empty line. `body_bytes` below 0: chunked, or where
/// `is_http_1_0` up to the end of the connection.
std::string response_head(const HttpResponse& response, int64_t body_bytes, bool keeps_alive, bool is_http_1_0);

/// Decodes %XX (and + to a space where `is_query`). Returns false for what is malformed, and for control characters.
bool decode_percent(std::string_view text, bool is_query, std::string& out);

}  // namespace vitrine::serve
