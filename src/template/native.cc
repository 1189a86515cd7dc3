#include "template/native.h"

#include <fmt/format.h>

#include <algorithm>

#include "template/limits.h"

namespace vitrine::templates {

BoundArguments::BoundArguments(std::string_view function, const ParameterNames& parameters, int required,
                               const Arguments& arguments)
    : raw_(&arguments) {
  const auto count = static_cast<size_t>(std::ranges::find(parameters, "") - parameters.begin());
  if (arguments.positional.size() > count)
    fail(fmt::format("{}: too many arguments (got {}, expected at most {})", function, arguments.positional.size(),
                     count));
  for (size_t i = 0; i < arguments.positional.size(); ++i) values_[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.keyword) {
    const auto place = static_cast<size_t>(std::ranges::find(parameters, name) - parameters.begin());
    if (place >= count) fail(fmt::format("{}: there is no argument '{}'", function, name));
    if (values_[place] != nullptr) fail(fmt::format("{}: argument '{}' is given twice", function, name));
    values_[place] = &value;
  }
  for (int i = 0; i < required; ++i) {
    if (get(i) == nullptr)
      fail(fmt::format("{}: argument '{}' is missing", function, parameters[static_cast<size_t>(i)]));
  }
}

const Value* BoundArguments::get_unless_none(int index) const {
  const Value* value = get(index);
  return value == nullptr || value->is(Kind::kNone) ? nullptr : value;
}

int64_t BoundArguments::integer_or(int index, int64_t otherwise) const {
  const Value* value = get_unless_none(index);
  return value == nullptr ? otherwise : require_integer(*value, "an argument");
}

bool BoundArguments::flag_or(int index, bool otherwise) const {
  return get(index) == nullptr ? otherwise : is_true(at(index));
}

const Text& BoundArguments::text(int index) const { return require_text(at(index), "an argument"); }

Value call_native(Interpreter& interpreter, const NativeFunction& native, const Value& self,
                  const Arguments& arguments) {
  if (native.variadic) return native.call(interpreter, self, BoundArguments(arguments));
  return native.call(interpreter, self, BoundArguments(native.name, native.parameters, native.required, arguments));
}

bool call_native_test(Interpreter& interpreter, const NativeTest& test, const Value& value,
                      const Arguments& arguments) {
  const ParameterNames parameters = {test.required > 0 ? "other" : ""};
  return test.holds(interpreter, value, BoundArguments(test.name, parameters, test.required, arguments));
}

int64_t require_integer(const Value& value, std::string_view what) {
  if (value.is(Kind::kInteger)) return value.as_integer();
  if (value.is(Kind::kBoolean)) return value.as_boolean();
  if (value.is(Kind::kUndefined)) fail(value.undefined_name());
  fail(fmt::format("{} needs to be an integer of 64 bits (got '{}')", what, type_name(value)));
}

const Text& require_text(const Value& value, std::string_view what) {
  if (value.is(Kind::kString)) return value.text();
  if (value.is(Kind::kUndefined)) fail(value.undefined_name());
  fail(fmt::format("{} needs to be a string (got '{}')", what, type_name(value)));
}

}  // namespace vitrine::templates
