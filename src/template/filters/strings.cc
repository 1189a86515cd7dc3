// Filters that make text.
#include <fmt/format.h>

#include <algorithm>

#include "template/code_points.h"
#include "template/filters/catalog.h"
#include "template/format_spec.h"
#include "template/format_value.h"
#include "template/interpreter.h"
#include "template/operators.h"
#include "template/text_operations.h"
#include "template/unicode/characters.h"

namespace vitrine::templates {
namespace {

Text text_of(Interpreter& interpreter, const Value& value) { return to_text(value, interpreter.budget()); }

template <LetterCase kCase>
Value change_case(Interpreter& interpreter, const Value& input, const BoundArguments&) {
  return Value::string(with_case(text_of(interpreter, input), kCase, interpreter.budget()));
}

/// Upper case after spaces and opening brackets, lower case elsewhere: not what str.title does.
Value title(Interpreter& interpreter, const Value& input, const BoundArguments&) {
  const Text text = text_of(interpreter, input);
  interpreter.budget().charge(1 + text.size());
  Text result;
  bool at_start = true;
  for (size_t at = 0; at < text.size();) {
    const auto [character, length] = code_point_at(text.bytes(), at);
    std::string form;
    at_start ? append_upper(character, form) : append_lower(character, form);
    result.append(form, text.origin_of(at, at + 1));
    at_start =
        is_space(character) ||
        (character < 0x80 && std::string_view("-({[<").find(static_cast<char>(character)) != std::string_view::npos);
    at += length;
  }
  return Value::string(std::move(result));
}

Value trim(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const Text text = text_of(interpreter, input);
  const Value* characters = arguments.get_unless_none(0);
  const auto set = characters ? std::optional<std::string_view>(arguments.text(0).bytes()) : std::nullopt;
  return Value::string(stripped(text, set, true, true, interpreter.budget()));
}

Value replace(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const Text text = text_of(interpreter, input), old_text = text_of(interpreter, arguments.at(0)),
             new_text = text_of(interpreter, arguments.at(1));
  return Value::string(replaced(text, old_text.bytes(), new_text, arguments.integer_or(2, -1), interpreter.budget()));
}

Value string(Interpreter& interpreter, const Value& input, const BoundArguments&) {
  return Value::string(text_of(interpreter, input));
}

Value escape(Interpreter& interpreter, const Value& input, const BoundArguments&) {
  constexpr std::string_view kCharacters = "&<>'\"";
  constexpr std::string_view kForms[] = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
  const Text text = text_of(interpreter, input);
  Text result;
  for (size_t at = 0; at < text.size();) {
    const size_t found = std::min(text.bytes().find_first_of(kCharacters, at), text.size());
    result.append(text, at, found);
    if (found < text.size())
      result.append(kForms[kCharacters.find(text.bytes()[found])], text.origin_of(found, found + 1));
    at = found + 1;
  }
  interpreter.budget().charge_string(result.size());
  return Value::string(std::move(result));
}

Value center(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const Text text = text_of(interpreter, input);
  const int64_t width = arguments.integer_or(0, 80), length = static_cast<int64_t>(count_code_points(text.bytes()));
  const int64_t missing = std::max<int64_t>(0, width - length);
  // Python puts the odd blank on the left where the width is odd, too.
  const int64_t left = missing / 2 + (missing & width & 1);
  Budget& budget = interpreter.budget();
  Text result = repeated(Text(" ", Origin::kTemplate), left, budget);
  result.append(text);
  result.append(repeated(Text(" ", Origin::kTemplate), missing - left, budget));
  return Value::string(std::move(result));
}

Value indent(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  Budget& budget = interpreter.budget();
  const Value* width = arguments.get(0);
  const bool is_text = width != nullptr && width->is(Kind::kString);
  const Text margin =
      is_text ? width->text() : repeated(Text(" ", Origin::kTemplate), arguments.integer_or(0, 4), budget);
  Text text = require_text(input, "the input of indent");
  const Origin origin = text.origin();
  text.append("\n", origin);
  const bool indents_first = arguments.flag_or(1, false), indents_blank = arguments.flag_or(2, false);
  const std::vector<Text> lines = split_lines(text, false, budget);
  Text result;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) result.append("\n", origin);
    const bool indented = i == 0 ? indents_first : indents_blank || !lines[i].empty();
    // Whoever wrote the lines decided where margins stand.
    if (indented) result.append(margin.bytes(), merged(origin, margin.origin()));
    result.append(lines[i]);
    budget.charge_bytes(margin.size() + lines[i].size());
    budget.check_length(result.size());
  }
  return Value::string(std::move(result));
}

Value truncate(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  Budget& budget = interpreter.budget();
  const int64_t length = arguments.integer_or(0, 255), leeway = arguments.integer_or(3, 5);
  const Text end = arguments.get(2) != nullptr ? arguments.text(2) : Text("...", Origin::kTemplate);
  const auto end_length = static_cast<int64_t>(count_code_points(end.bytes()));
  if (length < end_length || leeway < 0) fail("truncate: the length is too small");
  const std::optional<int64_t> input_length = length_of(input, budget);
  if (input_length && *input_length - leeway <= length) return input;
  Text result = sliced(require_text(input, "the input of truncate"), std::nullopt, length - end_length, 1, budget);
  if (!arguments.flag_or(1, false)) result = split_at(result, " ", 1, true, budget).front();
  result.append(end);
  return Value::string(std::move(result));
}

Value wordcount(Interpreter& interpreter, const Value& input, const BoundArguments&) {
  const Text text = text_of(interpreter, input);
  interpreter.budget().charge(1 + text.size());
  int64_t count = 0;
  bool in_word = false;
  for (size_t at = 0; at < text.size();) {
    const auto [character, length] = code_point_at(text.bytes(), at);
    const bool is_word = character == '_' || is_letter(character) || is_numeric(character);
    count += is_word && !in_word;
    in_word = is_word;
    at += length;
  }
  return Value::integer(count);
}

Value format(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const Arguments& raw = arguments.raw();
  if (!raw.positional.empty() && !raw.keyword.empty()) fail("format: give either positional or named arguments");
  Value values = Value::list(raw.positional, ListForm::kTuple);
  if (!raw.keyword.empty()) {
    std::vector<std::pair<Value, Value>> entries;
    for (const auto& [name, value] : raw.keyword) entries.emplace_back(Value::string(name, Origin::kTemplate), value);
    values = Value::dict(std::move(entries));
  }
  return Value::string(format_percent(text_of(interpreter, input), values, interpreter.budget()));
}

constexpr NativeFunction kStringFilters[] = {
    {"capitalize", {}, 0, change_case<LetterCase::kCapitalized>},
    {"center", {"width"}, 0, center},
    {"e", {}, 0, escape},
    {"escape", {}, 0, escape},
    {"format", {}, 0, format, true},
    {"indent", {"width", "first", "blank"}, 0, indent},
    {"lower", {}, 0, change_case<LetterCase::kLower>},
    {"replace", {"old", "new", "count"}, 2, replace},
    {"safe", {}, 0, string},
    {"string", {}, 0, string},
    {"title", {}, 0, title},
    {"trim", {"chars"}, 0, trim},
    {"truncate", {"length", "killwords", "end", "leeway"}, 0, truncate},
    {"upper", {}, 0, change_case<LetterCase::kUpper>},
    {"wordcount", {}, 0, wordcount},
};

}  // namespace

std::span<const NativeFunction> string_filters() { return kStringFilters; }

}  // namespace vitrine::templates
