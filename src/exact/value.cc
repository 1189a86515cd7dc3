#include "exact/value.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "exact/lexer.h"

namespace vitrine::exact {
namespace {

constexpr size_t kMaxDecimals = 40;
constexpr size_t kMaxFractionBits = 14;  // of a denominator beside a unit; longer fractions are shown rounded
constexpr uint32_t kMaxRootDegree = 64;
constexpr int64_t kMaxPower = 1'000'000;

/// Digits that an approximation may lose before it decides nothing.
constexpr int kDecidingDigits = 30;

std::string number_text(const Value& value) {
  if (value.is_approximate) return "≈ " + value.number.rounded_decimal(kShownDigits);
  if (auto decimal = value.number.exact_decimal(kMaxDecimals)) return *decimal;
  if (value.unit.is_plain_number() || value.number.denominator().bit_length() <= kMaxFractionBits) {
    return value.number.numerator().to_text() + "/" + value.number.denominator().to_text();
  }
  return "≈ " + value.number.rounded_decimal(kShownDigits);
}

[[noreturn]] void refuse_size() {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("number: the result is too large (expected at most {} bits, some {} digits)", kMaxNumberBits,
                          kMaxNumberBits * 3 / 10),
              "use smaller numbers or smaller powers");
}

[[noreturn]] void refuse_undecided(const char* operation) {
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("{}: the values are too close to tell apart, one of them is only known approximately", operation),
      "write it without a root that is not a fraction");
}

/// Refuses a difference of approximations that is all rounding error.
void check_difference(const char* operation, const Rational& difference, const Rational& of) {
  if (difference.abs() * pow(Rational(10), kDecidingDigits) <= of.abs()) refuse_undecided(operation);
}

/// The number of b counted in the unit of a.
Rational in_unit_of(const Value& a, const Value& b) {
  if (a.unit.is_plain_number() && b.unit.is_plain_number()) return b.number;
  return convert(b.number, b.unit, a.unit);
}

/// The sum for units of which one is a temperature scale with an offset: at most one may be.
Value add_temperatures(const Value& a, const Value& b) {
  if (a.unit.has_offset() && b.unit.has_offset()) {
    throw Error(ErrorCode::kInvalidArgument, "add: two temperatures on a scale like celsius have no sum",
                "convert both to kelvin, or subtract them");
  }
  const Value& scale = a.unit.has_offset() ? a : b;
  const Value& step = a.unit.has_offset() ? b : a;
  const Rational kelvins = convert(step.number, step.unit, Unit(*find_unit("K")));
  Value sum = scale;
  sum.number = scale.number + kelvins / scale.unit.factor();
  sum.is_approximate = a.is_approximate || b.is_approximate;
  return bounded(sum);
}

/// base^exponent for a base that is neither 0 nor ±1, refused before it is computed where it would be too large.
Value large_power(const Value& base, int64_t exponent) {
  if (!base.is_approximate) {
    const double bits = static_cast<double>(base.number.bit_length() - 2) * std::abs(static_cast<double>(exponent));
    if (bits > 2.0 * kMaxNumberBits) refuse_size();
    return bounded({.number = pow(base.number, exponent)});
  }
  // Cutting after every product keeps an approximation short.
  Value result{.number = 1, .is_approximate = true}, square{.number = base.number, .is_approximate = true};
  for (uint64_t left = static_cast<uint64_t>(std::abs(exponent)); left != 0; left >>= 1) {
    if (left & 1) result = bounded({.number = result.number * square.number, .is_approximate = true});
    if (left > 1) square = bounded({.number = square.number * square.number, .is_approximate = true});
  }
  if (exponent < 0) result.number = Rational(1) / result.number;
  return bounded(result);
}

Value raise_to_integer(const Value& base, const BigInteger& exponent) {
  Value result{.is_approximate = base.is_approximate};
  if (base.number.is_zero() && exponent.is_negative()) {
    throw Error(ErrorCode::kInvalidArgument, "power: division by zero", "zero has no negative powers");
  }
  const auto small = exponent.to_int64();
  const bool is_small = small && *small <= kMaxPower && *small >= -kMaxPower;
  if (base.number.is_zero()) {
    result.number = exponent.is_zero() ? 1 : 0;
  } else if (base.number.abs() == Rational(1)) {
    result.number = exponent.is_odd() ? base.number : Rational(1);
  } else if (is_small) {
    result = large_power(base, *small);
  } else {
    refuse_size();
  }
  if (!base.unit.is_plain_number()) {
    if (!is_small || std::abs(*small) > kMaxUnitExponent) refuse_size();
    result.number = result.number * result.unit.combine(base.unit, static_cast<int>(*small));
  }
  return bounded(result);
}

Value take_root(const Value& base, uint32_t degree) {
  const auto unit = base.unit.root(static_cast<int>(degree));
  if (!unit) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("root: the unit has no root of degree {} (got {})", degree, base.unit.to_text(false)));
  }
  Value result{.unit = *unit, .is_approximate = base.is_approximate};
  if (auto root = base.is_approximate ? std::nullopt : exact_root(base.number, degree)) {
    result.number = *root;
  } else {
    result.number = approximate_root(base.number, degree, kWorkingDigits + 2);
    result.is_approximate = true;
  }
  return bounded(result);
}

}  // namespace

std::string Value::to_text() const {
  if (is_truth_value) return is_true ? "true" : "false";
  const std::string text = number_text(*this);
  const std::string name = unit.to_text(number == Rational(1));
  if (name.empty()) return text;
  return name.starts_with('/') || name.starts_with('%') ? text + name : text + " " + name;
}

Value bounded(Value value) {
  if (value.is_approximate) value.number = value.number.rounded(kWorkingDigits);
  if (value.number.bit_length() > kMaxNumberBits) refuse_size();
  return value;
}

const Value& expect_number(const Value& a, const char* operation) {
  if (!a.is_truth_value) return a;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{}: true and false are not numbers (got {}, expected a number)", operation, a.to_text()),
              "a comparison stands alone, outside the arithmetic");
}

Rational expect_plain(const Value& a, const char* operation) {
  expect_number(a, operation);
  if (a.unit.is_percent() || a.unit.is_plain_number()) return a.number * a.unit.factor();
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{}: needs a plain number (got {})", operation, describe_dimension(a.unit.dimension())),
              "divide by the unit first, as in 6 km / 1 km");
}

BigInteger expect_integer(const Value& a, const char* operation) {
  const Rational number = expect_plain(a, operation);
  if (!a.is_approximate && number.is_integer()) return number.numerator();
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{}: needs a whole number (got {})", operation, shortened(a.to_text())));
}

Value add(const Value& a, const Value& b) {
  expect_number(a, "add");
  expect_number(b, "add");
  if (a.unit.has_offset() || b.unit.has_offset()) return add_temperatures(a, b);
  if (b.unit.is_percent() && !a.unit.is_percent()) {
    return multiply(a, bounded({.number = Rational(1) + b.number / Rational(100), .is_approximate = b.is_approximate}));
  }
  if (a.unit.is_percent() && b.unit.is_plain_number()) return add(convert(a, Unit()), b);
  Value sum = a;
  sum.number = a.number + in_unit_of(a, b);
  sum.is_approximate = a.is_approximate || b.is_approximate;
  if (sum.is_approximate) check_difference("add", sum.number, a.number);
  return bounded(sum);
}

Value subtract(const Value& a, const Value& b) {
  expect_number(a, "subtract");
  expect_number(b, "subtract");
  if (a.unit.has_offset() && b.unit.has_offset()) {
    const Unit kelvin(*find_unit("K"));
    return subtract(convert(a, kelvin), convert(b, kelvin));
  }
  if (b.unit.has_offset()) {
    throw Error(ErrorCode::kInvalidArgument,
                "subtract: a temperature on a scale like celsius cannot be taken from a step",
                "convert it to kelvin first");
  }
  return add(a, negate(b));
}

Value negate(const Value& a) {
  Value negative = expect_number(a, "negate");
  negative.number = -negative.number;
  return negative;
}

Value multiply(const Value& a, const Value& b) {
  expect_number(a, "multiply");
  expect_number(b, "multiply");
  Value product{.number = a.number * b.number};
  product.is_approximate = (a.is_approximate || b.is_approximate) && !product.number.is_zero();
  if (!a.unit.is_plain_number() || !b.unit.is_plain_number()) {
    product.number = product.number * product.unit.combine(a.unit, 1);
    product.number = product.number * product.unit.combine(b.unit, 1);
  }
  return bounded(product);
}

Value divide(const Value& a, const Value& b) {
  expect_number(a, "divide");
  expect_number(b, "divide");
  if (b.number.is_zero()) {
    throw Error(ErrorCode::kInvalidArgument, "divide: division by zero", "nothing can be divided by zero");
  }
  Value quotient{.number = a.number / b.number, .is_approximate = a.is_approximate || b.is_approximate};
  if (!a.unit.is_plain_number() || !b.unit.is_plain_number()) {
    quotient.number = quotient.number * quotient.unit.combine(a.unit, 1);
    quotient.number = quotient.number * quotient.unit.combine(b.unit, -1);
  }
  return bounded(quotient);
}

Value modulo(const Value& a, const Value& b) {
  expect_number(a, "modulo");
  expect_number(b, "modulo");
  if (a.is_approximate || b.is_approximate) refuse_undecided("modulo");
  const Rational divisor = in_unit_of(a, b);
  if (divisor.is_zero()) throw Error(ErrorCode::kInvalidArgument, "modulo: division by zero");
  Value rest = a;
  rest.number = a.number - divisor * Rational(floor(a.number / divisor));
  return bounded(rest);
}

Value power(const Value& base, const Value& exponent) {
  expect_number(base, "power");
  const Rational fraction = expect_plain(exponent, "power");
  if (exponent.is_approximate || fraction.denominator() > BigInteger(kMaxRootDegree)) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("power: the exponent must be a whole number or a simple fraction (got {})",
                            shortened(exponent.to_text())));
  }
  if (fraction.is_integer()) return raise_to_integer(base, fraction.numerator());
  const Value whole = raise_to_integer(base, fraction.numerator());
  return take_root(whole, static_cast<uint32_t>(*fraction.denominator().to_int64()));
}

int compare(const Value& a, const Value& b) {
  if (a.is_truth_value && b.is_truth_value) return int{a.is_true} - int{b.is_true};
  expect_number(a, "compare");
  expect_number(b, "compare");
  const bool is_share = a.unit.is_percent() && b.unit.is_plain_number();
  const Rational left = is_share ? a.number * a.unit.factor() : a.number;
  const Rational right = is_share ? b.number : in_unit_of(a, b);
  if (a.is_approximate || b.is_approximate) check_difference("compare", left - right, left);
  return left < right ? -1 : left > right ? 1 : 0;
}

Value convert(const Value& a, const Unit& to) {
  expect_number(a, "convert");
  Value result = a;
  result.number = convert(a.number, a.unit, to);
  result.unit = to;
  return bounded(result);
}

}  // namespace vitrine::exact
