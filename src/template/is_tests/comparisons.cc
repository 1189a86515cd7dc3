// Tests that compare a value with another one.
#include "template/interpreter.h"
#include "template/is_tests/catalog.h"
#include "template/operators.h"

namespace vitrine::templates {
namespace {

template <Operator kOperator>
bool is_related(Interpreter& interpreter, const Value& value, const BoundArguments& arguments) {
  return compares(kOperator, value, arguments.at(0), interpreter.budget());
}

bool leaves(Interpreter& interpreter, const Value& value, const Value& divisor, int64_t rest) {
  Budget& budget = interpreter.budget();
  return compares(Operator::kEqual, arithmetic(Operator::kModulo, value, divisor, budget), Value::integer(rest),
                  budget);
}

template <int kRest>
bool is_parity(Interpreter& interpreter, const Value& value, const BoundArguments&) {
  return leaves(interpreter, value, Value::integer(2), kRest);
}

bool is_divisible(Interpreter& interpreter, const Value& value, const BoundArguments& arguments) {
  return leaves(interpreter, value, arguments.at(0), 0);
}

bool is_same(Interpreter& interpreter, const Value& value, const BoundArguments& arguments) {
  interpreter.budget().charge(1 + value.weight());
  return value.same_as(arguments.at(0));
}

constexpr NativeTest kTests[] = {
    {"!=", 1, is_related<Operator::kNotEqual>},
    {"<", 1, is_related<Operator::kLess>},
    {"<=", 1, is_related<Operator::kLessEqual>},
    {"==", 1, is_related<Operator::kEqual>},
    {">", 1, is_related<Operator::kGreater>},
    {">=", 1, is_related<Operator::kGreaterEqual>},
    {"divisibleby", 1, is_divisible},
    {"eq", 1, is_related<Operator::kEqual>},
    {"equalto", 1, is_related<Operator::kEqual>},
    {"even", 0, is_parity<0>},
    {"ge", 1, is_related<Operator::kGreaterEqual>},
    {"greaterthan", 1, is_related<Operator::kGreater>},
    {"gt", 1, is_related<Operator::kGreater>},
    {"in", 1, is_related<Operator::kIn>},
    {"le", 1, is_related<Operator::kLessEqual>},
    {"lessthan", 1, is_related<Operator::kLess>},
    {"lt", 1, is_related<Operator::kLess>},
    {"ne", 1, is_related<Operator::kNotEqual>},
    {"odd", 0, is_parity<1>},
    {"sameas", 1, is_same},
};

}  // namespace

std::span<const NativeTest> comparison_tests() { return kTests; }

}  // namespace vitrine::templates
