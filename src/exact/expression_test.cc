#include "exact/expression.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"

namespace vitrine::exact {
namespace {

struct Case {
  const char* expression;
  const char* text;
};

constexpr Case kCases[] = {
    {"12 + 7", "19"},
    {"7 / 2", "3.5"},
    {"1/3", "1/3"},
    {"1/3 + 1/6", "0.5"},
    {"2 + 3 * 4", "14"},
    {"(2 + 3) * 4", "20"},
    {"10 - 4 - 3", "3"},
    {"100 / 10 / 5", "2"},
    {"2^10", "1024"},
    {"2^3^2", "512"},
    {"2**8", "256"},
    {"-2^2", "-4"},
    {"(-2)^2", "4"},
    {"2^-3", "0.125"},
    {"--5", "5"},
    {"3 × 4", "12"},
    {"12 ÷ 5", "2.4"},
    {"8 − 11", "-3"},
    {"0.1 + 0.2", "0.3"},
    {"1e3 + .5", "1000.5"},
    {"2^100", "1267650600228229401496703205376"},
    {"1/2^100", "1/1267650600228229401496703205376"},
    {"17 % 5", "2"},
    {"-17 % 5", "3"},
    {"7.5 % 2", "1.5"},
    {"2 * 17 % 5", "4"},
    {"20%", "20%"},
    {"20% of 50", "10"},
    {"20% * 50", "10"},
    {"50 + 10%", "55"},
    {"50 - 10%", "45"},
    {"20% + 5%", "25%"},
    {"15% of 80 km", "12 km"},
    {"3/4 in percent", "75 percent"},
    {"25% in %", "25%"},
    {"1/2 of 10", "5"},
    {"3/4 > 2/3", "true"},
    {"1/3 = 2/6", "true"},
    {"0.1 + 0.2 == 0.3", "true"},
    {"2 != 2", "false"},
    {"2 ≤ 2", "true"},
    {"3 >= 4", "false"},
    {"1 km < 1 mile", "true"},
    {"1 km = 1000 m", "true"},
    {"1 hour in minutes = 60 minutes", "true"},
    {"20% < 1/4", "true"},
    {"5!", "120"},
    {"0!", "1"},
    {"3!^2", "36"},
    {"factorial(20)", "2432902008176640000"},
    {"abs(-3.5)", "3.5"},
    {"min(3, 1, 2)", "1"},
    {"max(1 km, 900 m, 1.2 km)", "1.2 km"},
    {"floor(-7/2)", "-4"},
    {"ceil(7/2)", "4"},
    {"round(2.5)", "3"},
    {"round(-2.5)", "-3"},
    {"round(2/3, 3)", "0.667"},
    {"gcd(12, 18, 27)", "3"},
    {"lcm(4, 6, 10)", "60"},
    {"sqrt(144)", "12"},
    {"sqrt(9/4)", "1.5"},
    {"sqrt(2)", "≈ 1.41421356"},
    {"sqrt(2)^2", "≈ 2"},
    {"sqrt(2)^100", "≈ 1125899910000000"},
    {"sqrt(2) < 1.5", "true"},
    {"sqrt(2) * 0", "0"},
    {"floor(10 * sqrt(2))", "14"},
    {"sqrt(9 m^2)", "3 m"},
    {"8^(1/3)", "2"},
    {"(-27)^(1/3)", "-3"},
    {"cbrt(10)", "≈ 2.15443469"},
    {"3 km in m", "3000 m"},
    {"3 km to m", "3000 m"},
    {"5km in m", "5000 m"},
    {"2 hours in minutes", "120 minutes"},
    {"2 hours + 30 minutes in minutes", "150 minutes"},
    {"2 hours 30 minutes in minutes", "150 minutes"},
    {"2 hours + 30 minutes", "2.5 hours"},
    {"60 minutes to hours", "1 hour"},
    {"10 minutes in hours", "1/6 hours"},
    {"3/4 km in m", "750 m"},
    {"1 week in days", "7 days"},
    {"5 in in cm", "12.7 cm"},
    {"12 in", "12 in"},
    {"100/in", "100/in"},
    {"100 km/km/in", "100/in"},
    {"in in cm", "2.54 cm"},
    {"20000 m/km/ m/km/in", "20000/(km^2*in)"},
    {"20000/(km^2*in)", "20000/(km^2*in)"},
    {"4/2/(m*s)", "2/(m*s)"},
    {"2^3/(m*in)", "8/(m*in)"},
    {"1/(m*s)^2", "1/(m^2*s^2)"},
    {"6 m/(kg*K)^2", "6 m/(kg^2*K^2)"},
    {"6/(2 km)", "3/km"},
    {"1/(m*cm) in m^-2", "100/m^2"},
    {"6 feet 2 inches in cm", "187.96 cm"},
    {"1 mile in feet", "5280 feet"},
    {"1 km in miles", "≈ 0.621371192 miles"},
    {"100 km / 2 h", "50 km/h"},
    {"100 km / 50 km/h", "2 h"},
    {"60 km/h * 30 minutes", "30 km"},
    {"36 km/h in m/s", "10 m/s"},
    {"36 kilometres per hour in m/s", "10 m/s"},
    {"3 m * 200 cm", "6 m^2"},
    {"3 m^2 in cm²", "30000 cm^2"},
    {"5 kg * 2 m/s^2 in N", "10 N"},
    {"4184 J/(kg*K) * 2 kg", "8368 J/K"},
    {"1 / 4 s", "0.25/s"},
    {"6 km / 2 m", "3000"},
    {"2 l in ml", "2000 ml"},
    {"1 pound in grams", "453.59237 grams"},
    {"20 celsius in fahrenheit", "68 fahrenheit"},
    {"20 degrees celsius in kelvin", "293.15 kelvin"},
    {"-40 °C in °F", "-40 °F"},
    {"30 celsius - 20 celsius", "10 K"},
    {"20 celsius + 5 K", "25 celsius"},
    {"(2 + 3) km", "5 km"},
    {"km in m", "1000 m"},
    {"1 kWh in J", "3600000 J"},
    {"5 N in kg m/s^2", "5 kg*m/s^2"},  // a space multiplies units
    {"2 N m in J", "2 J"},
    {"3 kg m / s^2 + 1 N", "4 kg*m/s^2"},
    {"2 hours 30 minutes in min", "150 min"},
    {"3 m in cm", "300 cm"},
};

TEST(Expression, EvaluatesTheTable) {
  for (const Case& c : kCases) {
    try {
      EXPECT_EQ(evaluate(c.expression).to_text(), c.text) << c.expression;
    } catch (const Error& error) {
      ADD_FAILURE() << c.expression << ": " << error.message();
    }
  }
}

// The forms that the synthetic world writes into its calculator calls, and the results that it writes behind them.
TEST(Expression, GivesTheTextsOfTheSyntheticWorld) {
  constexpr Case kForms[] = {
      {"12 + 7", "19"},          {"12 - 7", "5"},          {"7 - 12", "-5"},         {"12 * 7", "84"},
      {"12 / 4", "3"},           {"3 km to m", "3000 m"},  {"40 mm to cm", "4 cm"},  {"250 cm to mm", "2500 mm"},
      {"7 kg to g", "7000 g"},   {"4 t to kg", "4000 kg"}, {"2 l to ml", "2000 ml"}, {"3000 ml to l", "3 l"},
      {"2 h to min", "120 min"}, {"5 min to s", "300 s"},  {"2 d to h", "48 h"},     {"60 min to h", "1 h"},
      {"1 km to m", "1000 m"},   {"1000 m to km", "1 km"},
  };
  for (const Case& c : kForms) EXPECT_EQ(evaluate(c.expression).to_text(), c.text) << c.expression;
  for (int a = -20; a <= 20; ++a) {
    for (int b = 1; b <= 20; ++b) {
      const std::string left = std::to_string(a), right = std::to_string(b);
      EXPECT_EQ(evaluate(left + " + " + right).to_text(), std::to_string(a + b));
      EXPECT_EQ(evaluate(left + " - " + right).to_text(), std::to_string(a - b));
      EXPECT_EQ(evaluate(left + " * " + right).to_text(), std::to_string(a * b));
      if (a % b == 0) {
        EXPECT_EQ(evaluate(left + " / " + right).to_text(), std::to_string(a / b));
      }
    }
  }
}

struct BadCase {
  const char* expression;
  const char* part_of_message;
};

constexpr BadCase kBadCases[] = {
    {"", "ends too early"},
    {"2 +", "ends too early"},
    {"(2 + 3", "expected ')'"},
    {"2 + 3)", "at character 6"},
    {"2 3", "expected an operator"},
    {"2 (3)", "expected an operator"},
    {"1,000 + 1", "got ','"},
    {"2 $ 3", "'$', at character 3"},
    {"\xff", "byte 0xff"},
    {"2 × 3 × $", "at character 9"},
    {"((2 × 3) / 0", "at character 10"},
    {"1 / 0", "division by zero"},
    {"5 % 0", "division by zero"},
    {"0^-1", "division by zero"},
    {"1 / (2 - 2)", "at character 3"},
    {"5 m + 3 s", "a length"},
    {"5 m + 3", "a plain number"},
    {"5 m < 3 s", "do not fit"},
    {"5 km in seconds", "a time"},
    {"20 in celsius", "a temperature"},
    {"20 celsius + 5 celsius", "no sum"},
    {"2 * 20 celsius", "absolute zero"},
    {"9^9^9^9", "too large"},
    {"10^100000", "too large"},
    {"1e4000 * 1e4000", "too large"},
    {"99999!", "too large"},
    {"(m^9)^9", "power"},
    {"1e5000", "cannot read"},
    {"1 < 2 < 3", "chained"},
    {"(1 < 2) + 1", "not numbers"},
    {"sqrt(-4)", "negative"},
    {"sqrt(2) * sqrt(2) = 2", "too close"},
    {"sqrt(2) - sqrt(2)", "too close"},
    {"floor(sqrt(2)^2)", "too close"},
    {"sqrt(3 m)", "no root"},
    {"2^sqrt(2)", "exponent"},
    {"(-3)!", "negative"},
    {"2.5!", "whole number"},
    {"gcd(1.5, 2)", "whole number"},
    {"gcd()", "expected a number"},
    {"abs(1, 2)", "wrong number of arguments"},
    {"sqrt 2", "needs its arguments"},
    {"5 houres in minutes", "houres"},
    {"banana", "unknown"},
    {"5 in 5", "expected a unit"},
    {"to m", "expected a number"},
    {"3 km in", "ends too early"},
};

TEST(Expression, BadInputGivesAnErrorThatSaysWhatIsWrong) {
  for (const BadCase& c : kBadCases) {
    try {
      ADD_FAILURE() << c.expression << " gave " << evaluate(c.expression).to_text();
    } catch (const Error& error) {
      EXPECT_NE(error.message().find(c.part_of_message), std::string::npos) << c.expression << ": " << error.message();
      EXPECT_NE(error.code(), ErrorCode::kInternal) << c.expression;
      EXPECT_FALSE(error.hint().empty()) << c.expression;
    }
  }
}

TEST(Expression, SuggestsTheUnitThatWasMeant) {
  try {
    evaluate("5 houres in minutes");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.hint().find("hours"), std::string::npos);
  }
}

/// Evaluates and renders; only an Error that is no bug of ours may come out.
void expect_value_or_error(const std::string& expression) {
  try {
    EXPECT_FALSE(evaluate(expression).to_text().empty());
  } catch (const Error& error) {
    EXPECT_NE(error.code(), ErrorCode::kInternal) << expression << ": " << error.message();
  }
}

TEST(Expression, MessagesNeverCutACharacterInTwo) {
  for (size_t length = 36; length < 42; ++length) {
    try {
      evaluate(std::string(length, 'a') + "°°°");
      FAIL();
    } catch (const Error& error) {
      EXPECT_NE(error.message().find("')"), std::string::npos);
      size_t degrees = 0;
      for (char c : error.message()) degrees += c == '\xc2' ? 1 : c == '\xb0' ? -1 : 0;
      EXPECT_EQ(degrees, 0u) << error.message();
    }
  }
}

TEST(Expression, DeepNestingAndGreatLengthAreErrors) {
  for (const char* unit : {"(", "-", "2^", "abs(", "((-"}) {
    std::string deep;
    while (deep.size() + 8 < kMaxExpressionBytes) deep += unit;
    EXPECT_THROW(evaluate(deep + "1"), Error) << unit;
  }
  EXPECT_THROW(evaluate(std::string(kMaxExpressionBytes, ' ') + "1"), Error);
  std::string sum = "1";
  while (sum.size() + 2 <= kMaxExpressionBytes) sum += "+1";
  EXPECT_EQ(evaluate(sum).to_text(), std::to_string((sum.size() + 1) / 2));
}

TEST(Expression, ExpensiveExpressionsAreRefused) {
  std::string product = "1";
  for (int i = 0; i < 200; ++i) product += "+1/(3^5000+" + std::to_string(i) + ")";
  expect_value_or_error(product);
  std::string factorials = "1500!";
  while (factorials.size() + 8 < kMaxExpressionBytes) factorials += "-1500!";
  EXPECT_THROW(evaluate(factorials), Error);
}

TEST(Expression, RandomBytesGiveAValueOrAnError) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 24, ' ');
    for (char& c : text) c = static_cast<char>(random());
    expect_value_or_error(text);
  }
}

TEST(Expression, RandomTokensGiveAValueOrAnError) {
  constexpr const char* kTokens[] = {"1",   "2",   "0",    "7.5",  "1e9", "99",      "+",      "-",         "*",
                                     "/",   "^",   "%",    "!",    "(",   ")",       ",",      "=",         "<",
                                     ">=",  "km",  "m",    "h",    "in",  "to",      "of",     "per",       "°C",
                                     "min", "max", "sqrt", "abs",  "gcd", "round",   "lcm",    "cbrt",      "cm²",
                                     "mph", "%",   "K",    "feet", "s^2", "minutes", "degree", "fahrenheit"};
  std::mt19937_64 random(2);
  for (int round = 0; round < 60000; ++round) {
    std::string text;
    for (uint64_t i = random() % 14; i > 0; --i) {
      text += kTokens[random() % std::size(kTokens)];
      if (random() % 2 == 0) text += ' ';
    }
    expect_value_or_error(text);
  }
}

TEST(Expression, ExactNumbersReadBackAsTheyWereWritten) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 500; ++round) {
    const std::string a = std::to_string(static_cast<int64_t>(random() % 100000) - 50000);
    const std::string b = std::to_string(random() % 1000 + 1), c = std::to_string(random() % 1000 + 1);
    const Value value = evaluate(a + "/" + b + " - " + c + "^3/7");
    EXPECT_EQ(evaluate(value.to_text()).number, value.number) << value.to_text();
  }
}

}  // namespace
}  // namespace vitrine::exact
