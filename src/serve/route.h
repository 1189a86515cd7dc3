// A route describes itself: method, path, who may call it, and what its document says.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "serve/api_error.h"
#include "serve/http/message.h"
#include "serve/http/responder.h"

namespace vitrine::serve {

struct Services;

/// What a handler is given. `values` are the parts of the path that stand in braces in Route::path.
struct Call {
  Services& services;
  HttpRequest& request;
  std::map<std::string, std::string, std::less<>> values;
  const std::shared_ptr<Responder>& responder;
  int key = -1;  ///< the number of the key it came with; below 0: none

  const std::string& value(std::string_view name) const { return values.find(name)->second; }
};

struct Route {
  std::string_view method;
  std::string_view path;  ///< "/v1/models/{model}"
  std::string_view summary;
  /// Answers, or sees to it that it will be. Errors: ApiError, and whatever to_api_error() makes one of.
  void (*handle)(Call& call) = nullptr;
  bool is_open = false;  ///< may be called without a key
  ErrorStyle errors = ErrorStyle::kOpenAi;
  std::string_view request_schema = {};                ///< JSON schema of the body; empty: it has none
  std::string_view response_schema = {};               ///< JSON schema of the answer, where that is JSON
  std::string_view content_type = "application/json";  ///< of the answer
  int success_status = 200;
  bool generates = false;  ///< counts for its key until its answer is out
  std::string_view other_content_type = {};  ///< that the answer may have too; empty: none
};

}  // namespace vitrine::serve
