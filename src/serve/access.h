// Who may call: keys, the Host that was meant, the Origin of a page.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/api_error.h"
#include "serve/http/message.h"

namespace vitrine::serve {

/// Threads: const methods are safe.
class Access {
 public:
  struct Options {
    std::vector<std::string> api_keys;
    std::vector<std::string> allowed_hosts, allowed_origins;
    bool is_loopback = true;
  };
  explicit Access(Options options);

  bool needs_key() const { return !key_digests_.empty(); }
  /// Which key a request has, by its number, or why it may not call. `is_open`: it needs none.
  /// Errors: ApiError 401, 403.
  int check(const HttpRequest& request, bool is_open) const;
  /// The Origin of a page elsewhere that may call, or an empty text.
  std::string allowed_origin(const HttpRequest& request) const;

 private:
  void check_host(const HttpRequest& request) const;
  void check_origin(const HttpRequest& request) const;

  Options options_;
  std::vector<std::string> key_digests_;
};

/// Compares in a time that does not depend on the bytes.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace vitrine::serve
