// Decimal numbers as JSON writes them, kept exactly: sign, digits and a power of ten.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine::schema {

/// The number (+ or -) 0.DIGITS x 10^magnitude. Digits neither begin nor end with 0; zero has none, and is not
/// negative.
class Decimal {
 public:
  Decimal() = default;
  Decimal(int64_t value);  // NOLINT: small constants read as numbers

  /// Reads a JSON number, or nothing where the text is none or its exponent has more than six digits.
  static std::optional<Decimal> parse(std::string_view text);
  /// Returns the shortest decimal that reads back as this double. The value must be finite.
  static Decimal from_double(double value);

  bool is_zero() const { return digits_.empty(); }
  bool is_negative() const { return is_negative_; }
  bool is_integer() const { return is_zero() || magnitude_ >= static_cast<int32_t>(digits_.size()); }
  const std::string& digits() const { return digits_; }
  int32_t magnitude() const { return magnitude_; }

  Decimal operator-() const;
  /// Returns the largest whole number that is not above this one.
  Decimal floor() const;
  /// Returns the smallest whole number that is not below this one.
  Decimal ceil() const { return -((-*this).floor()); }
  /// Returns this whole number plus one. The number must be whole and have fewer than 400 digits.
  Decimal next_integer() const;
  /// Returns the number times 10^power.
  Decimal shifted(int32_t power) const;
  /// Returns how many digits follow the point.
  int32_t decimals() const { return is_integer() ? 0 : static_cast<int32_t>(digits_.size()) - magnitude_; }
  /// Tells whether the number is a whole multiple of another, which must be above 0 and have at most 16 digits.
  bool is_multiple_of(const Decimal& other) const;
  /// Returns the nearest double, which is infinite where the number is too large.
  double to_double() const;
  /// Returns the value where it is whole and fits.
  std::optional<int64_t> to_int64() const;
  /// Writes a JSON number that reads back as the same.
  std::string to_text() const;

  friend bool operator==(const Decimal& a, const Decimal& b) = default;
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);

 private:
  std::string digits_;
  int32_t magnitude_ = 0;
  bool is_negative_ = false;
};

}  // namespace vitrine::schema
