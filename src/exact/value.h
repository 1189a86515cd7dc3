// What an expression evaluates to: a truth value, or a number with a unit. Every operation bounds the size of its
// result.
#pragma once

#include <string>

#include "exact/rational.h"
#include "exact/units.h"

namespace vitrine::exact {

/// The largest number, numerator and denominator together: some 4900 decimal digits.
inline constexpr size_t kMaxNumberBits = 16'384;

/// The significant digits that an approximation carries and that its text shows.
inline constexpr int kWorkingDigits = 60;
inline constexpr int kShownDigits = 9;

/// The result of an expression. Exact unless is_approximate.
struct Value {
  Rational number = 0;  ///< counted in `unit`
  Unit unit;
  bool is_approximate = false;  ///< a root that is no fraction went into it
  bool is_truth_value = false;
  bool is_true = false;

  static Value truth(bool is_true) { return {.is_truth_value = true, .is_true = is_true}; }

  /// Writes "true", "3.5", "1/3", "5000 m", "25%" or "≈ 1.41421356".
  std::string to_text() const;
};

// Errors, for all below: kInvalidArgument for truth values, units that do not fit together, a zero divisor, and results
// past kMaxNumberBits; kUnsupported where an approximation cannot decide.

/// Adds, in the unit of a. A percentage is taken of the other: 50 + 10% is 55.
Value add(const Value& a, const Value& b);
Value subtract(const Value& a, const Value& b);
Value multiply(const Value& a, const Value& b);
Value divide(const Value& a, const Value& b);
/// Returns a - b * floor(a / b), with the sign of b.
Value modulo(const Value& a, const Value& b);
Value negate(const Value& a);
/// Raises to a fraction; a root that is no fraction is approximate.
Value power(const Value& base, const Value& exponent);
/// Returns -1, 0 or 1 as a is below, at or above b.
int compare(const Value& a, const Value& b);
/// Converts to a unit; a percentage and a plain number convert to each other.
Value convert(const Value& a, const Unit& to);

/// Returns the value with its size checked, and an approximation cut to kWorkingDigits.
Value bounded(Value value);
/// Returns a itself. Errors: kInvalidArgument for a truth value.
const Value& expect_number(const Value& a, const char* operation);
/// Returns the plain number, percentages worked out. Errors: kInvalidArgument where it has a unit or is a truth value.
Rational expect_plain(const Value& a, const char* operation);
/// Returns the plain, exact whole number. Errors: kInvalidArgument for anything else.
BigInteger expect_integer(const Value& a, const char* operation);

}  // namespace vitrine::exact
