#include "exact/big_integer.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"

namespace vitrine::exact {
namespace {

/// A number of up to `max_bits` bits whose limbs are often all zeros or all ones, where carries go wrong.
BigInteger random_integer(std::mt19937_64& random, uint64_t max_bits) {
  const uint64_t num_words = random() % (max_bits / 32 + 1);
  BigInteger value = 0;
  for (uint64_t i = 0; i < num_words; ++i) {
    const uint64_t kind = random() % 4;
    const int64_t word = kind == 0 ? 0 : kind == 1 ? 0xffffffff : static_cast<int64_t>(random() & 0xffffffff);
    value = value * BigInteger(int64_t{1} << 32) + BigInteger(word);
  }
  return random() % 2 == 0 ? value : -value;
}

std::string text_of(__int128 value) {
  unsigned __int128 magnitude = value < 0 ? -static_cast<unsigned __int128>(value) : value;
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(magnitude % 10)));
    magnitude /= 10;
  } while (magnitude != 0);
  return value < 0 ? "-" + digits : digits;
}

TEST(BigInteger, RingIdentitiesHoldAtManySizes) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 1500; ++round) {
    const uint64_t bits = 32u << (round % 7);
    const BigInteger a = random_integer(random, bits), b = random_integer(random, bits),
                     c = random_integer(random, bits);
    EXPECT_EQ(a + b, b + a);
    EXPECT_EQ(a * b, b * a);
    EXPECT_EQ((a + b) + c, a + (b + c));
    EXPECT_EQ((a * b) * c, a * (b * c));
    EXPECT_EQ(a * (b + c), a * b + a * c);
    EXPECT_EQ(a - a, BigInteger(0));
    EXPECT_EQ((a - b) + b, a);
    EXPECT_EQ((a + b) * (a - b), a * a - b * b);
    EXPECT_EQ(a < b, (a - b).is_negative());
  }
}

TEST(BigInteger, QuotientTimesDivisorPlusRemainderIsTheDividend) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 4000; ++round) {
    const BigInteger a = random_integer(random, 64u << (round % 6)), b = random_integer(random, 32u << (round % 5));
    if (b.is_zero()) continue;
    const QuotientRemainder truncated = divide_truncated(a, b), floored = divide_floored(a, b);
    EXPECT_EQ(truncated.quotient * b + truncated.remainder, a);
    EXPECT_EQ(floored.quotient * b + floored.remainder, a);
    EXPECT_LT(truncated.remainder.abs(), b.abs());
    EXPECT_LT(floored.remainder.abs(), b.abs());
    EXPECT_TRUE(truncated.remainder.is_zero() || truncated.remainder.is_negative() == a.is_negative());
    EXPECT_TRUE(floored.remainder.is_zero() || floored.remainder.is_negative() == b.is_negative());
    EXPECT_EQ(divide_truncated(a * b, b).quotient, a);
  }
}

TEST(BigInteger, DivisionSurvivesTheCaseThatAddsTheDivisorBack) {
  const BigInteger base = int64_t{1} << 32;
  const BigInteger a = pow(base, 4) * BigInteger(0x7fffffff) + pow(base, 3) * BigInteger(0x80000000);
  const BigInteger b = pow(base, 2) * BigInteger(0x80000000) + BigInteger(0xffffffff);
  const QuotientRemainder result = divide_truncated(a, b);
  EXPECT_EQ(result.quotient * b + result.remainder, a);
  EXPECT_LT(result.remainder, b);
}

TEST(BigInteger, AgreesWith128BitIntegers) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 5000; ++round) {
    const int64_t a = static_cast<int64_t>(random()) >> (random() % 64);
    const int64_t b = static_cast<int64_t>(random()) >> (random() % 64);
    const __int128 wide_a = a, wide_b = b;
    EXPECT_EQ((BigInteger(a) + BigInteger(b)).to_text(), text_of(wide_a + wide_b));
    EXPECT_EQ((BigInteger(a) - BigInteger(b)).to_text(), text_of(wide_a - wide_b));
    EXPECT_EQ((BigInteger(a) * BigInteger(b)).to_text(), text_of(wide_a * wide_b));
    EXPECT_EQ(BigInteger(a) <=> BigInteger(b), a <=> b);
    if (b == 0) continue;
    const QuotientRemainder result = divide_truncated(BigInteger(a) * BigInteger(7919), BigInteger(b));
    EXPECT_EQ(result.quotient.to_text(), text_of(wide_a * 7919 / wide_b));
    EXPECT_EQ(result.remainder.to_text(), text_of(wide_a * 7919 % wide_b));
  }
}

TEST(BigInteger, ParseOfTextIsIdentity) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 1000; ++round) {
    const BigInteger a = random_integer(random, 32u << (round % 8));
    EXPECT_EQ(BigInteger::parse(a.to_text()), a);
  }
  EXPECT_EQ(BigInteger::parse("-000").to_text(), "0");
  EXPECT_EQ(BigInteger::parse("+1000000000").to_text(), "1000000000");
  EXPECT_EQ(BigInteger(INT64_MIN).to_text(), "-9223372036854775808");
  EXPECT_EQ(BigInteger(INT64_MIN).to_int64(), INT64_MIN);
  EXPECT_EQ((-BigInteger(INT64_MIN)).to_int64(), std::nullopt);
}

TEST(BigInteger, ParseRefusesWhatIsNotDigits) {
  for (const char* text : {"", "-", "+", "1 2", "0x1", "1.5", "--1", "1e5"}) {
    EXPECT_THROW(BigInteger::parse(text), Error) << text;
  }
  EXPECT_THROW(BigInteger::parse(std::string(BigInteger::kMaxParseDigits + 1, '9')), Error);
}

TEST(BigInteger, GcdDividesBothAndLeavesCoprimes) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 500; ++round) {
    const BigInteger common = random_integer(random, 128).abs() + BigInteger(1);
    const BigInteger a = random_integer(random, 256) * common, b = random_integer(random, 256) * common;
    const BigInteger divisor = gcd(a, b);
    if (divisor.is_zero()) continue;
    EXPECT_TRUE(divide_truncated(a, divisor).remainder.is_zero());
    EXPECT_TRUE(divide_truncated(b, divisor).remainder.is_zero());
    EXPECT_TRUE(divide_truncated(divisor, common).remainder.is_zero());
    EXPECT_TRUE(gcd(divide_truncated(a, divisor).quotient, divide_truncated(b, divisor).quotient).is_one());
  }
  EXPECT_EQ(gcd(0, 0), BigInteger(0));
  EXPECT_EQ(gcd(0, -5), BigInteger(5));
}

TEST(BigInteger, PowIsRepeatedProductAndRootUndoesIt) {
  EXPECT_EQ(pow(2, 100).to_text(), "1267650600228229401496703205376");
  EXPECT_EQ(pow(0, 0), BigInteger(1));
  std::mt19937_64 random(6);
  for (uint32_t degree = 2; degree < 9; ++degree) {
    for (int round = 0; round < 40; ++round) {
      const BigInteger root = random_integer(random, 96).abs() + BigInteger(2);
      const BigInteger power = pow(root, degree);
      EXPECT_EQ(floor_root(power, degree), root);
      EXPECT_EQ(floor_root(power - 1, degree), root - 1);
    }
  }
  EXPECT_THROW(floor_root(-4, 2), Error);
}

TEST(BigInteger, DivisionByZeroIsAnError) { EXPECT_THROW(divide_truncated(5, 0), Error); }

}  // namespace
}  // namespace vitrine::exact
