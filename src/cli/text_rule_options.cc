#include "cli/text_rule_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/files.h"

namespace vitrine::cli {
namespace {

constexpr std::array<std::string_view, 3> kRules = {"json_schema", "regex", "grammar"};

/// Other JSON than an object: no schema, and rarely the name of a file.
bool is_other_json(std::string_view text) {
  const bool is_number = !text.empty() && text.find_first_not_of("+-.0123456789eE") == std::string_view::npos;
  return text.starts_with('[') || text.starts_with('"') || text == "null" || is_number;
}

/// A schema itself begins with a brace, or is true or false; anything else is the name of a file.
std::string schema_text(const std::string& value) {
  const size_t begin = value.find_first_not_of(" \t\r\n");
  const std::string_view text = std::string_view(value).substr(std::min(begin, value.size()));
  if (text.starts_with('{') || value == "true" || value == "false") return value;
  try {
    return read_file(value);
  } catch (const Error& error) {
    if (is_other_json(text))
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("--json-schema: no schema (got {}, expected an object, true or false)", excerpt(text)),
                  "for example '{\"type\": \"object\"}'");
    throw Error(error.code(), error.message(), "give a file, or the schema itself: '{\"type\": \"object\"}'");
  }
}

void refuse_what_excludes(const ParsedOptions& options) {
  std::string_view first;
  for (const std::string_view name : kRules) {
    if (!options.given(name)) continue;
    if (!first.empty())
      throw UsageError(fmt::format("{} and {} exclude one another", flag_text({.name = std::string(first)}),
                                   flag_text({.name = std::string(name)})),
                       "give one of them");
    first = name;
  }
  for (const std::string_view name : {"compact_json", "any_key_order", "longest_run"})
    if (options.given(name) && first != "json_schema")
      throw UsageError(fmt::format("{} goes with --json-schema", flag_text({.name = std::string(name)})),
                       "'--json-schema true' asks for any JSON");
}

}  // namespace

std::vector<OptionSpec> text_rule_options() {
  return {{.name = "json_schema",
           .help = "write JSON that this schema allows: a file, or the schema itself; true: any JSON",
           .value_name = "FILE|TEXT"},
          {.name = "regex", .help = "write a text that matches this expression as a whole", .value_name = "PATTERN"},
          {.name = "grammar", .help = "write a text of this grammar in GBNF notation", .value_name = "FILE"},
          {.name = "compact_json",
           .kind = OptionKind::kFlag,
           .help = "with --json-schema: the plainest spelling: no white space between the parts, no escape that need "
                   "not be, whole numbers without fraction and exponent"},
          {.name = "any_key_order",
           .kind = OptionKind::kFlag,
           .help = "with --json-schema: members in any order, not only the schema's"},
          {.name = "longest_run",
           .kind = OptionKind::kInteger,
           .fallback = std::to_string(infer::TextRule::kUsualLongestRun),
           .help = "with --json-schema: so many digits or blanks in a row at most, where the document can go on or end "
                   "without more; 0: any number",
           .min = 0,
           .max = 1'000'000}};
}

infer::TextRule text_rule(const ParsedOptions& options, const schema::Grammar& grammar,
                          const model::LoadedModel& model) {
  return {.grammar = grammar,
          .vocabulary = infer::make_vocabulary(model.tokenizer, model.end_ids),
          .spell = infer::make_speller(model.tokenizer),
          .longest_run = static_cast<size_t>(options.integer("longest_run"))};
}

std::optional<schema::Grammar> text_grammar(const ParsedOptions& options) {
  refuse_what_excludes(options);
  if (options.given("regex")) return schema::compile_regex(options.text("regex"));
  if (options.given("grammar")) return schema::compile_gbnf(read_file(options.text("grammar")));
  if (!options.given("json_schema")) return std::nullopt;
  const bool is_compact = options.flag("compact_json");
  return schema::compile_json_schema(schema_text(options.text("json_schema")),
                                     {.compact = is_compact,
                                      .any_key_order = options.flag("any_key_order"),
                                      .minimal_escapes = is_compact,
                                      .plain_integers = is_compact});
}

}  // namespace vitrine::cli
