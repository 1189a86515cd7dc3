// Filters that apply another filter or a test to each item.
#include <fmt/format.h>

#include "template/filters/catalog.h"
#include "template/interpreter.h"
#include "template/operators.h"

namespace vitrine::templates {
namespace {

Value result_of(std::vector<Value> items) { return Value::list(std::move(items), ListForm::kGenerator); }

/// Leaves out the first `count` positional arguments.
Arguments rest_of(const Arguments& arguments, size_t count) {
  return {.positional = {arguments.positional.begin() + static_cast<ptrdiff_t>(count), arguments.positional.end()},
          .keyword = arguments.keyword};
}

Value map_attribute(Interpreter& interpreter, const Value& input, const Arguments& arguments) {
  const Value* attribute = nullptr;
  const Value* otherwise = nullptr;
  for (const auto& [name, value] : arguments.keyword) {
    if (name == "attribute") {
      attribute = &value;
    } else if (name == "default") {
      otherwise = value.is(Kind::kNone) ? nullptr : &value;
    } else {
      fail(fmt::format("map: there is no argument '{}'", name));
    }
  }
  if (attribute == nullptr) fail("map: give the name of a filter, or attribute=");
  std::vector<Value> mapped;
  for (const Value& item : items_of(input, interpreter.budget())) {
    Value value = interpreter.path(item, *attribute);
    mapped.push_back(value.is(Kind::kUndefined) && otherwise != nullptr ? *otherwise : std::move(value));
  }
  return result_of(std::move(mapped));
}

Value map(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const Arguments& raw = arguments.raw();
  if (!is_true(input)) return result_of({});
  if (raw.positional.empty()) return map_attribute(interpreter, input, raw);
  const std::string& name = require_text(raw.positional.front(), "the name of a filter").bytes();
  const Arguments rest = rest_of(raw, 1);
  std::vector<Value> mapped;
  for (const Value& item : items_of(input, interpreter.budget()))
    mapped.push_back(interpreter.call_filter(name, item, rest));
  return result_of(std::move(mapped));
}

template <bool kKeeps, bool kByAttribute>
Value choose(Interpreter& interpreter, const Value& input, const BoundArguments& arguments) {
  const Arguments& raw = arguments.raw();
  if (!is_true(input)) return result_of({});
  const size_t skipped = kByAttribute ? 1 : 0;
  if (raw.positional.size() < skipped) fail("the name of an attribute is missing");
  const bool has_test = raw.positional.size() > skipped;
  const Arguments rest = rest_of(raw, skipped + has_test);
  std::vector<Value> chosen;
  for (Value& item : items_of(input, interpreter.budget())) {
    const Value subject = kByAttribute ? interpreter.path(item, raw.positional.front()) : item;
    const bool holds =
        has_test
            ? interpreter.call_test(require_text(raw.positional[skipped], "the name of a test").bytes(), subject, rest)
            : is_true(subject);
    if (holds == kKeeps) chosen.push_back(std::move(item));
  }
  return result_of(std::move(chosen));
}

constexpr NativeFunction kSelectionFilters[] = {
    {"map", {}, 0, map, true},
    {"reject", {}, 0, choose<false, false>, true},
    {"rejectattr", {}, 0, choose<false, true>, true},
    {"select", {}, 0, choose<true, false>, true},
    {"selectattr", {}, 0, choose<true, true>, true},
};

}  // namespace

std::span<const NativeFunction> selection_filters() { return kSelectionFilters; }

}  // namespace vitrine::templates
