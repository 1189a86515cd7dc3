#include "train/run_config.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace vitrine::train {
namespace {

/// A run whose every size is legal for itself.
RunConfig largest() {
  RunConfig config = preset_config("nano");
  ConfigFields fields = config.fields();
  for (const char* name :
       {"width", "layers", "heads", "key_heads", "head_width", "hidden_width", "vocab_size", "context_length"}) {
    const ConfigField& field = find_field(fields, name, "test");
    **std::get_if<int64_t*>(&field.target) = static_cast<int64_t>(field.max);
  }
  config.micro_batch_rows = 65536;
  config.batch_tokens = config.model.context_length * config.micro_batch_rows;
  return config;
}

TEST(RunConfig, SizesThatMultiplyToMoreThanAnyModelAreRefused) {
  try {
    largest().validate();
    FAIL() << "a model of 1e23 parameters was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.message().find("parameters"), std::string::npos) << error.message();
  }
}

TEST(RunConfig, ThePlanOfALargeModelIsLargeAndNotWrapped) {
  RunConfig config = largest();
  config.model.layers = 96;
  config.model.heads = config.model.key_heads = 96;
  config.model.head_width = 128;
  config.model.width = 12288;
  config.model.hidden_width = 49152;
  config.validate();
  const MemoryPlan plan = plan_memory(config);
  EXPECT_GT(plan.weights, int64_t{4} * 150'000'000'000);
  EXPECT_GT(plan.activations, int64_t{1} << 58);
  EXPECT_GT(plan.total(), plan.activations);
}

TEST(RunConfig, AWarmupThatNobodyAskedForFitsIntoAShortRun) {
  RunConfig config = preset_config("nano");
  EXPECT_FALSE(config.fit_warmup());
  EXPECT_EQ(config.warmup_steps, preset_config("nano").warmup_steps);
  for (const auto& [max_steps, warmup_steps] : {std::pair<int64_t, int64_t>{20, 2}, {5, 1}, {1, 1}, {50, 50}}) {
    config = preset_config("nano");
    config.max_steps = max_steps;
    config.model.vocab_size = 900;
    EXPECT_EQ(config.fit_warmup(), max_steps < 50);
    EXPECT_EQ(config.warmup_steps, warmup_steps);
    EXPECT_NO_THROW(config.validate());
  }
  config.warmup_steps = 51;
  EXPECT_THROW(config.validate(), Error);
}

}  // namespace
}  // namespace vitrine::train
