// Whole numbers of any size. The size is bounded only by memory; expression.h sets the bounds for text from outside.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::exact {

struct QuotientRemainder;

/// A signed whole number. Sign and magnitude, 32-bit limbs, least significant first, never a leading zero limb.
class BigInteger {
 public:
  /// The longest text that parse() takes: reading is quadratic.
  static constexpr size_t kMaxParseDigits = 100'000;

  BigInteger() = default;
  BigInteger(int64_t value);  // NOLINT: small constants read as numbers

  /// Reads an optional sign and decimal digits.
  /// Errors: kInvalidArgument for anything else, and for more than kMaxParseDigits digits.
  static BigInteger parse(std::string_view text);
  /// Writes decimal digits, with `-` in front of a negative number.
  std::string to_text() const;
  /// Returns the value where it fits.
  std::optional<int64_t> to_int64() const;

  bool is_zero() const { return limbs_.empty(); }
  bool is_negative() const { return is_negative_; }
  bool is_odd() const { return !limbs_.empty() && (limbs_[0] & 1) != 0; }
  bool is_one() const { return !is_negative_ && limbs_.size() == 1 && limbs_[0] == 1; }
  /// Returns -1, 0 or 1.
  int sign() const { return is_zero() ? 0 : (is_negative_ ? -1 : 1); }
  /// Returns the number of bits of the magnitude; 0 for zero.
  size_t bit_length() const;

  BigInteger operator-() const;
  BigInteger abs() const;
  friend BigInteger operator+(const BigInteger& a, const BigInteger& b);
  friend BigInteger operator-(const BigInteger& a, const BigInteger& b);
  friend BigInteger operator*(const BigInteger& a, const BigInteger& b);
  friend bool operator==(const BigInteger& a, const BigInteger& b) = default;
  friend std::strong_ordering operator<=>(const BigInteger& a, const BigInteger& b);

  /// Divides towards zero; the remainder has the sign of a. Knuth's algorithm D.
  /// Errors: kInvalidArgument where b is zero.
  friend QuotientRemainder divide_truncated(const BigInteger& a, const BigInteger& b);

 private:
  BigInteger(std::vector<uint32_t> limbs, bool is_negative);

  std::vector<uint32_t> limbs_;
  bool is_negative_ = false;
};

struct QuotientRemainder {
  BigInteger quotient;
  BigInteger remainder;
};

QuotientRemainder divide_truncated(const BigInteger& a, const BigInteger& b);

/// Divides towards minus infinity; the remainder has the sign of b.
/// Errors: kInvalidArgument where b is zero.
QuotientRemainder divide_floored(const BigInteger& a, const BigInteger& b);

/// Returns the greatest common divisor, never negative; gcd(0, 0) is 0.
BigInteger gcd(BigInteger a, BigInteger b);

/// Returns base^exponent; 0^0 is 1. The caller bounds the size of the result.
BigInteger pow(const BigInteger& base, uint64_t exponent);

/// Returns the largest r with r^degree <= value.
/// Errors: kInvalidArgument where value is negative or degree is zero.
BigInteger floor_root(const BigInteger& value, uint32_t degree);

}  // namespace vitrine::exact
