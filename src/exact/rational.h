// Fractions of whole numbers of any size: exact, and always in lowest terms.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "exact/big_integer.h"

namespace vitrine::exact {

/// A fraction in lowest terms with a positive denominator.
class Rational {
 public:
  /// The largest power of ten that parse() takes after `e`.
  static constexpr int kMaxExponent = 4000;

  Rational() : denominator_(1) {}
  Rational(int64_t value) : numerator_(value), denominator_(1) {}                // NOLINT: constants read as numbers
  Rational(BigInteger value) : numerator_(std::move(value)), denominator_(1) {}  // NOLINT: whole numbers are fractions
  /// Errors: kInvalidArgument where the denominator is zero.
  Rational(BigInteger numerator, BigInteger denominator);

  /// Reads `-12`, `0.125`, `.5`, `6.02e23` or `1/3`.
  /// Errors: kInvalidArgument for anything else.
  static Rational parse(std::string_view text);

  /// Writes the exact decimal where it ends ("0.125"), otherwise the fraction ("1/3").
  std::string to_text() const;
  /// Returns the exact decimal where it ends within max_decimals digits after the point.
  std::optional<std::string> exact_decimal(size_t max_decimals) const;
  /// Writes the nearest decimal of so many significant digits, ties to even, without zeros at the end; very large and
  /// very small numbers as `1.5e+30`.
  std::string rounded_decimal(int significant_digits) const;
  /// Returns the nearest fraction that has so many significant decimal digits, ties to even.
  Rational rounded(int significant_digits) const;

  const BigInteger& numerator() const { return numerator_; }
  const BigInteger& denominator() const { return denominator_; }
  bool is_zero() const { return numerator_.is_zero(); }
  bool is_negative() const { return numerator_.is_negative(); }
  bool is_integer() const { return denominator_.is_one(); }
  /// Returns the bits of numerator and denominator together, the measure of size.
  size_t bit_length() const { return numerator_.bit_length() + denominator_.bit_length(); }

  Rational operator-() const;
  Rational abs() const { return is_negative() ? -*this : *this; }
  friend Rational operator+(const Rational& a, const Rational& b);
  friend Rational operator-(const Rational& a, const Rational& b);
  friend Rational operator*(const Rational& a, const Rational& b);
  /// Errors: kInvalidArgument where b is zero.
  friend Rational operator/(const Rational& a, const Rational& b);
  friend bool operator==(const Rational& a, const Rational& b) = default;
  friend std::strong_ordering operator<=>(const Rational& a, const Rational& b);

 private:
  BigInteger numerator_;
  BigInteger denominator_;
};

/// Returns base^exponent. The caller bounds the size of the result.
/// Errors: kInvalidArgument for zero to a negative power.
Rational pow(const Rational& base, int64_t exponent);

/// Returns the largest whole number that is not above the value.
BigInteger floor(const Rational& value);
/// Returns the smallest whole number that is not below the value.
BigInteger ceil(const Rational& value);
/// Returns the nearest whole number; halves go away from zero.
BigInteger round(const Rational& value);

/// Returns the root where it is a fraction: exact_root(9/4, 2) = 3/2.
/// Errors: kInvalidArgument for an even root of a negative number, and for degree 0.
std::optional<Rational> exact_root(const Rational& value, uint32_t degree);
/// Returns the root cut to so many significant digits or more.
/// Errors: as exact_root.
Rational approximate_root(const Rational& value, uint32_t degree, int significant_digits);

}  // namespace vitrine::exact
