#include "exact/rational.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/error.h"

namespace vitrine::exact {
namespace {

Rational random_rational(std::mt19937_64& random) {
  const int64_t numerator = static_cast<int64_t>(random()) >> (random() % 60);
  const int64_t denominator = static_cast<int64_t>(random() >> (1 + random() % 60));
  return Rational(numerator, denominator == 0 ? 1 : denominator);
}

TEST(Rational, FieldIdentitiesHoldAndResultsAreInLowestTerms) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; ++round) {
    const Rational a = random_rational(random), b = random_rational(random), c = random_rational(random);
    EXPECT_EQ((a + b) + c, a + (b + c));
    EXPECT_EQ((a * b) * c, a * (b * c));
    EXPECT_EQ(a * (b + c), a * b + a * c);
    EXPECT_EQ(a - b, -(b - a));
    EXPECT_EQ(a < b, (a - b).is_negative());
    if (!b.is_zero()) {
      EXPECT_EQ((a / b) * b, a);
    }
    const Rational product = a * b;
    EXPECT_TRUE(gcd(product.numerator(), product.denominator()).is_one());
    EXPECT_EQ(product.denominator().sign(), 1);
  }
}

TEST(Rational, ParseOfTextIsIdentity) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 1000; ++round) {
    const Rational a = random_rational(random);
    EXPECT_EQ(Rational::parse(a.to_text()), a) << a.to_text();
  }
}

TEST(Rational, TextIsDecimalWhereItEndsAndAFractionElsewhere) {
  EXPECT_EQ(Rational(1, 8).to_text(), "0.125");
  EXPECT_EQ(Rational(-7, 2).to_text(), "-3.5");
  EXPECT_EQ(Rational(1, 3).to_text(), "1/3");
  EXPECT_EQ(Rational(-2, 6).to_text(), "-1/3");
  EXPECT_EQ(Rational(6, 3).to_text(), "2");
  EXPECT_EQ(Rational(1, 400).to_text(), "0.0025");
  EXPECT_EQ(Rational(0, -5).to_text(), "0");
  EXPECT_EQ(Rational(1, 8).exact_decimal(2), std::nullopt);
}

TEST(Rational, ParseReadsDecimalsAndRefusesTheRest) {
  EXPECT_EQ(Rational::parse("0.125"), Rational(1, 8));
  EXPECT_EQ(Rational::parse(".5"), Rational(1, 2));
  EXPECT_EQ(Rational::parse("-1.5e-3"), Rational(-3, 2000));
  EXPECT_EQ(Rational::parse("2E+3"), Rational(2000));
  EXPECT_EQ(Rational::parse("10/4"), Rational(5, 2));
  for (const char* text :
       {"", ".", "1.", "1e", "1e+", "1e+-5", "1e99999", "1.2.3", "1/0", "1/", "1/-2", "/2", "a", "-", "1.-5"}) {
    EXPECT_THROW(Rational::parse(text), Error) << text;
  }
}

TEST(Rational, RoundedDecimalIsTheNearestWithTiesToEven) {
  EXPECT_EQ(Rational(1, 3).rounded_decimal(9), "0.333333333");
  EXPECT_EQ(Rational(2, 3).rounded_decimal(9), "0.666666667");
  EXPECT_EQ(Rational(25, 10).rounded_decimal(1), "2");
  EXPECT_EQ(Rational(35, 10).rounded_decimal(1), "4");
  EXPECT_EQ(Rational(9999, 1).rounded_decimal(2), "10000");
  EXPECT_EQ(pow(Rational(10), 30).rounded_decimal(5), "1e+30");
  EXPECT_EQ((Rational(-2, 3) * pow(Rational(10), -20)).rounded_decimal(3), "-6.67e-21");
  std::mt19937_64 random(3);
  for (int round = 0; round < 500; ++round) {
    const Rational a = random_rational(random);
    const Rational error = (a.rounded(17) - a).abs();
    EXPECT_LE(error * pow(Rational(10), 16) * Rational(2), a.abs());
    const double expected =
        static_cast<double>(a.numerator().to_int64().value()) / static_cast<double>(a.denominator().to_int64().value());
    EXPECT_NEAR(std::stod(a.rounded_decimal(17)), expected, std::abs(expected) * 1e-15);
  }
}

TEST(Rational, FloorCeilAndRoundSurroundTheValue) {
  EXPECT_EQ(floor(Rational(-7, 2)), BigInteger(-4));
  EXPECT_EQ(ceil(Rational(-7, 2)), BigInteger(-3));
  EXPECT_EQ(round(Rational(-7, 2)), BigInteger(-4));
  EXPECT_EQ(round(Rational(7, 2)), BigInteger(4));
  EXPECT_EQ(round(Rational(10, 3)), BigInteger(3));
}

TEST(Rational, PowAndRootsAreExactWhereTheyCanBe) {
  EXPECT_EQ(pow(Rational(2, 3), -2), Rational(9, 4));
  EXPECT_THROW(pow(Rational(0), -1), Error);
  EXPECT_EQ(exact_root(Rational(9, 4), 2), Rational(3, 2));
  EXPECT_EQ(exact_root(Rational(-27), 3), Rational(-3));
  EXPECT_EQ(exact_root(Rational(2), 2), std::nullopt);
  EXPECT_THROW(exact_root(Rational(-4), 2), Error);
  EXPECT_EQ(approximate_root(Rational(2), 2, 40).rounded_decimal(30), "1.41421356237309504880168872421");
  EXPECT_EQ(approximate_root(pow(Rational(10), -41), 2, 40).rounded_decimal(10), "3.16227766e-21");
}

}  // namespace
}  // namespace vitrine::exact
