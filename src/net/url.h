// Addresses of the web, as far as an HTTP client needs them.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::net {

/// An http or https address in parts. What does not parse strictly is refused, so that we and the library below never
/// see two different hosts in one text.
struct Url {
  std::string scheme;     ///< "http" or "https"
  std::string user_info;  ///< "user:password", still percent-encoded; empty: none
  std::string host;       ///< in lower case; an IPv6 address keeps its brackets
  int port = 0;           ///< never 0: the scheme's own where none is given
  std::string path;       ///< begins with '/'
  std::string query;      ///< without the '?'

  /// The whole address without user information and fragment: safe to show.
  std::string text() const;
  /// Scheme, host and port: what may see a password that was given for it.
  std::string origin() const;
  /// Whether it is this machine's own: localhost, 127.0.0.0/8 or [::1].
  bool is_loopback() const;
};

/// Errors: kInvalidArgument for anything but a plain http or https address.
Url parse_url(std::string_view text);

/// The address that `reference` (absolute, or relative as in a Location header or a link) means on the page `base`.
/// User information is not taken over. Errors: kInvalidArgument. Source: RFC 3986, section 5.2.
Url resolve_url(const Url& base, std::string_view reference);

/// Percent-encodes all but letters, digits, "-._~" and, where `keep_slashes`, "/".
std::string percent_encode(std::string_view text, bool keep_slashes = false);
/// The reverse; what is no escape stays as it is.
std::string percent_decode(std::string_view text);

}  // namespace vitrine::net
