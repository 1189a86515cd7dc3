#include "net/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/ascii_case.h"
#include "base/error.h"

namespace vitrine::net {
namespace {

constexpr size_t kMaxUrlBytes = 8192;

Error refused_url(std::string_view text, std::string_view problem) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("address '{}': {} (expected http:// or https://)", excerpt(text), problem));
}

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Only what may stand in an address: everything else has to be percent-encoded.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return c > 0x20 && c < 0x7F && c != '\\' && c != '"' && c != '<' && c != '>'; });
}

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 255) return false;
  if (host.front() == '[')
    return host.size() > 3 && host.back() == ']' && std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
             return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
           });
  return std::ranges::all_of(host, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

void read_authority(Url& url, std::string_view authority, std::string_view whole) {
  if (const size_t at = authority.find('@'); at != std::string_view::npos) {
    url.user_info = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  std::string_view host = authority, port;
  const size_t host_end = authority.starts_with('[') ? authority.find(']') : 0;
  if (const size_t colon = authority.find(':', host_end == std::string_view::npos ? 0 : host_end);
      colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  url.host = ascii_lower_case(host);
  if (!is_host(url.host)) throw refused_url(whole, "no host name");
  url.port = url.scheme == "https" ? 443 : 80;
  if (port.empty()) return;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (error != std::errc() || end != port.data() + port.size() || url.port < 1 || url.port > 65535)
    throw refused_url(whole, "no port number");
}

/// A path without "." and "..".
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> parts;
  bool is_folder = false;
  for (size_t begin = 1; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    is_folder = part.empty() || part == "." || part == "..";
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (part != "." && !(part.empty() && end == path.size())) {
      parts.push_back(part);
    }
    begin = end + 1;
  }
  std::string out;
  for (const std::string_view part : parts) out.append("/").append(part);
  if (is_folder || out.empty()) out += '/';
  return out;
}

void read_path(Url& url, std::string_view text) {
  text = text.substr(0, text.find('#'));
  const size_t question = text.find('?');
  if (question != std::string_view::npos) url.query = text.substr(question + 1);
  const std::string_view path = text.substr(0, question);
  url.path = path.empty() ? "/" : without_dots(path);
}

}  // namespace

std::string Url::origin() const {
  const bool is_default = port == (scheme == "https" ? 443 : 80);
  return fmt::format("{}://{}{}", scheme, host, is_default ? "" : fmt::format(":{}", port));
}

std::string Url::text() const { return origin() + path + (query.empty() ? "" : "?" + query); }

bool Url::is_loopback() const {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") &&
         std::ranges::all_of(host, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

Url parse_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes) throw refused_url(text, fmt::format("longer than {} bytes", kMaxUrlBytes));
  if (!is_plain(text))
    throw refused_url(text, "a space, quote, backslash or other character that has to be percent-encoded");
  Url url;
  const size_t colon = text.find("://");
  url.scheme = ascii_lower_case(text.substr(0, colon));
  if (colon == std::string_view::npos || (url.scheme != "http" && url.scheme != "https"))
    throw refused_url(text, "another kind of address");
  const std::string_view rest = text.substr(colon + 3);
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  read_authority(url, rest.substr(0, end), text);
  read_path(url, rest.substr(end));
  return url;
}

Url resolve_url(const Url& base, std::string_view reference) {
  if (reference.starts_with("//")) return parse_url(base.scheme + ":" + std::string(reference));
  const size_t colon = reference.find(':');
  if (colon != std::string_view::npos && colon < reference.find_first_of("/?#")) return parse_url(reference);
  if (!is_plain(reference)) throw refused_url(reference, "characters that have to be percent-encoded");
  Url url = base;
  url.user_info.clear();
  if (reference.empty() || reference.starts_with('#')) return url;
  if (reference.starts_with('?')) {
    url.query = reference.substr(1, reference.find('#') - 1);
    return url;
  }
  url.query.clear();
  const std::string folder = reference.starts_with('/') ? "" : base.path.substr(0, base.path.rfind('/') + 1);
  read_path(url, folder + std::string(reference));
  if (url.text().size() > kMaxUrlBytes) throw refused_url(reference, "too long");
  return url;
}

std::string percent_encode(std::string_view text, bool keep_slashes) {
  std::string out;
  for (const char c : text) {
    if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~' || (keep_slashes && c == '/'))
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
      if (error == std::errc() && end == text.data() + i + 3) {
        out += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

}  // namespace vitrine::net
