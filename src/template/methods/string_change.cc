// Methods of strings that give a changed copy: strip, replace, upper, join, format, ...
#include <fmt/format.h>

#include <algorithm>

#include "template/code_points.h"
#include "template/format_spec.h"
#include "template/interpreter.h"
#include "template/methods/catalog.h"
#include "template/operators.h"
#include "template/text_operations.h"

namespace vitrine::templates {
namespace {

template <bool kLeft, bool kRight>
Value strip(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  const bool has_set = arguments.get_unless_none(0) != nullptr;
  const auto set = has_set ? std::optional<std::string_view>(arguments.text(0).bytes()) : std::nullopt;
  return Value::string(stripped(self.text(), set, kLeft, kRight, interpreter.budget()));
}

Value replace_method(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  return Value::string(replaced(self.text(), arguments.text(0).bytes(), arguments.text(1), arguments.integer_or(2, -1),
                                interpreter.budget()));
}

template <LetterCase kCase>
Value change_case_method(Interpreter& interpreter, const Value& self, const BoundArguments&) {
  return Value::string(with_case(self.text(), kCase, interpreter.budget()));
}

Value join_method(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  Text result;
  bool is_first = true;
  for (const Value& item : items_of(arguments.at(0), interpreter.budget())) {
    if (!is_first) result.append(self.text());
    is_first = false;
    result.append(require_text(item, "an item of join"));
    interpreter.budget().charge_bytes(self.text().size());
    interpreter.budget().check_length(result.size());
  }
  interpreter.budget().charge_string(result.size());
  return Value::string(std::move(result));
}

template <bool kPrefix>
Value remove_affix(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  const Text& text = self.text();
  const std::string& affix = arguments.text(0).bytes();
  interpreter.budget().charge_bytes(text.size());
  const bool matches = kPrefix ? text.bytes().starts_with(affix) : text.bytes().ends_with(affix);
  if (!matches) return self;
  return Value::string(kPrefix ? text.part(affix.size(), text.size()) : text.part(0, text.size() - affix.size()));
}

enum class Side { kLeft, kRight, kBoth };

template <Side kTextSide>
Value pad(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  const int64_t width = require_integer(arguments.at(0), "a width");
  const Text fill = arguments.get(1) != nullptr ? arguments.text(1) : Text(" ", Origin::kTemplate);
  if (count_code_points(fill.bytes()) != 1) fail("the fill of a padded text is one character");
  const int64_t missing = std::max<int64_t>(0, width - static_cast<int64_t>(count_code_points(self.bytes())));
  const int64_t left = kTextSide == Side::kLeft    ? 0
                       : kTextSide == Side::kRight ? missing
                                                   : missing / 2 + (missing & width & 1);
  Text result = repeated(fill, left, interpreter.budget());
  result.append(self.text());
  result.append(repeated(fill, missing - left, interpreter.budget()));
  interpreter.budget().charge_string(result.size());
  return Value::string(std::move(result));
}

Value zfill(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  const Text& text = self.text();
  const int64_t missing =
      require_integer(arguments.at(0), "a width") - static_cast<int64_t>(count_code_points(text.bytes()));
  const bool has_sign = text.bytes().starts_with('-') || text.bytes().starts_with('+');
  Text result = text.part(0, has_sign);
  result.append(repeated(Text("0", text.origin()), missing, interpreter.budget()));
  result.append(text, has_sign, text.size());
  return Value::string(std::move(result));
}

/// Follows a replacement field such as `0`, `name.attribute` or `name[key]`.
Value field_value(Interpreter& interpreter, const Arguments& arguments, std::string_view field) {
  const size_t name_end = std::min(field.find_first_of(".["), field.size());
  const std::string name(field.substr(0, name_end));
  std::string_view rest = field.substr(name_end);
  const bool is_number = name.find_first_not_of("0123456789") == std::string::npos && !name.empty() && name.size() < 9;
  const auto named =
      std::ranges::find_if(arguments.keyword, [&](const auto& argument) { return argument.first == name; });
  const size_t place = is_number ? std::stoul(name) : arguments.positional.size();
  if (is_number ? place >= arguments.positional.size() : named == arguments.keyword.end())
    fail(fmt::format("format: there is no argument for field '{}'", field));
  Value value = is_number ? arguments.positional[place] : named->second;
  while (!rest.empty()) {
    const bool is_item = rest.front() == '[';
    const size_t end = is_item ? rest.find(']') : std::min(rest.find_first_of(".[", 1), rest.size());
    if (end == std::string_view::npos || end == 1) fail("format: a field cannot be read");
    const std::string key(rest.substr(1, end - 1));
    const bool is_index = is_item && key.size() < 9 && key.find_first_not_of("0123456789") == std::string::npos;
    value = !is_item   ? interpreter.attribute(value, key)
            : is_index ? interpreter.item(value, Value::integer(std::stol(key)))
                       : interpreter.item(value, Value::string(key, Origin::kTemplate));
    rest.remove_prefix(end + is_item);
  }
  return value;
}

Value format_method(Interpreter& interpreter, const Value& self, const BoundArguments& arguments) {
  return Value::string(format_braces(
      self.text(), [&](std::string_view field) { return field_value(interpreter, arguments.raw(), field); },
      interpreter.budget()));
}

constexpr NativeFunction kMethods[] = {
    {"capitalize", {}, 0, change_case_method<LetterCase::kCapitalized>},
    {"center", {"width", "fillchar"}, 1, pad<Side::kBoth>},
    {"format", {}, 0, format_method, true},
    {"join", {"iterable"}, 1, join_method},
    {"ljust", {"width", "fillchar"}, 1, pad<Side::kLeft>},
    {"lower", {}, 0, change_case_method<LetterCase::kLower>},
    {"lstrip", {"chars"}, 0, strip<true, false>},
    {"removeprefix", {"prefix"}, 1, remove_affix<true>},
    {"removesuffix", {"suffix"}, 1, remove_affix<false>},
    {"replace", {"old", "new", "count"}, 2, replace_method},
    {"rjust", {"width", "fillchar"}, 1, pad<Side::kRight>},
    {"rstrip", {"chars"}, 0, strip<false, true>},
    {"strip", {"chars"}, 0, strip<true, true>},
    {"swapcase", {}, 0, change_case_method<LetterCase::kSwapped>},
    {"title", {}, 0, change_case_method<LetterCase::kTitle>},
    {"upper", {}, 0, change_case_method<LetterCase::kUpper>},
    {"zfill", {"width"}, 1, zfill},
};

}  // namespace

std::span<const NativeFunction> string_change_methods() { return kMethods; }

}  // namespace vitrine::templates
