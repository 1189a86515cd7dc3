// The only file that includes toml++.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace vitrine {
namespace {

/// Some malformed input trips assertions of toml++, which by default end the program.
[[noreturn]] void refuse_toml() {
  throw Error(ErrorCode::kInvalidArgument, "malformed TOML", "a config is a TOML file of key = value lines");
}

}  // namespace
}  // namespace vitrine

#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : ::vitrine::refuse_toml())
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "base/config_field.h"

namespace vitrine {
namespace {

std::string value_text(const toml::node& node, std::string_view key, std::string_view where) {
  if (const auto* text = node.as_string()) return text->get();
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
      set_field(fields, key.str(), value_text(node, key.str(), where), where);
    }
  }
}

/// The end of the string or comment that begins at `at`, or `at` itself where none does.
size_t text_end(std::string_view toml, size_t at) {
  const char quote = toml[at];
  if (quote == '#') return std::min(toml.find('\n', at), toml.size());
  if (quote != '"' && quote != '\'') return at;
  const bool is_multi_line = at + 2 < toml.size() && toml[at + 1] == quote && toml[at + 2] == quote;
  const std::string close(is_multi_line ? 3 : 1, quote);
  for (at += close.size(); at < toml.size(); ++at) {
    if (toml.substr(at, close.size()) == close) return at + close.size();
    if (!is_multi_line && toml[at] == '\n') return at;
    if (quote == '"' && toml[at] == '\\') ++at;
  }
  return toml.size();
}

/// toml++ 3.3 has undefined behaviour on most characters beyond ASCII outside strings and comments, where TOML has
/// none.
void refuse_stray_characters(std::string_view toml, std::string_view where) {
  for (size_t at = toml.starts_with("\xEF\xBB\xBF") ? 3 : 0; at < toml.size();) {
    if (const size_t end = text_end(toml, at); end > at) {
      at = end;
      continue;
    }
    if (static_cast<unsigned char>(toml[at]) >= 0x80)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{}: a character beyond ASCII outside a string (line {})", where,
                              1 + std::count(toml.begin(), toml.begin() + static_cast<std::ptrdiff_t>(at), '\n')),
                  "put quotes around text");
    ++at;
  }
}

}  // namespace

void fields_from_toml(ConfigFields& fields, std::string_view toml_text, std::string_view where) {
  refuse_stray_characters(toml_text, where);
  const toml::parse_result result = [&] {
    try {
      return toml::parse(toml_text);
    } catch (const Error& error) {
      throw error.wrapped(where);
    }
  }();
  if (!result)
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: {} (line {})", where, result.error().description(), result.error().source().begin.line),
        "a config is a TOML file of key = value lines");
  apply(fields, result.table(), where);
}

}  // namespace vitrine
