#include "serve/access.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/sha256.h"

namespace vitrine::serve {
namespace {

/// A Host without its port.
std::string host_name(std::string_view host) {
  if (host.starts_with('[')) return lower_case(host.substr(0, std::min(host.find(']') + 1, host.size())));
  return lower_case(host.substr(0, std::min(host.rfind(':'), host.size())));
}

std::string_view key_of(const HttpRequest& request) {
  const std::string_view authorization = request.header("authorization");
  if (lower_case(authorization.substr(0, 7)) == "bearer ") {
    const size_t begin = authorization.find_first_not_of(' ', 7);
    return begin == std::string_view::npos ? std::string_view() : authorization.substr(begin);
  }
  return request.header("x-api-key");
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    difference =
        static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  return difference == 0;
}

Access::Access(Options options) : options_(std::move(options)) {
  for (const std::string& key : options_.api_keys) key_digests_.push_back(sha256_hex(key));
  options_.api_keys.clear();
}

void Access::check_host(const HttpRequest& request) const {
  const std::string name = host_name(request.header("host"));
  if (name.empty() && request.is_http_1_0) return;
  const bool is_own = name == "localhost" || name == "127.0.0.1" || name == "[::1]";
  // Whoever listens for others is called by names that are not known here, and has a key.
  if (is_own || !options_.is_loopback) {
    if (is_own || options_.allowed_hosts.empty()) return;
  }
  if (std::find(options_.allowed_hosts.begin(), options_.allowed_hosts.end(), name) != options_.allowed_hosts.end())
    return;
  throw ApiError(403, fmt::format("the Host '{}' is not served here", excerpt(name)), "", "host_not_allowed");
}

void Access::check_origin(const HttpRequest& request) const {
  const std::string_view origin = request.header("origin");
  if (origin.empty() || !allowed_origin(request).empty()) return;
  const std::string own = lower_case(request.header("host"));
  if (lower_case(origin) == "http://" + own || lower_case(origin) == "https://" + own) return;
  throw ApiError(403, fmt::format("pages of '{}' may not call this server", excerpt(origin)), "", "origin_not_allowed");
}

std::string Access::allowed_origin(const HttpRequest& request) const {
  const std::string origin = lower_case(request.header("origin"));
  const bool is_allowed = !origin.empty() && std::find(options_.allowed_origins.begin(), options_.allowed_origins.end(),
                                                       origin) != options_.allowed_origins.end();
  return is_allowed ? origin : "";
}

int Access::check(const HttpRequest& request, bool is_open) const {
  check_host(request);
  check_origin(request);
  if (is_open || key_digests_.empty()) return -1;
  const std::string_view key = key_of(request);
  const std::string digest = sha256_hex(key);
  int found = -1;
  for (size_t i = 0; i < key_digests_.size(); ++i)  // all of them, whichever it is
    if (equal_in_constant_time(key_digests_[i], digest)) found = static_cast<int>(i);
  if (found >= 0) return found;
  throw ApiError(401,
                 key.empty() ? "an API key is needed (Authorization: Bearer KEY)" : "the API key is not a known one",
                 "", key.empty() ? "missing_api_key" : "invalid_api_key");
}

}  // namespace vitrine::serve
