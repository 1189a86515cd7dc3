// Filters over any value: default, attr, tojson.
#include <fmt/format.h>

#include "template/filters/catalog.h"
#include "template/interpreter.h"
#include "template/json.h"
#include "template/methods/catalog.h"
#include "template/text_operations.h"

namespace vitrine::templates {
namespace {

Value use_default(Interpreter&, const Value& input, const BoundArguments& arguments) {
  const bool is_missing = input.is(Kind::kUndefined) || (arguments.flag_or(1, false) && !is_true(input));
  if (!is_missing) return input;
  return arguments.get(0) != nullptr ? arguments.at(0) : Value::string("", Origin::kTemplate);
}

/// An attribute, but not an item: a dict has methods only.
Value attribute(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const std::string& name = arguments.text(0).bytes();
  if (input.is(Kind::kDict) && find_method(input, name) == nullptr)
    return Value::undefined(fmt::format("a dict has no attribute '{}'", name));
  return interpreter.attribute(input, name);
}

void read_separators(const Value& separators, JsonLayout& layout) {
  const bool is_pair = separators.is(Kind::kList) && separators.list().items.size() == 2;
  if (!is_pair) fail("tojson: separators are a pair of strings");
  for (const bool is_key : {false, true}) {
    const Text& text = require_text(separators.list().items[is_key], "a separator");
    (is_key ? layout.key_separator : layout.item_separator) = text.bytes();
    layout.origin = merged(layout.origin, text.origin());
  }
}

/// As transformers has it: json.dumps, with non-ASCII characters kept and nothing escaped for HTML.
Value to_json(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  JsonLayout layout;
  layout.ascii_only = arguments.flag_or(0, false);
  layout.sort_keys = arguments.flag_or(3, false);
  if (const Value* indent = arguments.get_unless_none(1)) {
    layout.item_separator.resize(1);  // the blank would stand at the end of the line
    const Text level = indent->is(Kind::kString) ? indent->text()
                                                 : repeated(Text(" ", Origin::kTemplate),
                                                            require_integer(*indent, "indent"), interpreter.budget());
    layout.indent = level.bytes();
    layout.origin = level.origin();
  }
  if (const Value* separators = arguments.get_unless_none(2)) read_separators(*separators, layout);
  return Value::string(write_json(input, layout, interpreter.budget()));
}

constexpr NativeFunction kValueFilters[] = {
    {"attr", {"name"}, 1, attribute},
    {"d", {"default_value", "boolean"}, 0, use_default},
    {"default", {"default_value", "boolean"}, 0, use_default},
    {"tojson", {"ensure_ascii", "indent", "separators", "sort_keys"}, 0, to_json},
};

}  // namespace

std::span<const NativeFunction> value_filters() { return kValueFilters; }

}  // namespace vitrine::templates
