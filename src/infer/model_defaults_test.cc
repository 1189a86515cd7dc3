#include "infer/model_defaults.h"

#include <gtest/gtest.h>

#include "infer/sampler.h"

namespace vitrine::infer {
namespace {

model::SamplingDefaults from_json(const std::string& json) {
  return model::read_generation_config(model::ConfigJson(json, "generation_config.json"));
}

TEST(ModelDefaults, WhatTheModelSaysHoldsWhereNothingWasChosen) {
  const auto of_model = from_json(R"({"do_sample": true, "temperature": 0.6, "top_p": 0.9, "top_k": 20,
                                      "min_p": 0.05, "typical_p": 0.5, "repetition_penalty": 1.05})");
  const std::vector<std::string> chosen = {"top_p", "repeat_last_n"};
  const SamplingSettings got = with_model_defaults({.top_p = 0.5, .repeat_last_n = 7}, of_model, chosen);
  EXPECT_EQ(got.temperature, 0.6);
  EXPECT_EQ(got.top_k, 20);
  EXPECT_EQ(got.min_p, 0.05);
  EXPECT_EQ(got.typical_p, 0.5);
  EXPECT_EQ(got.repeat_penalty, 1.05);
  EXPECT_EQ(got.top_p, 0.5);
  EXPECT_EQ(got.repeat_last_n, 7);
}

TEST(ModelDefaults, AModelThatIsNotDrawnFromTakesTheBestTokenUnlessTheUserWantsOtherwise) {
  const auto of_model = from_json(R"({"do_sample": false, "temperature": 0.6})");
  EXPECT_EQ(with_model_defaults({}, of_model, {}).temperature, 0);
  const std::vector<std::string> chosen = {"temperature"};
  EXPECT_EQ(with_model_defaults({.temperature = 0.3}, of_model, chosen).temperature, 0.3);
}

TEST(ModelDefaults, AModelThatSaysNothingChangesNothing) {
  SamplingSettings plain, got = with_model_defaults(plain, from_json(R"({"eos_token_id": 2})"), {});
  const ConfigFields wanted = plain.fields(), fields = got.fields();
  for (size_t i = 0; i < fields.size(); ++i) EXPECT_EQ(field_text(fields[i]), field_text(wanted[i]));
}

TEST(ModelDefaults, ValuesAtTheEdgeBecomeOnesThatCanBeDrawnWith) {
  const auto edge = from_json(R"({"top_p": 0, "typical_p": 0, "top_k": -1, "temperature": 100})");
  const SamplingSettings got = with_model_defaults({}, edge, {});
  EXPECT_GT(got.top_p, 0);
  EXPECT_GT(got.typical_p, 0);
  EXPECT_EQ(got.top_k, 0);
  EXPECT_NO_THROW(Sampler{got});
}

}  // namespace
}  // namespace vitrine::infer
