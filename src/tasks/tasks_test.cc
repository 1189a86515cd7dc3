#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "base/error.h"
#include "data/synth/sums.h"
#include "tasks/task.h"

namespace vitrine::tasks {
namespace {

TEST(Tasks, ExamplesAreAPureFunctionOfSeedAndIndexAndTheirReferenceIsRight) {
  for (const Task& task : tasks()) {
    std::set<std::string> prompts;
    for (uint64_t index = 0; index < 200; ++index) {
      const TaskExample example = task.make_example(7, index), again = task.make_example(7, index);
      ASSERT_FALSE(example.prompt.empty()) << task.name;
      EXPECT_EQ(example.prompt, again.prompt) << task.name;
      EXPECT_EQ(example.reference, again.reference) << task.name;
      EXPECT_EQ(example.prompt.back().role, data::Role::kUser) << task.name;
      EXPECT_EQ(example.grade(example.reference), 1.0) << task.name << ": " << example.reference;
      EXPECT_EQ(example.grade(""), 0.0) << task.name;
      EXPECT_FALSE(example.type.empty()) << task.name;
      prompts.insert(example.prompt.back().text());
    }
    EXPECT_GT(prompts.size(), 100u) << task.name;
    EXPECT_NE(task.make_example(7, 0).prompt, task.make_example(8, 0).prompt) << task.name;
  }
}

TEST(Arithmetic, AsksHeldOutSumsOnlyAndKnowsTheirResult) {
  const std::regex pattern(R"(What is (\d+) ([-+*]) (\d+)\?)");
  std::set<std::string> types;
  for (uint64_t index = 0; index < 2000; ++index) {
    const TaskExample example = find_task("arithmetic").make_example(1, index);
    const std::string prompt = example.prompt.back().text();
    std::smatch found;
    ASSERT_TRUE(std::regex_match(prompt, found, pattern)) << prompt;
    const int64_t x = std::stoll(found[1]), y = std::stoll(found[3]);
    const char operation = found[2].str()[0];
    EXPECT_EQ(data::split_of_sum(x, operation, y), data::Split::kHeldOut) << prompt;
    EXPECT_EQ(std::stoll(example.reference), operation == '+' ? x + y : operation == '-' ? x - y : x * y);
    types.insert(example.type);
  }
  EXPECT_EQ(types.size(), 3u);
}

TEST(Arithmetic, TheLastNumberOfAnAnswerCounts) {
  TaskExample example;
  for (uint64_t index = 0; example.reference.size() < 2; ++index)
    example = find_task("arithmetic").make_example(1, index);
  const std::string right = example.reference;
  for (const std::string& answer : {right, right + ".", "It is " + right + ".", "1 and 2 make " + right})
    EXPECT_EQ(example.grade(answer), 1.0) << answer;
  for (const std::string& answer : {std::string("no number"), "-" + right, right + "0", right + " or 3", "1" + right,
                                    right.substr(1), std::string("-")})
    EXPECT_EQ(example.grade(answer), 0.0) << answer;
}

TEST(Tasks, AnUnknownNameGetsTheNearestOne) {
  try {
    find_task("aritmetic");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.hint().find("'arithmetic'"), std::string::npos) << error.hint();
  }
}

}  // namespace
}  // namespace vitrine::tasks
