// The only file that includes toml++.
#include <fmt/format.h>

#include "base/error.h"

namespace vitrine {
namespace {

constexpr const char* kHint = "a config is a TOML file of key = value lines";

/// Some malformed input trips assertions of toml++, which by default end the program.
[[noreturn]] void refuse_toml() { throw Error(ErrorCode::kInvalidArgument, "malformed TOML", kHint); }

}  // namespace
}  // namespace vitrine

#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : ::vitrine::refuse_toml())
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "base/config_field.h"

namespace vitrine {
namespace {

/// toml++ 3.3 has undefined behaviour on most characters beyond ASCII outside strings, so it never sees any: here they
/// become %XX, as % itself does.
std::string ascii_of(std::string_view text) {
  std::string ascii;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || c == '%')
      ascii += fmt::format("%{:02X}", byte);
    else
      ascii += c;
  }
  return ascii;
}

/// Undoes ascii_of().
std::string text_of(std::string_view ascii) {
  const auto digit = [&](size_t at) {
    const char c = at < ascii.size() ? ascii[at] : ' ';
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string text;
  for (size_t at = 0; at < ascii.size(); ++at) {
    if (ascii[at] == '%' && digit(at + 1) >= 0 && digit(at + 2) >= 0) {
      text += static_cast<char>(16 * digit(at + 1) + digit(at + 2));
      at += 2;
    } else {
      text += ascii[at];
    }
  }
  return text;
}

std::string value_text(const toml::node& node, std::string_view key, std::string_view where) {
  if (const auto* text = node.as_string()) return text_of(text->get());
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (const auto* real = node.as_floating_point()) return fmt::format("{}", real->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: '{}' must be a text, a number, true or false (line {})",
                                                       where, excerpt(key), node.source().begin.line));
}

void apply(ConfigFields& fields, const toml::table& table, std::string_view where) {
  for (const auto& [key, node] : table) {
    if (const auto* inner = node.as_table()) {
      apply(fields, *inner, where);
    } else {
      const std::string name = text_of(key.str());
      set_field(fields, name, value_text(node, name, where), where);
    }
  }
}

toml::parse_result parse(std::string_view toml_text, std::string_view where) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (toml_text.starts_with(kByteOrderMark)) toml_text.remove_prefix(kByteOrderMark.size());
  try {
    return toml::parse(ascii_of(toml_text));
  } catch (const Error& error) {
    throw error.wrapped(where);
  }
}

}  // namespace

void fields_from_toml(ConfigFields& fields, std::string_view toml_text, std::string_view where) {
  const toml::parse_result result = parse(toml_text, where);
  if (!result)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: {} (line {})", where, excerpt(text_of(result.error().description()), 300),
                            result.error().source().begin.line),
                kHint);
  apply(fields, result.table(), where);
}

}  // namespace vitrine
