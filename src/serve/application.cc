#include "serve/application.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "serve/access.h"
#include "serve/answers.h"
#include "serve/api_error.h"
#include "serve/event_stream.h"
#include "serve/key_limits.h"
#include "serve/metrics.h"
#include "serve/router.h"
#include "serve/routes/catalog.h"
#include "serve/sampling_request.h"
#include "serve/services.h"
#include "serve/store_lock.h"

namespace vitrine::serve {

bool is_loopback(std::string_view host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

std::vector<std::string> parse_api_keys(std::string_view text) {
  std::vector<std::string> keys;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string key(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    key.erase(0, key.find_first_not_of(" \t\r"));
    key.erase(key.find_last_not_of(" \t\r") + 1);
    if (key.empty() || key[0] == '#') continue;
    const bool is_plain = std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (!is_plain || key.size() < 8)
      throw Error(ErrorCode::kInvalidArgument,
                  "serve: a key is malformed (expected at least 8 printable characters, no spaces)",
                  "one key a line; `openssl rand -hex 24` makes a good one");
    keys.push_back(std::move(key));
  }
  if (keys.empty())
    throw Error(ErrorCode::kInvalidArgument, "serve: the file of keys has none in it", "one key a line");
  return keys;
}

struct Application::State : RequestHandler {
  State(const ApplicationOptions& options, const autograd::Runtime& runtime)
      : options(options),
        access({.api_keys = options.api_keys,
                .allowed_hosts = options.allowed_hosts,
                .allowed_origins = options.allowed_origins,
                .is_loopback = is_loopback(options.server.host)}),
        store_lock(store::real_store_file(options.store_file)),
        limits(options.max_per_key),
        server(options.server, *this),
        hub(options.hub, runtime),
        store(options.store_file),
        answers(hub, store, metrics),
        services{.hub = hub,
                 .store = store,
                 .answers = answers,
                 .limits = limits,
                 .tasks = tasks,
                 .metrics = metrics,
                 .server = server,
                 .sampling = options.sampling,
                 .chosen_sampling = options.chosen_sampling,
                 .needs_key = access.needs_key(),
                 .version = options.version,
                 .max_body_bytes = options.server.limits.max_body_bytes} {
    store.close_running("the server was stopped while this was written");
  }

  std::optional<HttpResponse> check_head(const HttpRequest& request) override {
    try {
      if (request.method == "OPTIONS" && !access.allowed_origin(request).empty()) return preflight();
      const Match match = find_route(route_catalog(), request.method, request.path);
      access.check(request, match.route->is_open);
      check_content_type(request, *match.route);
      return std::nullopt;
    } catch (const ApiError& error) {
      // Who may not call is not told what there is.
      try {
        if (error.status() == 404 || error.status() == 405) access.check(request, false);
        return error_response(error, error_style(request.path));
      } catch (const ApiError& denied) {
        return error_response(denied, error_style(request.path));
      }
    }
  }

  HttpResponse protocol_error(const ProtocolError& error) override {
    return error_response(ApiError(error.status, error.message, "", "bad_http"));
  }

  void handle(HttpRequest request, const std::shared_ptr<Responder>& responder) override {
    std::optional<ApiError> failure;
    ErrorStyle style = error_style(request.path);
    try {
      Match match = find_route(route_catalog(), request.method, request.path);
      const int key = access.check(request, match.route->is_open);
      if (match.route->generates) limits.enter(key, *responder);
      Call call{services, request, std::move(match.values), responder, key};
      match.route->handle(call);
      return;
    } catch (const std::exception&) {
      failure = to_api_error(std::current_exception());
    }
    if (failure->status() >= 500 && options.log) options.log(fmt::format("error: {}", failure->message()));
    if (responder->is_untouched()) return responder->send(error_response(*failure, style));
    write_event(*responder, error_body(*failure));  // a stream that has begun is not left open
    responder->end();
  }

  HeaderFields common_headers(const HttpRequest& request) override {
    HeaderFields headers{{"x-request-id", random_id("req_")}, {"X-Content-Type-Options", "nosniff"}};
    if (const std::string origin = access.allowed_origin(request); !origin.empty()) {
      headers.emplace_back("Access-Control-Allow-Origin", origin);
      headers.emplace_back("Vary", "Origin");
    }
    return headers;
  }

  void completed(const HttpRequest& request, const Responder& responder) override {
    limits.leave(responder);
    const int status = responder.status();
    metrics.count_response(request.method, status);
    if (options.log)
      options.log(fmt::format("{} {} {} {} bytes{}", excerpt(request.method, 32), excerpt(request.path), status,
                              responder.num_bytes(), responder.is_gone() ? ", client left" : ""));
  }

  static HttpResponse preflight() {
    HttpResponse response{.status = 204};
    response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE");
    response.headers.emplace_back("Access-Control-Allow-Headers", "authorization, content-type, x-api-key");
    response.headers.emplace_back("Access-Control-Max-Age", "600");
    return response;
  }

  static void check_content_type(const HttpRequest& request, const Route& route) {
    if (route.request_schema.empty()) return;
    const std::string coding = lower_case(request.header("content-encoding"));
    if (!coding.empty() && coding != "identity")
      throw ApiError(415, fmt::format("the body is taken as it is (got Content-Encoding '{}')", excerpt(coding)), "",
                     "unsupported_media_type");
    const std::string type = lower_case(request.header("content-type"));
    const size_t end = std::min(type.find_first_of("; \t"), type.size());
    if (!type.empty() && type.substr(0, end) != "application/json")
      throw ApiError(
          415, fmt::format("the body has to be JSON (got Content-Type '{}', expected application/json)", excerpt(type)),
          "", "unsupported_media_type");
    std::string charset = type.substr(std::min(type.find("charset="), type.size()));
    std::erase(charset, '"');
    charset = charset.substr(0, charset.find_first_of("; \t"));
    if (charset.empty() || charset == "charset=utf-8" || charset == "charset=utf8" || charset == "charset=us-ascii")
      return;
    throw ApiError(415, fmt::format("the body has to be UTF-8 (got Content-Type '{}')", excerpt(type)), "",
                   "unsupported_media_type");
  }

  ApplicationOptions options;
  Access access;
  StoreLock store_lock;
  KeyLimits limits;
  Metrics metrics;
  Server server;
  ModelHub hub;
  store::Store store;
  Answers answers;
  Services services;
  TaskThread tasks;  // the last: what it runs uses all of the above
};

Application::Application(const ApplicationOptions& options, const autograd::Runtime& runtime) {
  if (!is_loopback(options.server.host) && options.api_keys.empty())
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("serve: {} can be reached by others, and there is no key", options.server.host),
                "give a file of keys with --api-key-file, or leave --host out");
  state_ = std::make_unique<State>(options, runtime);
}

Application::~Application() = default;

std::string Application::address() const {
  std::string host = state_->options.server.host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  return fmt::format("{}://{}:{}", state_->options.server.certificate_file.empty() ? "http" : "https",
                     host.find(':') == std::string::npos ? host : "[" + host + "]", state_->server.port());
}

const std::string& Application::model_id() const { return state_->hub.default_id(); }
void Application::run() {
  state_->server.run();
  state_->answers.stop_all();
}
void Application::stop() { state_->server.stop(); }

}  // namespace vitrine::serve
