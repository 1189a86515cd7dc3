#include "exact/functions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace vitrine::exact {
namespace {

using Arguments = std::span<const Value>;

constexpr size_t kManyArguments = 64;
constexpr int64_t kMaxRoundDecimals = 1000;

Value absolute(Arguments arguments) {
  const Value& a = expect_number(arguments[0], "abs");
  return a.number.is_negative() ? negate(a) : a;
}

Value largest(Arguments arguments) {
  Value result = expect_number(arguments[0], "max");
  for (const Value& a : arguments.subspan(1)) result = compare(a, result) > 0 ? a : result;
  return result;
}

Value smallest(Arguments arguments) {
  Value result = expect_number(arguments[0], "min");
  for (const Value& a : arguments.subspan(1)) result = compare(a, result) < 0 ? a : result;
  return result;
}

/// Applies floor, ceil or round; an approximation must not lie within its own error of where the result jumps.
Value to_whole(const Value& a, const char* name, BigInteger (*rule)(const Rational&)) {
  Value result = expect_number(a, name);
  result.number = Rational(rule(a.number));
  result.is_approximate = false;
  if (!a.is_approximate) return result;
  const Rational error = a.number.abs() * pow(Rational(10), -30);
  if (rule(a.number - error) == rule(a.number + error)) return result;
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: an approximate value is too close to a step to decide", name));
}

Value floor_of(Arguments arguments) { return to_whole(arguments[0], "floor", floor); }
Value ceil_of(Arguments arguments) { return to_whole(arguments[0], "ceil", ceil); }

Value round_of(Arguments arguments) {
  if (arguments.size() == 1) return to_whole(arguments[0], "round", round);
  const auto decimals = expect_integer(arguments[1], "round").to_int64();
  if (!decimals || *decimals > kMaxRoundDecimals || *decimals < -kMaxRoundDecimals) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("round: too many decimals (expected at most {})", kMaxRoundDecimals));
  }
  const Rational scale = pow(Rational(10), *decimals);
  Value scaled = expect_number(arguments[0], "round");
  scaled.number = scaled.number * scale;
  Value result = to_whole(scaled, "round", round);
  result.number = result.number / scale;
  return bounded(result);
}

Value gcd_of(Arguments arguments) {
  BigInteger result = expect_integer(arguments[0], "gcd").abs();
  for (const Value& a : arguments.subspan(1)) result = gcd(result, expect_integer(a, "gcd"));
  return {.number = Rational(result)};
}

Value lcm_of(Arguments arguments) {
  BigInteger result = expect_integer(arguments[0], "lcm").abs();
  for (const Value& a : arguments.subspan(1)) {
    const BigInteger next = expect_integer(a, "lcm").abs();
    if (next.is_zero() || result.is_zero()) {
      result = 0;
      continue;
    }
    result = divide_truncated(result, gcd(result, next)).quotient * next;
    bounded({.number = Rational(result)});
  }
  return {.number = Rational(result)};
}

Value sqrt_of(Arguments arguments) { return power(arguments[0], {.number = Rational(1, 2)}); }
Value cbrt_of(Arguments arguments) { return power(arguments[0], {.number = Rational(1, 3)}); }
Value factorial_of(Arguments arguments) { return factorial(arguments[0]); }

constexpr Function kFunctions[] = {
    {"abs", 1, 1, absolute},
    {"cbrt", 1, 1, cbrt_of},
    {"ceil", 1, 1, ceil_of},
    {"factorial", 1, 1, factorial_of},
    {"floor", 1, 1, floor_of},
    {"gcd", 1, kManyArguments, gcd_of},
    {"lcm", 1, kManyArguments, lcm_of},
    {"max", 1, kManyArguments, largest},
    {"min", 1, kManyArguments, smallest},
    {"round", 1, 2, round_of},
    {"sqrt", 1, 1, sqrt_of},
};

}  // namespace

std::span<const Function> functions() { return kFunctions; }

const Function* find_function(std::string_view name) {
  const auto found = std::ranges::find(kFunctions, name, &Function::name);
  return found == std::end(kFunctions) ? nullptr : found;
}

Value factorial(const Value& n) {
  const BigInteger whole = expect_integer(n, "factorial");
  if (whole.is_negative()) throw Error(ErrorCode::kInvalidArgument, "factorial: needs a number that is not negative");
  Value result{.number = 1};
  for (int64_t i = 2; BigInteger(i) <= whole; ++i) result = bounded({.number = result.number * Rational(i)});
  return result;
}

}  // namespace vitrine::exact
