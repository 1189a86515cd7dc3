#include "model/adapter_patterns.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace vitrine::model {
namespace {

AdapterPatterns patterns_of(const std::string& members) {
  return {ConfigJson(R"({"alpha_pattern": {)" + members + "}}", "adapter_config.json"), "alpha_pattern"};
}

TEST(AdapterPatterns, APatternStandsForAWholeNameOrItsEndBehindADot) {
  const AdapterPatterns plain = patterns_of(R"("q_proj": 3)");
  EXPECT_EQ(plain.value_of("model.layers.0.self_attn.q_proj", 8), 3);
  EXPECT_EQ(plain.value_of("q_proj", 8), 3);
  EXPECT_EQ(plain.value_of("model.layers.0.self_attn.my_q_proj", 8), 8);
  EXPECT_EQ(plain.value_of("model.layers.0.self_attn.q_proj.inner", 8), 8);
  const AdapterPatterns long_one = patterns_of(R"("layers.1.self_attn.v_proj": 5)");
  EXPECT_EQ(long_one.value_of("model.layers.1.self_attn.v_proj", 8), 5);
  EXPECT_EQ(long_one.value_of("model.layers.11.self_attn.v_proj", 8), 8);
}

TEST(AdapterPatterns, ARegularExpressionMayStandThere) {
  const AdapterPatterns some = patterns_of(R"("layers\\.(0|2)\\..*\\.k_proj": 4, "^lm_head": 6)");
  EXPECT_EQ(some.value_of("model.layers.2.self_attn.k_proj", 8), 4);
  EXPECT_EQ(some.value_of("model.layers.1.self_attn.k_proj", 8), 8);
  EXPECT_EQ(some.value_of("lm_head", 8), 6);
  EXPECT_EQ(some.value_of("model.lm_head", 8), 8);
}

TEST(AdapterPatterns, TheFirstInTheFileThatFitsCounts) {
  EXPECT_EQ(patterns_of(R"("z_proj": 1, "a.z_proj": 2)").value_of("m.a.z_proj", 8), 1);
  EXPECT_EQ(patterns_of(R"("a.z_proj": 2, "z_proj": 1)").value_of("m.a.z_proj", 8), 2);
  EXPECT_EQ(AdapterPatterns(ConfigJson("{}"), "alpha_pattern").value_of("m.a", 8), 8);
}

TEST(AdapterPatterns, HostileOnesAreRefusedByName) {
  const auto refusal = [](const std::string& members) {
    try {
      patterns_of(members).value_of("model." + std::string(200, 'a'), 8);
    } catch (const Error& error) {
      return error.message();
    }
    return std::string();
  };
  EXPECT_NE(refusal(R"("q(proj": 3)").find("alpha_pattern: 'q(proj'"), std::string::npos) << refusal(R"("q(proj": 3)");
  EXPECT_NE(refusal(R"("q_proj": "much")").find("'q_proj' is wrong"), std::string::npos);
  EXPECT_NE(refusal(R"("(a|a)*[bc]": 3)"), "");
  EXPECT_NE(refusal("\"" + std::string(2000, 'x') + "\": 3").find("1000 bytes"), std::string::npos);
}

}  // namespace
}  // namespace vitrine::model
