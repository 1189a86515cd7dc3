// The page's own files. They hold no data, so they need no key.
#include <fmt/format.h>
#include <zlib.h>

#include <map>
#include <mutex>

#include "base/error.h"
#include "base/hash.h"
#include "serve/page_assets.h"
#include "serve/routes/catalog.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "
    "'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view kNoPage =
    "vitrine: the server is here, and this program was built without the page.\n\n"
    "To add it: install Node.js 18 or later with npm (on Debian: apt-get install npm), then ./run --build-only, which "
    "builds "
    "the page and puts it into the program.\n\nThe API is at /v1, its description at /openapi.json.\n";

std::string_view content_type(std::string_view path) {
  static const std::map<std::string_view, std::string_view> kTypes = {{".html", "text/html; charset=utf-8"},
                                                                      {".js", "text/javascript; charset=utf-8"},
                                                                      {".css", "text/css; charset=utf-8"},
                                                                      {".svg", "image/svg+xml"},
                                                                      {".png", "image/png"},
                                                                      {".ico", "image/x-icon"},
                                                                      {".woff2", "font/woff2"},
                                                                      {".json", "application/json"},
                                                                      {".webmanifest", "application/manifest+json"},
                                                                      {".txt", "text/plain; charset=utf-8"}};
  const size_t dot = path.rfind('.');
  const auto at = dot == std::string_view::npos ? kTypes.end() : kTypes.find(path.substr(dot));
  return at == kTypes.end() ? "application/octet-stream" : at->second;
}

std::string gzipped(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return "";
  std::string out(deflateBound(&stream, bytes.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool is_done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(is_done ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

/// Compressed once, when a file is first asked for.
const std::string& compressed(const PageAsset& asset) {
  static std::mutex mutex;
  static std::map<std::string_view, std::string> cache;
  const std::lock_guard lock(mutex);
  const auto [at, is_new] = cache.try_emplace(asset.path);
  if (is_new) at->second = gzipped(asset.bytes);
  return at->second;
}

const PageAsset* find_asset(std::string_view path) {
  for (const PageAsset& asset : page_assets())
    if (asset.path == path) return &asset;
  return nullptr;
}

HeaderFields safe_headers() {
  return {{"Content-Security-Policy", std::string(kPolicy)},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"X-Frame-Options", "DENY"}};
}

void send_asset(Call& call, const PageAsset& asset) {
  HttpResponse response{.content_type = std::string(content_type(asset.path)), .headers = safe_headers()};
  const std::string tag = fmt::format("\"{:016x}\"", hash64(asset.bytes));
  const bool is_hashed = asset.path.starts_with("/assets/");
  response.headers.emplace_back("Cache-Control", is_hashed ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("ETag", tag);
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (call.request.header("if-none-match") == tag) {
    response.status = 304;
    return call.responder->send(std::move(response));
  }
  const bool takes_gzip = call.request.header("accept-encoding").find("gzip") != std::string_view::npos;
  const std::string& small = takes_gzip ? compressed(asset) : std::string();
  if (!small.empty() && small.size() < asset.bytes.size()) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = small;
  } else {
    response.body = asset.bytes;
  }
  call.responder->send(std::move(response));
}

void handle(Call& call) {
  const std::string& path = call.request.path;
  if (const PageAsset* const asset = find_asset(path == "/" ? "/index.html" : path)) return send_asset(call, *asset);
  const bool is_api = path.starts_with("/api/") || path.starts_with("/v1/");
  const bool wants_page = call.request.header("accept").find("text/html") != std::string_view::npos;
  if (!is_api && wants_page && path.find('.') == std::string::npos)
    if (const PageAsset* const index = find_asset("/index.html"))
      return send_asset(call, *index);  // the page's own address
  if (path == "/" && page_assets().empty())
    return call.responder->send(
        {.content_type = "text/plain; charset=utf-8", .headers = safe_headers(), .body = std::string(kNoPage)});
  throw ApiError(404, fmt::format("there is nothing at '{}'", excerpt(path)), "", "not_found");
}

}  // namespace

std::vector<Route> routes::page() {
  return {{.method = "GET",
           .path = "/",
           .summary = "The page",
           .handle = handle,
           .is_open = true,
           .content_type = "text/html"},
          {.method = "GET",
           .path = "/{file...}",
           .summary = "The page's files",
           .handle = handle,
           .is_open = true,
           .content_type = "application/octet-stream"}};
}

}  // namespace vitrine::serve
