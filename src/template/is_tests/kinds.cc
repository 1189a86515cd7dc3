// Tests of what a value is.
#include "template/code_points.h"
#include "template/filters/catalog.h"
#include "template/format_value.h"
#include "template/interpreter.h"
#include "template/is_tests/catalog.h"
#include "template/unicode/characters.h"

namespace vitrine::templates {
namespace {

template <Kind... kKinds>
bool is_one_of(Interpreter&, const Value& value, const BoundArguments&) {
  return (value.is(kKinds) || ...);
}

bool is_defined(Interpreter&, const Value& value, const BoundArguments&) { return !value.is(Kind::kUndefined); }

template <bool kWanted>
bool is_boolean_of(Interpreter&, const Value& value, const BoundArguments&) {
  return value.is(Kind::kBoolean) && value.as_boolean() == kWanted;
}

/// What has a length and items by index.
bool is_sequence(Interpreter&, const Value& value, const BoundArguments&) {
  if (value.is(Kind::kList)) return value.list().form <= ListForm::kRange;
  return value.is(Kind::kString) || value.is(Kind::kDict) || value.is(Kind::kUndefined);
}

bool is_escaped(Interpreter&, const Value&, const BoundArguments&) { return false; }

/// Tells whether all letters with case are of one case, and there is one.
bool has_one_case(Interpreter& interpreter, const Value& value, bool (*wanted)(uint32_t), bool (*unwanted)(uint32_t)) {
  const Text text = to_text(value, interpreter.budget());
  interpreter.budget().charge(1 + text.size());
  bool found = false;
  for (size_t at = 0; at < text.size();) {
    const auto [character, length] = code_point_at(text.bytes(), at);
    if (unwanted(character)) return false;
    found = found || wanted(character);
    at += length;
  }
  return found;
}

bool is_lower_text(Interpreter& interpreter, const Value& value, const BoundArguments&) {
  return has_one_case(interpreter, value, is_lower, is_upper);
}

bool is_upper_text(Interpreter& interpreter, const Value& value, const BoundArguments&) {
  return has_one_case(interpreter, value, is_upper, is_lower);
}

bool is_filter(Interpreter&, const Value& value, const BoundArguments&) {
  return value.is(Kind::kString) && find_filter(value.bytes()) != nullptr;
}

bool is_test(Interpreter&, const Value& value, const BoundArguments&) {
  return value.is(Kind::kString) && find_test(value.bytes()) != nullptr;
}

// An undefined value counts as callable: Python's has a __call__ that raises.
constexpr NativeTest kKindTests[] = {
    {"boolean", 0, is_one_of<Kind::kBoolean>},
    {"callable", 0, is_one_of<Kind::kCallable, Kind::kLoop, Kind::kUndefined>},
    {"defined", 0, is_defined},
    {"escaped", 0, is_escaped},
    {"false", 0, is_boolean_of<false>},
    {"filter", 0, is_filter},
    {"float", 0, is_one_of<Kind::kReal>},
    {"integer", 0, is_one_of<Kind::kInteger, Kind::kBigInteger>},
    {"iterable", 0, is_one_of<Kind::kString, Kind::kList, Kind::kDict, Kind::kUndefined, Kind::kLoop>},
    {"lower", 0, is_lower_text},
    {"mapping", 0, is_one_of<Kind::kDict>},
    {"none", 0, is_one_of<Kind::kNone>},
    {"number", 0, is_one_of<Kind::kBoolean, Kind::kInteger, Kind::kBigInteger, Kind::kReal>},
    {"sequence", 0, is_sequence},
    {"string", 0, is_one_of<Kind::kString>},
    {"test", 0, is_test},
    {"true", 0, is_boolean_of<true>},
    {"undefined", 0, is_one_of<Kind::kUndefined>},
    {"upper", 0, is_upper_text},
};

}  // namespace

std::span<const NativeTest> kind_tests() { return kKindTests; }

}  // namespace vitrine::templates
