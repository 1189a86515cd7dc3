#include "serve/http/message.h"

#include <fmt/format.h>

#include <algorithm>

namespace vitrine::serve {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string_view find_header(const HeaderFields& headers, std::string_view name) {
  const auto at = std::find_if(headers.begin(), headers.end(), [&](const auto& field) { return field.first == name; });
  return at == headers.end() ? std::string_view() : std::string_view(at->second);
}

std::string_view HttpRequest::parameter(std::string_view name) const { return find_header(query, name); }

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

std::string response_head(const HttpResponse& response, int64_t body_bytes, bool keeps_alive, bool is_http_1_0) {
  std::string head = fmt::format("{}{} {}\r\n", kResponseStart, response.status, reason_phrase(response.status));
  if (!response.content_type.empty() && response.status != 204 && response.status != 304)
    head += fmt::format("Content-Type: {}\r\n", response.content_type);
  for (const auto& [name, value] : response.headers) head += fmt::format("{}: {}\r\n", name, value);
  if (response.status != 204 && response.status != 304) {
    if (body_bytes >= 0)
      head += fmt::format("Content-Length: {}\r\n", body_bytes);
    else if (!is_http_1_0)
      head += "Transfer-Encoding: chunked\r\n";
  }
  if (!keeps_alive)
    head += "Connection: close\r\n";
  else if (is_http_1_0)
    head += "Connection: keep-alive\r\n";
  return head + "\r\n";
}

bool decode_percent(std::string_view text, bool is_query, std::string& out) {
  out.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return false;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (is_query && c == '+') {
      c = ' ';
    }
    // A line break may stand in a query's text; no other control character means anything.
    if ((static_cast<unsigned char>(c) < 0x20 && !(is_query && (c == '\n' || c == '\t'))) || c == 0x7f) return false;
    out += c;
  }
  return true;
}

}  // namespace vitrine::serve
