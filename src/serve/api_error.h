// What a client got wrong, or what the server cannot do now, as the API tells it.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "base/error.h"
#include "serve/http/message.h"

namespace vitrine::serve {

/// An answer in the error shape of OpenAI's API. Clients repeat 408, 409, 429 and 5xx: what they got wrong is none of
/// these.
class ApiError : public std::exception {
 public:
  /// `param` and `code` are null in the answer where they are empty.
  ApiError(int status, std::string message, std::string_view param = "", std::string_view code = "");

  const char* what() const noexcept override { return message_.c_str(); }
  int status() const { return status_; }
  const std::string& message() const { return message_; }
  const std::string& param() const { return param_; }
  const std::string& code() const { return code_; }
  /// "invalid_request_error", "authentication_error", "rate_limit_error", "server_error", …
  std::string_view type() const;
  /// Sent as Retry-After; 0: not sent.
  int retry_after_s = 0;
  /// Sent as Allow; empty: not sent.
  std::string allowed_methods = {};

 private:
  int status_;
  std::string message_, param_, code_;
};

/// 400 with that parameter.
ApiError bad_request(std::string message, std::string_view param, std::string_view code = "invalid_value");

/// What the library refused, with its hint.
ApiError bad_request(const Error& error, std::string_view param, std::string_view code);

/// Whatever was thrown, as an answer: an Error of the library that a request can cause is 400, anything else 500.
ApiError to_api_error(std::exception_ptr failure);

/// How an API writes its errors.
enum class ErrorStyle { kOpenAi, kAnthropic };

/// The object {"error": …}, in the style of an API.
std::string error_body(const ApiError& error, ErrorStyle style = ErrorStyle::kOpenAi);
HttpResponse error_response(const ApiError& error, ErrorStyle style = ErrorStyle::kOpenAi);

}  // namespace vitrine::serve
