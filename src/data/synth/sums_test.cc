#include "data/synth/sums.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "data/synth/synth.h"

namespace vitrine::data {
namespace {

TEST(Sums, OneInSixteenIsHeldOutWhateverTheOrderOfWhatIsAddedOrMultiplied) {
  int held_out = 0;
  for (int64_t x = 1; x <= 100; ++x)
    for (int64_t y = 1; y <= 100; ++y) {
      EXPECT_EQ(split_of_sum(x, '+', y), split_of_sum(y, '+', x));
      EXPECT_EQ(split_of_sum(x, '*', y), split_of_sum(y, '*', x));
      held_out += split_of_sum(x, '-', y) == Split::kHeldOut;
    }
  EXPECT_NEAR(held_out / 10000.0, 1 / 16.0, 0.01);
}

TEST(Sums, NoTrainingDocumentCalculatesAHeldOutOne) {
  const std::regex pattern(R"(\"(\d+) ([-+*/^]) (\d+)\")");
  for (const Level level : {Level::kSmall, Level::kFull}) {
    size_t num_sums = 0;
    std::set<std::string> operations;
    for (uint64_t index = 0; index < 40000; ++index) {
      const Document document = make_document({.seed = 3, .level = level}, index);
      for (const Message& message : document.messages)
        for (const Part& part : message.parts) {
          const auto* const call = std::get_if<ToolCallPart>(&part);
          std::smatch found;
          if (call == nullptr || !std::regex_search(call->arguments, found, pattern)) continue;
          ++num_sums;
          operations.insert(found[2]);
          ASSERT_EQ(split_of_sum(std::stoll(found[1]), found[2].str()[0], std::stoll(found[3])), Split::kTraining)
              << call->arguments;
        }
    }
    EXPECT_GT(num_sums, 3000u);
    EXPECT_EQ(operations.size(), level == Level::kSmall ? 4u : 5u);
  }
}

// Below zero, and of more digits than a machine's whole number has.
TEST(Sums, TheAssistantSaysWhateverTheCalculatorGave) {
  for (const Level level : {Level::kSmall, Level::kFull}) {
    size_t num_negative = 0, num_long = 0;
    for (uint64_t index = 0; index < 20000; ++index) {
      const Document document = make_document({.seed = 3, .level = level}, index);
      for (size_t at = 0; at + 1 < document.messages.size(); ++at) {
        const Message &result = document.messages[at], &answer = document.messages[at + 1];
        if (result.role != Role::kTool || answer.text().empty()) continue;
        const std::string number = result.text().substr(0, result.text().find(' '));
        ASSERT_TRUE((' ' + answer.text()).find(' ' + number) != std::string::npos) << number << ": " << answer.text();
        num_negative += number[0] == '-';
        num_long += number.size() > 20;
      }
    }
    EXPECT_GT(num_negative, 100u);
    EXPECT_GT(num_long, 20u);
  }
}

}  // namespace
}  // namespace vitrine::data
