#include "template/operators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "template/code_points.h"
#include "template/compare.h"
#include "template/format_spec.h"
#include "template/native.h"
#include "template/text_operations.h"

namespace vitrine::templates {
namespace {

constexpr std::string_view kSigns[] = {"+", "-", "*", "/", "//", "%", "**"};

[[noreturn]] void refuse_types(Operator operation, const Value& left, const Value& right) {
  for (const Value* side : {&left, &right}) {
    if (side->is(Kind::kUndefined)) fail(side->undefined_name());
  }
  fail(fmt::format("'{}' does not work between '{}' and '{}'", kSigns[static_cast<int>(operation)], type_name(left),
                   type_name(right)),
       "turn one of them into the other's type, as with | string");
}

[[noreturn]] void refuse_big() { fail("an integer gets beyond 64 bits"); }

bool is_whole(const Value& value) { return value.is(Kind::kInteger) || value.is(Kind::kBoolean); }
int64_t whole(const Value& value) { return value.is(Kind::kBoolean) ? value.as_boolean() : value.as_integer(); }
double real(const Value& value) { return value.is(Kind::kReal) ? value.as_real() : static_cast<double>(whole(value)); }

int64_t floor_divide(int64_t a, int64_t b) {
  if (a == INT64_MIN && b == -1) refuse_big();
  const int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int64_t modulo(int64_t a, int64_t b) {
  if (b == -1) return 0;
  const int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

double real_modulo(double a, double b) {
  const double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(0.0, b);
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

double real_floor_divide(double a, double b) {
  const double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double floored = std::floor(quotient);
  return quotient - floored > 0.5 ? floored + 1 : floored;
}

int64_t power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) refuse_big();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) refuse_big();
  }
  return result;
}

double real_power(double base, double exponent) {
  if (base == 0 && exponent < 0) fail("0 has no negative power");
  if (base < 0 && std::isfinite(exponent) && exponent != std::floor(exponent))
    fail("a negative number has no such power");
  const double result = std::pow(base, exponent);
  if (std::isinf(result) && std::isfinite(base) && std::isfinite(exponent)) fail("a power gets too large");
  return result;
}

int64_t whole_arithmetic(Operator operation, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflows = false;
  switch (operation) {
    case Operator::kAdd:
      overflows = __builtin_add_overflow(a, b, &result);
      break;
    case Operator::kSubtract:
      overflows = __builtin_sub_overflow(a, b, &result);
      break;
    case Operator::kMultiply:
      overflows = __builtin_mul_overflow(a, b, &result);
      break;
    case Operator::kFloorDivide:
      return floor_divide(a, b);
    case Operator::kModulo:
      return modulo(a, b);
    default:
      return power(a, b);
  }
  if (overflows) refuse_big();
  return result;
}

double real_arithmetic(Operator operation, double a, double b) {
  switch (operation) {
    case Operator::kAdd:
      return a + b;
    case Operator::kSubtract:
      return a - b;
    case Operator::kMultiply:
      return a * b;
    case Operator::kDivide:
      return a / b;
    case Operator::kFloorDivide:
      return real_floor_divide(a, b);
    case Operator::kModulo:
      return real_modulo(a, b);
    default:
      return real_power(a, b);
  }
}

Value number_arithmetic(Operator operation, const Value& left, const Value& right) {
  if (left.is(Kind::kBigInteger) || right.is(Kind::kBigInteger)) refuse_big();
  const Origin origin = merged(left.origin(), right.origin());
  const bool divides =
      operation == Operator::kDivide || operation == Operator::kFloorDivide || operation == Operator::kModulo;
  if (divides && real(right) == 0) fail("division by zero");
  const bool negative_power = operation == Operator::kPower && is_whole(right) && whole(right) < 0;
  if (is_whole(left) && is_whole(right) && operation != Operator::kDivide && !negative_power)
    return Value::integer(whole_arithmetic(operation, whole(left), whole(right)), origin);
  return Value::real(real_arithmetic(operation, real(left), real(right)), origin);
}

Value repeated_list(const List& list, int64_t count, Budget& budget) {
  std::vector<Value> items;
  if (!list.items.empty() && count > 0) {
    if (static_cast<uint64_t>(count) > budget.work_left()) budget.charge(UINT64_MAX);
    budget.charge_items(list.items.size() * static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) items.insert(items.end(), list.items.begin(), list.items.end());
  }
  return Value::list(std::move(items), list.form);
}

bool is_array(const Value& value) { return value.is_list(ListForm::kList) || value.is_list(ListForm::kTuple); }

Value sum_of(const Value& left, const Value& right, Budget& budget) {
  if (left.is(Kind::kString) && right.is(Kind::kString)) {
    budget.charge_string(left.text().size() + right.text().size());
    Text text = left.text();
    text.append(right.text());
    return Value::string(std::move(text));
  }
  if (is_array(left) && is_array(right) && left.list().form == right.list().form) {
    budget.charge_items(left.list().items.size() + right.list().items.size());
    std::vector<Value> items = left.list().items;
    items.insert(items.end(), right.list().items.begin(), right.list().items.end());
    return Value::list(std::move(items), left.list().form);
  }
  refuse_types(Operator::kAdd, left, right);
}

Value product_of(const Value& left, const Value& right, Budget& budget) {
  if (is_whole(left) && !is_whole(right)) return product_of(right, left, budget);
  if (left.is(Kind::kString) && is_whole(right)) return Value::string(repeated(left.text(), whole(right), budget));
  if (is_array(left) && is_whole(right)) return repeated_list(left.list(), whole(right), budget);
  refuse_types(Operator::kMultiply, left, right);
}

}  // namespace

Value arithmetic(Operator operation, const Value& left, const Value& right, Budget& budget) {
  if (left.is_number() && right.is_number()) return number_arithmetic(operation, left, right);
  if (operation == Operator::kAdd) return sum_of(left, right, budget);
  if (operation == Operator::kMultiply) return product_of(left, right, budget);
  if (operation == Operator::kModulo && left.is(Kind::kString) && !right.is(Kind::kUndefined))
    return Value::string(format_percent(left.text(), right, budget));
  refuse_types(operation, left, right);
}

bool compares(Operator operation, const Value& left, const Value& right, Budget& budget) {
  if (operation == Operator::kIn || operation == Operator::kNotIn) {
    if (right.is(Kind::kString)) budget.charge_bytes(right.text().size());
    if (right.is(Kind::kDict)) budget.charge(left.weight());
    if (right.is(Kind::kList)) {
      for (const Value& item : right.list().items) budget.charge(std::min(item.weight(), left.weight()));
    }
    return contains(right, left) == (operation == Operator::kIn);
  }
  budget.charge(std::min(left.weight(), right.weight()));
  if (operation == Operator::kEqual) return equal(left, right);
  if (operation == Operator::kNotEqual) return !equal(left, right);
  const bool is_less = operation == Operator::kLess || operation == Operator::kLessEqual;
  const bool or_equal = operation == Operator::kLessEqual || operation == Operator::kGreaterEqual;
  const int comparison = ordered(left, right, is_less ? (or_equal ? "<=" : "<") : (or_equal ? ">=" : ">"));
  if (comparison == 0) return or_equal;
  return comparison == (is_less ? -1 : 1);
}

Value with_sign(const Value& value, bool negative) {
  if (value.is(Kind::kUndefined)) fail(value.undefined_name());
  if (!value.is_number()) fail(fmt::format("a sign does not go before a value of type '{}'", type_name(value)));
  if (value.is(Kind::kReal)) return Value::real(negative ? -value.as_real() : value.as_real(), value.origin());
  if (value.is(Kind::kBigInteger)) refuse_big();
  if (!negative) return Value::integer(whole(value), value.origin());
  if (whole(value) == INT64_MIN) refuse_big();
  return Value::integer(-whole(value), value.origin());
}

Value slice_of(const Value& object, const Value* start, const Value* stop, const Value* step, Budget& budget) {
  const auto bound = [](const Value* value) -> std::optional<int64_t> {
    if (value == nullptr || value->is(Kind::kNone)) return std::nullopt;
    return require_integer(*value, "the bound of a slice");
  };
  const std::optional<int64_t> first = bound(start), last = bound(stop);
  const int64_t stride = bound(step).value_or(1);
  if (object.is(Kind::kString)) return Value::string(sliced(object.text(), first, last, stride, budget));
  if (object.is(Kind::kUndefined)) fail(object.undefined_name());
  if (!object.is(Kind::kList) || object.list().form > ListForm::kRange)
    fail(fmt::format("a value of type '{}' cannot be sliced", type_name(object)));
  const std::vector<Value>& items = object.list().items;
  const SlicePlan plan = plan_slice(first, last, stride, static_cast<int64_t>(items.size()));
  budget.charge_items(static_cast<size_t>(plan.count));
  std::vector<Value> chosen;
  chosen.reserve(static_cast<size_t>(plan.count));
  for (int64_t i = 0; i < plan.count; ++i) chosen.push_back(items[static_cast<size_t>(plan.start + i * plan.step)]);
  return Value::list(std::move(chosen), object.is_list(ListForm::kTuple) ? ListForm::kTuple : ListForm::kList);
}

std::vector<Value> items_of(const Value& value, Budget& budget) {
  std::vector<Value> items;
  switch (value.kind()) {
    case Kind::kUndefined:
      break;
    case Kind::kString:
      for (Text& symbol : symbols(value.text(), budget)) items.push_back(Value::string(std::move(symbol)));
      break;
    case Kind::kList: {
      const List& list = value.list();
      budget.charge_items(list.items.size());
      items.assign(list.items.begin() + static_cast<ptrdiff_t>(list.taken), list.items.end());
      if (list.form == ListForm::kGenerator) list.taken = list.items.size();
      break;
    }
    case Kind::kDict:
      budget.charge_items(value.dict().entries.size());
      for (const auto& [key, entry] : value.dict().entries) items.push_back(key);
      break;
    default:
      fail(fmt::format("a value of type '{}' cannot be iterated", type_name(value)));
  }
  return items;
}

std::optional<int64_t> length_of(const Value& value, Budget& budget) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return 0;
    case Kind::kString:
      budget.charge_bytes(value.text().size());
      return static_cast<int64_t>(count_code_points(value.bytes()));
    case Kind::kList:
      if (value.is_generator()) return std::nullopt;
      return static_cast<int64_t>(value.list().items.size());
    case Kind::kDict:
      return static_cast<int64_t>(value.dict().entries.size());
    case Kind::kLoop:
      return static_cast<int64_t>(value.loop_state().length);
    default:
      return std::nullopt;
  }
}

}  // namespace vitrine::templates
