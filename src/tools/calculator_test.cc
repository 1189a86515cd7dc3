#include "tools/calculator.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vitrine::tools {
namespace {

ToolResult calculate(std::string_view expression) {
  return call_calculator(nlohmann::json{{"expression", expression}}.dump());
}

TEST(Calculator, ComputesWhatTheChatAsks) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"12 + 7", "19"},      {"7 / 2", "3.5"},        {"5 km in m", "5000 m"}, {"2 hours in minutes", "120 minutes"},
      {"3/4 > 2/3", "true"}, {"3 km to m", "3000 m"}, {"20% of 50", "10"},     {"sqrt(2)", "≈ 1.41421356"},
      {"12 × 3", "36"},      {"12 / 4", "3"},
  };
  for (const auto& [expression, text] : kCases) {
    const ToolResult result = calculate(expression);
    EXPECT_TRUE(result.ok) << expression;
    EXPECT_EQ(result.text, text);
  }
}

TEST(Calculator, WhatCannotBeComputedIsAFailedResultWithAReason) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"1 / 0", "division by zero"}, {"5 m + 3 s", "a length"}, {"9^9^9^9", "too large"},
      {"2 +", "too early"},          {"", "too early"},
  };
  for (const auto& [expression, part] : kCases) {
    const ToolResult result = calculate(expression);
    EXPECT_FALSE(result.ok) << expression;
    EXPECT_NE(result.text.find(part), std::string::npos) << result.text;
  }
}

TEST(Calculator, RefusesArgumentsThatItWouldIgnore) {
  EXPECT_FALSE(call_calculator(R"({"expression": "1 + 1", "digits": 3})").ok);
}

}  // namespace
}  // namespace vitrine::tools
