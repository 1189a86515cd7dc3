#include "exact/rational.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace vitrine::exact {
namespace {

constexpr int kMaxPlainExponent = 21;   // 10^21 and above are written with an exponent
constexpr int kMinPlainExponent = -10;  // and so is what lies below 10^-10

[[noreturn]] void refuse_text(std::string_view text) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("parse number: cannot read (got '{}', expected digits)", text.substr(0, 40)),
              "write numbers as 12, 0.125, 6.02e23 or 1/3");
}

BigInteger power_of_ten(uint64_t exponent) { return pow(BigInteger(10), exponent); }

/// value * 10^exponent.
Rational scaled(const Rational& value, int64_t exponent) {
  return exponent >= 0 ? value * Rational(power_of_ten(exponent)) : value / Rational(power_of_ten(-exponent));
}

BigInteger round_half_even(const Rational& value) {
  const BigInteger below = floor(value);
  const Rational rest = value - Rational(below), half(1, 2);
  const bool is_up = rest > half || (rest == half && below.is_odd());
  return is_up ? below + BigInteger(1) : below;
}

/// The e with 10^e <= |value| < 10^(e+1), for value != 0.
int64_t decimal_exponent(const Rational& value) {
  const Rational magnitude = value.abs();
  const double bits = static_cast<double>(magnitude.numerator().bit_length()) -
                      static_cast<double>(magnitude.denominator().bit_length());
  int64_t exponent = static_cast<int64_t>(bits * 0.30102999566398120);
  while (scaled(magnitude, -exponent) < Rational(1)) --exponent;
  while (scaled(magnitude, -exponent) >= Rational(10)) ++exponent;
  return exponent;
}

/// Puts the point before the last `decimals` digits.
std::string with_point(std::string digits, size_t decimals) {
  if (decimals == 0) return digits;
  const bool is_negative = digits.starts_with('-');
  if (is_negative) digits.erase(0, 1);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  digits.insert(digits.size() - decimals, ".");
  return is_negative ? "-" + digits : digits;
}

/// How often the factor divides value, which loses those factors.
size_t count_factor(BigInteger& value, const BigInteger& factor) {
  size_t count = 0;
  while (true) {
    QuotientRemainder divided = divide_truncated(value, factor);
    if (!divided.remainder.is_zero()) return count;
    value = std::move(divided.quotient);
    ++count;
  }
}

}  // namespace

Rational::Rational(BigInteger numerator, BigInteger denominator)
    : numerator_(std::move(numerator)), denominator_(std::move(denominator)) {
  if (denominator_.is_zero()) throw Error(ErrorCode::kInvalidArgument, "divide: division by zero");
  if (denominator_.is_negative()) {
    numerator_ = -numerator_;
    denominator_ = -denominator_;
  }
  if (denominator_.is_one()) return;
  const BigInteger divisor = gcd(numerator_, denominator_);
  if (divisor.is_one()) return;
  numerator_ = divide_truncated(numerator_, divisor).quotient;
  denominator_ = divide_truncated(denominator_, divisor).quotient;
}

Rational Rational::parse(std::string_view text) {
  if (const size_t slash = text.find('/'); slash != text.npos) {
    const std::string_view below = text.substr(slash + 1);
    if (below.empty() || below[0] < '0' || below[0] > '9') refuse_text(text);
    return Rational(BigInteger::parse(text.substr(0, slash)), BigInteger::parse(below));
  }
  std::string_view digits = text;
  int64_t exponent = 0;
  if (const size_t mark = text.find_first_of("eE"); mark != text.npos) {
    std::string_view power = text.substr(mark + 1);
    if (power.starts_with('+') && power.size() > 1 && power[1] != '-') power.remove_prefix(1);
    const auto [end, code] = std::from_chars(power.data(), power.data() + power.size(), exponent);
    if (power.empty() || code != std::errc() || end != power.data() + power.size() || exponent > kMaxExponent ||
        exponent < -kMaxExponent) {
      refuse_text(text);
    }
    digits = text.substr(0, mark);
  }
  std::string whole(digits);
  if (const size_t point = whole.find('.'); point != whole.npos) {
    if (point + 1 == whole.size()) refuse_text(text);
    exponent -= static_cast<int64_t>(whole.size() - point - 1);
    whole.erase(point, 1);
  }
  const size_t sign_length = whole.starts_with('-') || whole.starts_with('+') ? 1 : 0;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (whole.size() == sign_length || !std::all_of(whole.begin() + sign_length, whole.end(), is_digit)) {
    refuse_text(text);
  }
  return scaled(Rational(BigInteger::parse(whole)), exponent);
}

std::optional<std::string> Rational::exact_decimal(size_t max_decimals) const {
  BigInteger rest = denominator_;
  const size_t decimals = std::max(count_factor(rest, 2), count_factor(rest, 5));
  if (!rest.is_one() || decimals > max_decimals) return std::nullopt;
  return with_point(scaled(*this, static_cast<int64_t>(decimals)).numerator().to_text(), decimals);
}

std::string Rational::to_text() const {
  if (is_integer()) return numerator_.to_text();
  // A decimal never needs more digits than its denominator has bits.
  if (auto decimal = exact_decimal(denominator_.bit_length())) return *decimal;
  return numerator_.to_text() + "/" + denominator_.to_text();
}

Rational Rational::rounded(int significant_digits) const {
  if (is_zero()) return *this;
  const int64_t shift = significant_digits - 1 - decimal_exponent(*this);
  return scaled(Rational(round_half_even(scaled(*this, shift))), -shift);
}

std::string Rational::rounded_decimal(int significant_digits) const {
  const Rational nearest = rounded(significant_digits);
  if (nearest.is_zero()) return "0";
  const int64_t exponent = decimal_exponent(nearest);
  if (exponent < kMaxPlainExponent && exponent > kMinPlainExponent) return nearest.to_text();
  return fmt::format("{}e{:+}", scaled(nearest, -exponent).to_text(), exponent);
}

Rational Rational::operator-() const {
  Rational result = *this;
  result.numerator_ = -result.numerator_;
  return result;
}

Rational operator+(const Rational& a, const Rational& b) {
  if (a.denominator_ == b.denominator_) return Rational(a.numerator_ + b.numerator_, a.denominator_);
  return Rational(a.numerator_ * b.denominator_ + b.numerator_ * a.denominator_, a.denominator_ * b.denominator_);
}

Rational operator-(const Rational& a, const Rational& b) { return a + -b; }

Rational operator*(const Rational& a, const Rational& b) {
  return Rational(a.numerator_ * b.numerator_, a.denominator_ * b.denominator_);
}

Rational operator/(const Rational& a, const Rational& b) {
  return Rational(a.numerator_ * b.denominator_, a.denominator_ * b.numerator_);
}

std::strong_ordering operator<=>(const Rational& a, const Rational& b) {
  return a.numerator_ * b.denominator_ <=> b.numerator_ * a.denominator_;
}

Rational pow(const Rational& base, int64_t exponent) {
  const uint64_t magnitude = exponent < 0 ? 0 - static_cast<uint64_t>(exponent) : static_cast<uint64_t>(exponent);
  const Rational power(pow(base.numerator(), magnitude), pow(base.denominator(), magnitude));
  return exponent < 0 ? Rational(1) / power : power;
}

BigInteger floor(const Rational& value) { return divide_floored(value.numerator(), value.denominator()).quotient; }

BigInteger ceil(const Rational& value) { return -floor(-value); }

BigInteger round(const Rational& value) {
  const Rational half(1, 2);
  return value.is_negative() ? -floor(-value + half) : floor(value + half);
}

std::optional<Rational> exact_root(const Rational& value, uint32_t degree) {
  if (value.is_negative() && degree % 2 == 1) {
    const auto root = exact_root(-value, degree);
    return root ? std::optional(-*root) : std::nullopt;
  }
  const BigInteger numerator = floor_root(value.numerator(), degree);
  const BigInteger denominator = floor_root(value.denominator(), degree);
  if (pow(numerator, degree) != value.numerator() || pow(denominator, degree) != value.denominator()) {
    return std::nullopt;
  }
  return Rational(numerator, denominator);
}

Rational approximate_root(const Rational& value, uint32_t degree, int significant_digits) {
  if (value.is_zero()) return value;
  if (value.is_negative() && degree % 2 == 1) return -approximate_root(-value, degree, significant_digits);
  if (value.is_negative() || degree == 0) {
    throw Error(ErrorCode::kInvalidArgument, "root: a root of a negative number is not a real number");
  }
  const int64_t root_exponent = decimal_exponent(value) / int64_t{degree} - 1;
  const int64_t shift = significant_digits - root_exponent;
  const BigInteger root = floor_root(floor(scaled(value, shift * degree)), degree);
  return scaled(Rational(root), -shift);
}

}  // namespace vitrine::exact
