#include "exact/big_integer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/error.h"

namespace vitrine::exact {
namespace {

using Limbs = std::vector<uint32_t>;

constexpr uint32_t kDecimalChunk = 1'000'000'000;
constexpr int kDigitsPerChunk = 9;

void trim(Limbs& limbs) {
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
}

int compare_magnitudes(const Limbs& a, const Limbs& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

Limbs add_magnitudes(const Limbs& a, const Limbs& b) {
  const Limbs& longer = a.size() < b.size() ? b : a;
  const Limbs& shorter = a.size() < b.size() ? a : b;
  Limbs sum(longer.size() + 1);
  uint64_t carry = 0;
  for (size_t i = 0; i < longer.size(); ++i) {
    carry += uint64_t{longer[i]} + (i < shorter.size() ? shorter[i] : 0);
    sum[i] = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  sum.back() = static_cast<uint32_t>(carry);
  trim(sum);
  return sum;
}

/// a - b for a >= b.
Limbs subtract_magnitudes(const Limbs& a, const Limbs& b) {
  Limbs difference(a.size());
  int64_t borrow = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const int64_t value = int64_t{a[i]} - (i < b.size() ? b[i] : 0) + borrow;
    difference[i] = static_cast<uint32_t>(value);
    borrow = value >> 32;
  }
  trim(difference);
  return difference;
}

/// limbs = limbs * factor + addend.
void multiply_small(Limbs& limbs, uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (uint32_t& limb : limbs) {
    carry += uint64_t{limb} * factor;
    limb = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0) limbs.push_back(static_cast<uint32_t>(carry));
}

/// Divides in place and returns the remainder.
uint32_t divide_small(Limbs& limbs, uint32_t divisor) {
  uint64_t remainder = 0;
  for (size_t i = limbs.size(); i-- > 0;) {
    const uint64_t value = (remainder << 32) | limbs[i];
    limbs[i] = static_cast<uint32_t>(value / divisor);
    remainder = value % divisor;
  }
  trim(limbs);
  return static_cast<uint32_t>(remainder);
}

/// Shifts left by 0..31 bits and keeps one limb more than it was given.
Limbs shift_left(const Limbs& limbs, int shift) {
  Limbs shifted(limbs.size() + 1);
  uint64_t carry = 0;
  for (size_t i = 0; i < limbs.size(); ++i) {
    carry |= uint64_t{limbs[i]} << shift;
    shifted[i] = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  shifted.back() = static_cast<uint32_t>(carry);
  return shifted;
}

/// rest[at..] -= digit * divisor; returns whether it went below zero.
bool subtract_multiple(Limbs& rest, size_t at, const Limbs& divisor, uint64_t digit) {
  uint64_t carry = 0;
  int64_t borrow = 0;
  for (size_t i = 0; i < divisor.size(); ++i) {
    carry += digit * divisor[i];
    const int64_t value = int64_t{rest[at + i]} - static_cast<int64_t>(carry & 0xffffffff) + borrow;
    rest[at + i] = static_cast<uint32_t>(value);
    borrow = value >> 32;
    carry >>= 32;
  }
  const int64_t value = int64_t{rest[at + divisor.size()]} - static_cast<int64_t>(carry) + borrow;
  rest[at + divisor.size()] = static_cast<uint32_t>(value);
  return value < 0;
}

void add_back(Limbs& rest, size_t at, const Limbs& divisor) {
  uint64_t carry = 0;
  for (size_t i = 0; i < divisor.size(); ++i) {
    carry += uint64_t{rest[at + i]} + divisor[i];
    rest[at + i] = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  rest[at + divisor.size()] += static_cast<uint32_t>(carry);
}

/// Knuth's estimate of one quotient digit: at most one too large after the correction by the second limb.
uint64_t estimate_digit(const Limbs& rest, size_t at, const Limbs& divisor) {
  const size_t n = divisor.size();
  const uint64_t top = (uint64_t{rest[at + n]} << 32) | rest[at + n - 1];
  uint64_t digit = top / divisor[n - 1];
  uint64_t remainder = top % divisor[n - 1];
  while (digit > 0xffffffff || digit * divisor[n - 2] > ((remainder << 32) | rest[at + n - 2])) {
    --digit;
    remainder += divisor[n - 1];
    if (remainder > 0xffffffff) break;
  }
  return digit;
}

struct DividedLimbs {
  Limbs quotient;
  Limbs remainder;
};

/// Source: Knuth, The Art of Computer Programming 2, section 4.3.1, algorithm D.
DividedLimbs divide_magnitudes(const Limbs& a, const Limbs& b) {
  if (compare_magnitudes(a, b) < 0) return {{}, a};
  if (b.size() == 1) {
    DividedLimbs result{a, {}};
    const uint32_t remainder = divide_small(result.quotient, b[0]);
    if (remainder != 0) result.remainder = {remainder};
    return result;
  }
  const int shift = std::countl_zero(b.back());
  Limbs divisor = shift_left(b, shift);
  divisor.pop_back();
  Limbs rest = shift_left(a, shift);
  Limbs quotient(a.size() - b.size() + 1);
  for (size_t at = quotient.size(); at-- > 0;) {
    uint64_t digit = estimate_digit(rest, at, divisor);
    if (subtract_multiple(rest, at, divisor, digit)) {
      --digit;
      add_back(rest, at, divisor);
    }
    quotient[at] = static_cast<uint32_t>(digit);
  }
  trim(quotient);
  rest.resize(divisor.size());
  if (shift > 0) {
    for (size_t i = 0; i < rest.size(); ++i) {
      const uint32_t above = i + 1 < rest.size() ? rest[i + 1] : 0;
      rest[i] = (rest[i] >> shift) | (above << (32 - shift));
    }
  }
  trim(rest);
  return {std::move(quotient), std::move(rest)};
}

std::optional<uint64_t> small_magnitude(const BigInteger& value) {
  const auto small = value.to_int64();
  if (!small) return std::nullopt;
  return *small < 0 ? 0 - static_cast<uint64_t>(*small) : static_cast<uint64_t>(*small);
}

}  // namespace

BigInteger::BigInteger(int64_t value) : is_negative_(value < 0) {
  uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  for (; magnitude != 0; magnitude >>= 32) limbs_.push_back(static_cast<uint32_t>(magnitude));
}

BigInteger::BigInteger(std::vector<uint32_t> limbs, bool is_negative)
    : limbs_(std::move(limbs)), is_negative_(is_negative && !limbs_.empty()) {}

BigInteger BigInteger::parse(std::string_view text) {
  std::string_view digits = text;
  const bool is_negative = digits.starts_with('-');
  if (is_negative || digits.starts_with('+')) digits.remove_prefix(1);
  const bool are_digits = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (digits.empty() || !are_digits || digits.size() > kMaxParseDigits) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("parse whole number: cannot read (got {} characters, expected 1 to {} digits)", text.size(),
                            kMaxParseDigits));
  }
  Limbs limbs;
  while (!digits.empty()) {
    const size_t length = (digits.size() - 1) % kDigitsPerChunk + 1;
    uint32_t chunk = 0, scale = 1;
    for (size_t i = 0; i < length; ++i, scale *= 10) chunk = chunk * 10 + static_cast<uint32_t>(digits[i] - '0');
    multiply_small(limbs, scale, chunk);
    digits.remove_prefix(length);
  }
  return BigInteger(std::move(limbs), is_negative);
}

std::string BigInteger::to_text() const {
  if (is_zero()) return "0";
  std::vector<uint32_t> chunks;
  for (Limbs rest = limbs_; !rest.empty();) chunks.push_back(divide_small(rest, kDecimalChunk));
  std::string text = is_negative_ ? "-" : "";
  text += std::to_string(chunks.back());
  for (size_t i = chunks.size() - 1; i-- > 0;) text += fmt::format("{:09}", chunks[i]);
  return text;
}

std::optional<int64_t> BigInteger::to_int64() const {
  if (limbs_.size() > 2) return std::nullopt;
  uint64_t magnitude = 0;
  for (size_t i = limbs_.size(); i-- > 0;) magnitude = (magnitude << 32) | limbs_[i];
  const uint64_t limit = uint64_t{INT64_MAX} + (is_negative_ ? 1 : 0);
  if (magnitude > limit) return std::nullopt;
  return static_cast<int64_t>(is_negative_ ? 0 - magnitude : magnitude);
}

size_t BigInteger::bit_length() const {
  return is_zero() ? 0 : limbs_.size() * 32 - static_cast<size_t>(std::countl_zero(limbs_.back()));
}

BigInteger BigInteger::operator-() const { return BigInteger(limbs_, !is_negative_); }

BigInteger BigInteger::abs() const { return BigInteger(limbs_, false); }

BigInteger operator+(const BigInteger& a, const BigInteger& b) {
  if (a.is_negative_ == b.is_negative_) return BigInteger(add_magnitudes(a.limbs_, b.limbs_), a.is_negative_);
  if (compare_magnitudes(a.limbs_, b.limbs_) >= 0) {
    return BigInteger(subtract_magnitudes(a.limbs_, b.limbs_), a.is_negative_);
  }
  return BigInteger(subtract_magnitudes(b.limbs_, a.limbs_), b.is_negative_);
}

BigInteger operator-(const BigInteger& a, const BigInteger& b) { return a + -b; }

BigInteger operator*(const BigInteger& a, const BigInteger& b) {
  Limbs product(a.limbs_.size() + b.limbs_.size());
  for (size_t i = 0; i < a.limbs_.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < b.limbs_.size(); ++j) {
      carry += uint64_t{a.limbs_[i]} * b.limbs_[j] + product[i + j];
      product[i + j] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    product[i + b.limbs_.size()] = static_cast<uint32_t>(carry);
  }
  trim(product);
  return BigInteger(std::move(product), a.is_negative_ != b.is_negative_);
}

std::strong_ordering operator<=>(const BigInteger& a, const BigInteger& b) {
  if (a.is_negative_ != b.is_negative_) return b.is_negative_ <=> a.is_negative_;
  const int order = compare_magnitudes(a.limbs_, b.limbs_);
  return a.is_negative_ ? 0 <=> order : order <=> 0;
}

QuotientRemainder divide_truncated(const BigInteger& a, const BigInteger& b) {
  if (b.is_zero()) throw Error(ErrorCode::kInvalidArgument, "divide: division by zero", "zero divides nothing");
  DividedLimbs divided = divide_magnitudes(a.limbs_, b.limbs_);
  return {BigInteger(std::move(divided.quotient), a.is_negative_ != b.is_negative_),
          BigInteger(std::move(divided.remainder), a.is_negative_)};
}

QuotientRemainder divide_floored(const BigInteger& a, const BigInteger& b) {
  QuotientRemainder result = divide_truncated(a, b);
  if (!result.remainder.is_zero() && result.remainder.is_negative() != b.is_negative()) {
    result.quotient = result.quotient - 1;
    result.remainder = result.remainder + b;
  }
  return result;
}

BigInteger gcd(BigInteger a, BigInteger b) {
  a = a.abs();
  b = b.abs();
  while (!b.is_zero()) {
    const auto small_a = small_magnitude(a), small_b = small_magnitude(b);
    if (small_a && small_b) return static_cast<int64_t>(std::gcd(*small_a, *small_b));
    BigInteger remainder = divide_truncated(a, b).remainder;
    a = std::move(b);
    b = std::move(remainder);
  }
  return a;
}

BigInteger pow(const BigInteger& base, uint64_t exponent) {
  BigInteger result = 1, square = base;
  while (exponent != 0) {
    if (exponent & 1) result = result * square;
    exponent >>= 1;
    if (exponent != 0) square = square * square;
  }
  return result;
}

BigInteger floor_root(const BigInteger& value, uint32_t degree) {
  if (value.is_negative() || degree == 0) {
    throw Error(ErrorCode::kInvalidArgument, "root: a root of a negative number is not a real number");
  }
  if (value.is_zero() || degree == 1) return value;
  // Newton's steps from above fall until they reach the floor of the root.
  BigInteger root = pow(2, (value.bit_length() + degree - 1) / degree);
  while (true) {
    const BigInteger next = divide_truncated(root * BigInteger(int64_t{degree} - 1) +
                                                 divide_truncated(value, pow(root, degree - 1)).quotient,
                                             int64_t{degree})
                                .quotient;
    if (next >= root) return root;
    root = next;
  }
}

}  // namespace vitrine::exact
