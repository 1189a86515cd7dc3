#include "infer/sequence_breakers.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tokenizer/trainer.h"

namespace vitrine::infer {
namespace {

tokenizer::Tokenizer bytes_only() {
  const std::string_view documents[] = {"abc"};
  ThreadPool pool(1);
  return tokenizer::train_bpe({.vocab_size = 256}, documents, pool);
}

TEST(SequenceBreakers, AreTheLastTokensOfTheirTexts) {
  const tokenizer::Tokenizer tokenizer = bytes_only();
  SamplingSettings settings{.dry_multiplier = 1, .dry_sequence_breakers = R"(\n,:,\,,\\,xy)"};
  resolve_sequence_breakers(settings, tokenizer);
  ASSERT_EQ(settings.dry_breaker_ids.size(), 5u);
  const std::string_view want[] = {"\n", ":", ",", "\\", "y"};
  for (size_t i = 0; i < 5; ++i)
    EXPECT_EQ(tokenizer.decode(std::vector<int32_t>{settings.dry_breaker_ids[i]}), want[i]);
}

TEST(SequenceBreakers, AreNotAskedForWhileDryIsOff) {
  SamplingSettings settings{.dry_sequence_breakers = R"(\q)"};
  resolve_sequence_breakers(settings, bytes_only());
  EXPECT_TRUE(settings.dry_breaker_ids.empty());
  settings.dry_multiplier = 1;
  EXPECT_THROW(resolve_sequence_breakers(settings, bytes_only()), Error);
  settings.dry_sequence_breakers = "a\\";
  EXPECT_THROW(resolve_sequence_breakers(settings, bytes_only()), Error);
}

}  // namespace
}  // namespace vitrine::infer
