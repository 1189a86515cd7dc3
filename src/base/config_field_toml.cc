// The only file that includes toml++.
#include <fmt/format.h>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "base/config_field.h"
#include "base/error.h"

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

}  // namespace

void fields_from_toml(ConfigFields& fields, std::string_view toml_text, std::string_view where) {
  const toml::parse_result result = toml::parse(toml_text);
  if (!result)
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: {} (line {})", where, result.error().description(), result.error().source().begin.line),
        "a config is a TOML file of key = value lines");
  apply(fields, result.table(), where);
}

}  // namespace vitrine
