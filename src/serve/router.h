// From a method and a path to a route.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "serve/route.h"

namespace vitrine::serve {

struct Match {
  const Route* route = nullptr;
  std::map<std::string, std::string, std::less<>> values;
};

/// The route of a request. HEAD is GET. Errors: ApiError 404 where no route has the path, 405 where none has the
/// method.
Match find_route(std::span<const Route> routes, std::string_view method, std::string_view path);

/// Errors are written in this style for paths of that API.
ErrorStyle error_style(std::string_view path);

}  // namespace vitrine::serve
