// The page's own files. They hold no data, so they need no key.
#include <fmt/format.h>

#include "base/error.h"
#include "page/page_files.h"
#include "serve/routes/catalog.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

HeaderFields safe_headers() {
  return {{"Content-Security-Policy", std::string(page::content_security_policy())},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"X-Frame-Options", "DENY"}};
}

void send_file(Call& call, const page::PageFile& file) {
  HttpResponse response{.content_type = std::string(file.content_type), .headers = safe_headers()};
  response.headers.emplace_back("Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("ETag", std::string(file.etag));
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (call.request.header("if-none-match") == file.etag) {
    response.status = 304;
    return call.responder->send(std::move(response));
  }
  const std::string_view accepted = call.request.header("accept-encoding");
  if (!file.brotli.empty() && accepted.find("br") != std::string_view::npos) {
    response.headers.emplace_back("Content-Encoding", "br");
    response.body = file.brotli;
  } else if (!file.gzip.empty() && accepted.find("gzip") != std::string_view::npos) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = file.gzip;
  } else {
    response.body = file.identity;
  }
  call.responder->send(std::move(response));
}

void serve_page(Call& call) {
  const std::string& path = call.request.path;
  if (const page::PageFile* const file = page::find_page_file(path)) return send_file(call, *file);
  const bool is_api = path.starts_with("/api/") || path.starts_with("/v1/");
  const bool wants_page = call.request.header("accept").find("text/html") != std::string_view::npos;
  if (!is_api && wants_page && path.find('.') == std::string::npos)
    if (const page::PageFile* const index = page::find_page_file("/"))
      return send_file(call, *index);  // its own address
  if (path == "/")
    return call.responder->send({.content_type = "text/plain; charset=utf-8",
                                 .headers = safe_headers(),
                                 .body = std::string(page::missing_page_reason()) + "\n"});
  throw ApiError(404, fmt::format("there is nothing at '{}'", excerpt(path)), "", "not_found");
}

}  // namespace

std::vector<Route> routes::page() {
  return {{.method = "GET",
           .path = "/",
           .summary = "The page",
           .handle = serve_page,
           .is_open = true,
           .content_type = "text/html"},
          {.method = "GET",
           .path = "/{file...}",
           .summary = "The page's files",
           .handle = serve_page,
           .is_open = true,
           .content_type = "application/octet-stream"}};
}

}  // namespace vitrine::serve
