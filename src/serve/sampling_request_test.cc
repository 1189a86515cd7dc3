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

TEST(SamplingRequest, MirostatIsSwitchedAsLlamaServerHasIt) {
  const auto tau_of = [](std::string_view body) {
    const schema::JsonValue json = parse_body(body);
    return read_sampling(Fields(json), {}, 100).mirostat_tau;
  };
  EXPECT_EQ(tau_of(R"({"mirostat":0,"mirostat_tau":5,"mirostat_eta":0.1})"), 0);
  EXPECT_EQ(tau_of(R"({"mirostat":2})"), 5);
  EXPECT_EQ(tau_of(R"({"mirostat":2,"mirostat_tau":3})"), 3);
  EXPECT_EQ(tau_of(R"({"mirostat_tau":3})"), 3);
  EXPECT_THROW(tau_of(R"({"mirostat":1})"), std::exception);
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
