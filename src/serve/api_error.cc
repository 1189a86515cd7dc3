#include "serve/api_error.h"

#include <fmt/format.h>

#include <new>

#include "base/error.h"
#include "serve/json_writer.h"

namespace vitrine::serve {

ApiError::ApiError(int status, std::string message, std::string_view param, std::string_view code)
    : status_(status), message_(std::move(message)), param_(param), code_(code) {}

std::string_view ApiError::type() const {
  switch (status_) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 429:
      return "rate_limit_error";
    default:
      return status_ >= 500 ? "server_error" : "invalid_request_error";
  }
}

ApiError bad_request(std::string message, std::string_view param, std::string_view code) {
  return ApiError(400, std::move(message), param, code);
}

ApiError bad_request(const Error& error, std::string_view param, std::string_view code) {
  return bad_request(error.hint().empty() ? error.message() : fmt::format("{} ({})", error.message(), error.hint()),
                     param, code);
}

ApiError to_api_error(std::exception_ptr failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const ApiError& error) {
    return error;
  } catch (const Error& error) {
    const std::string message =
        error.hint().empty() ? error.message() : fmt::format("{} ({})", error.message(), error.hint());
    if (error.code() == ErrorCode::kInvalidArgument || error.code() == ErrorCode::kUnsupported)
      return ApiError(400, message, "", "invalid_value");
    if (error.code() == ErrorCode::kNotFound) return ApiError(404, message, "", "not_found");
    if (error.code() == ErrorCode::kOutOfMemory) return ApiError(503, message, "", "out_of_memory");
    return ApiError(500, message, "", "internal_error");
  } catch (const std::bad_alloc&) {
    return ApiError(503, "there is not enough memory for this request", "", "out_of_memory");
  } catch (const std::exception& error) {
    return ApiError(500, fmt::format("unexpected: {}", error.what()), "", "internal_error");
  }
}

std::string error_body(const ApiError& error, ErrorStyle style) {
  JsonWriter json;
  if (style == ErrorStyle::kAnthropic) {
    json.begin_object().field("type", "error").key("error").begin_object();
    const std::string_view type = error.status() >= 500   ? (error.status() == 503 ? "overloaded_error" : "api_error")
                                  : error.status() == 413 ? "request_too_large"
                                                          : error.type();
    json.field("type", type).field("message", error.message()).end_object().end_object();
    return json.take();
  }
  json.begin_object().key("error").begin_object().field("message", error.message()).field("type", error.type());
  json.key("param").text_or_null(error.param()).key("code").text_or_null(error.code());
  return json.end_object().end_object().take();
}

HttpResponse error_response(const ApiError& error, ErrorStyle style) {
  HttpResponse response{.status = error.status(), .body = error_body(error, style)};
  if (error.retry_after_s > 0) response.headers.emplace_back("Retry-After", std::to_string(error.retry_after_s));
  if (!error.allowed_methods.empty()) response.headers.emplace_back("Allow", error.allowed_methods);
  if (error.status() == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace vitrine::serve
