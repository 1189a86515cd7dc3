#include "serve/sampling_request.h"

#include <gtest/gtest.h>

#include <climits>

namespace vitrine::serve {
namespace {

int64_t priority_of(std::string_view body) {
  const schema::JsonValue json = parse_body(body);
  return read_priority(Fields(json));
}

TEST(SamplingRequest, ALowerPriorityOfARequestIsAHigherOneOfTheEngine) {
  EXPECT_EQ(priority_of("{}"), 0);
  EXPECT_EQ(priority_of(R"({"priority":null})"), 0);
  EXPECT_EQ(priority_of(R"({"priority":3})"), -3);
  EXPECT_GT(priority_of(R"({"priority":-1})"), priority_of(R"({"priority":2})"));
  EXPECT_EQ(priority_of(R"({"priority":-2147483648})"), -int64_t{INT_MIN});
}

TEST(SamplingRequest, StepsMayBeAListOrNamesWithCommasBetween) {
  const auto steps_of = [](std::string_view body) {
    const schema::JsonValue json = parse_body(body);
    return read_sampling(Fields(json), {}, 100).samplers;
  };
  EXPECT_EQ(steps_of(R"({"samplers":["min_p","temperature"]})"), "min_p,temperature");
  EXPECT_EQ(steps_of(R"({"samplers":"min_p,temperature"})"), "min_p,temperature");
  EXPECT_EQ(steps_of(R"({"samplers":null})"), steps_of("{}"));
}

}  // namespace
}  // namespace vitrine::serve
