#include "serve/router.h"

#include <fmt/format.h>

#include <optional>

#include "base/error.h"

namespace vitrine::serve {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

/// A part in braces takes one part of the path, {name...} the whole rest.
std::optional<Values> matched(std::string_view pattern, std::string_view path) {
  Values values;
  while (!pattern.empty() && !path.empty()) {
    pattern.remove_prefix(1);
    path.remove_prefix(1);
    const std::string_view wanted = pattern.substr(0, pattern.find('/'));
    std::string_view given = path.substr(0, path.find('/'));
    if (wanted.starts_with('{')) {
      const bool takes_rest = wanted.ends_with("...}");
      if (takes_rest) given = path;
      if (given.empty()) return std::nullopt;
      values.emplace(wanted.substr(1, wanted.size() - (takes_rest ? 5 : 2)), given);
    } else if (wanted != given) {
      return std::nullopt;
    }
    pattern.remove_prefix(wanted.size());
    path.remove_prefix(given.size());
  }
  return pattern.empty() && path.empty() ? std::optional(values) : std::nullopt;
}

/// The page's route, whose method says nothing of a path.
bool takes_everything(const Route& route) { return route.path.starts_with("/{"); }

}  // namespace

ErrorStyle error_style(std::string_view path) {
  return path.starts_with("/v1/messages") ? ErrorStyle::kAnthropic : ErrorStyle::kOpenAi;
}

Match find_route(std::span<const Route> routes, std::string_view method, std::string_view path) {
  std::string allowed;
  for (const Route& route : routes) {
    if (takes_everything(route) && !allowed.empty()) continue;  // the path is another's
    auto values = matched(route.path, path);
    if (!values) continue;
    if (route.method == method || (method == "HEAD" && route.method == "GET")) return {&route, std::move(*values)};
    if (takes_everything(route)) continue;
    allowed += fmt::format("{}{}{}", allowed.empty() ? "" : ", ", route.method, route.method == "GET" ? ", HEAD" : "");
  }
  if (!allowed.empty()) {
    ApiError error(405, fmt::format("'{}' does not take {}", excerpt(path), excerpt(method, 32)), "",
                   "method_not_allowed");
    error.allowed_methods = allowed;
    throw error;
  }
  throw ApiError(404, fmt::format("there is nothing at '{}'", excerpt(path)), "", "not_found");
}

}  // namespace vitrine::serve
