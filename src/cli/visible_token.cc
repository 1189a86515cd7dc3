#include "cli/visible_token.h"

#include <fmt/format.h>

namespace vitrine::cli {
namespace {

/// Length of the UTF-8 character at the front, or 0 when the bytes there are none.
size_t character_length(std::string_view bytes) {
  const auto at = [&](size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
  const unsigned lead = at(0);
  const size_t length = lead < 0x80                   ? 1
                        : lead >= 0xC2 && lead < 0xE0 ? 2
                        : (lead & 0xF0) == 0xE0       ? 3
                        : lead >= 0xF0 && lead < 0xF5 ? 4
                                                      : 0;
  for (size_t i = 1; i < length; ++i)
    if ((at(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xF0 && at(1) < 0x90);
  const bool outside = (lead == 0xED && at(1) > 0x9F) || (lead == 0xF4 && at(1) > 0x8F);
  return overlong || outside ? 0 : length;
}

}  // namespace

std::string visible_token(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const size_t length = character_length(bytes);
    const auto lead = static_cast<unsigned char>(bytes[0]);
    if (lead == ' ')
      out += "␣";
    else if (lead == '\n')
      out += "⏎";
    else if (length == 0 || lead < 0x20 || lead == 0x7F)
      out += fmt::format("\\x{:02X}", lead);
    else
      out += bytes.substr(0, length);
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string valid_utf8(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const size_t length = character_length(bytes);
    out += length == 0 ? "\uFFFD" : bytes.substr(0, length);
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace vitrine::cli
