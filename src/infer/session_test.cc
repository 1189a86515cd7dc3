#include "infer/session.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/tiny_model.h"

namespace vitrine::infer {
namespace {

using autograd::Runtime;
using nn::Transformer;
using testing::random_ids;
using testing::tiny_configs;
using testing::tiny_qwen3;

std::vector<int32_t> some_ids(int64_t count, uint64_t seed, int64_t vocabulary = 37) {
  const Tensor ids = random_ids(1, count, vocabulary, seed);
  return {ids.ints().begin(), ids.ints().end()};
}

/// Tokens and their probabilities, so that runs can be compared bit by bit.
struct Generated {
  std::vector<int32_t> ids;
  std::vector<double> log_probabilities;
  GenerateResult result;

  bool operator==(const Generated& other) const {
    return ids == other.ids && log_probabilities == other.log_probabilities && result.reason == other.result.reason;
  }
};

Generated generate(Session& session, const std::vector<int32_t>& prompt, GenerateOptions options) {
  Generated generated;
  const auto given = options.on_token;
  options.on_token = [&](const SampledToken& token) {
    generated.ids.push_back(token.id);
    generated.log_probabilities.push_back(token.raw_log_probability);
    generated.log_probabilities.push_back(token.kept_log_probability);
    return !given || given(token);
  };
  generated.result = session.generate(prompt, options);
  EXPECT_EQ(generated.ids, generated.result.ids);
  return generated;
}

/// The same by a whole pass over everything so far for every token: no cache, no session.
Generated generate_without_cache(const Transformer& model, const Runtime& runtime, std::vector<int32_t> ids,
                                 const GenerateOptions& options) {
  Sampler sampler(options.sampling);
  Generated generated;
  for (int64_t i = 0; i < options.max_tokens; ++i) {
    autograd::ExecutionContext context = runtime.execution_context();
    const auto count = static_cast<int64_t>(ids.size());
    const Tensor logits = model.logits(context, model.hidden(context, {.ids = Tensor::from_ints({1, count}, ids)}))
                              .reshaped({count, model.config().vocab_size})
                              .slice_rows(count - 1, count);
    const SampledToken token = sampler.sample(logits.floats());
    generated.ids.push_back(token.id);
    generated.log_probabilities.push_back(token.raw_log_probability);
    generated.log_probabilities.push_back(token.kept_log_probability);
    ids.push_back(token.id);
  }
  return generated;
}

TEST(Session, DecodingTokenByTokenGivesTheBitsOfFullForwardPasses) {
  const Runtime runtime(2);
  for (const auto& config : tiny_configs()) {
    const Transformer model(config, 7);
    for (const double temperature : {0.0, 1.0}) {
      const GenerateOptions options{.sampling = {.temperature = temperature, .top_p = 1}, .max_tokens = 12};
      Session session(model, runtime);
      const std::vector<int32_t> prompt = some_ids(9, 3);
      EXPECT_EQ(generate(session, prompt, options), generate_without_cache(model, runtime, prompt, options))
          << config.architecture << " " << temperature;
    }
  }
}

TEST(Session, APromptOfSeveralPassesGivesTheBitsOfOnePass) {
  const Runtime runtime(2);
  nn::TransformerConfig config = tiny_qwen3();
  config.context_length = 700;
  const Transformer model(config, 7);
  const GenerateOptions options{.sampling = {.temperature = 1, .top_p = 1}, .max_tokens = 3};
  for (const int64_t length : {255, 256, 257, 513, 600}) {
    Session session(model, runtime);
    const std::vector<int32_t> prompt = some_ids(length, 4);
    EXPECT_EQ(generate(session, prompt, options), generate_without_cache(model, runtime, prompt, options)) << length;
  }
}

TEST(Session, WhatIsTakenOverFromTheCallBeforeGivesTheBitsOfAFreshSession) {
  const Runtime runtime(1);
  for (const auto& config : tiny_configs()) {
    const Transformer model(config, 7);
    const GenerateOptions options{.sampling = {.temperature = 1, .top_p = 1}, .max_tokens = 5};
    const std::vector<int32_t> first = some_ids(12, 5);
    std::vector<int32_t> longer = first, changed = first, shorter(first.begin(), first.begin() + 6);
    longer.insert(longer.end(), {1, 2, 3});
    changed[7] = (changed[7] + 1) % 37;
    std::vector<int32_t> other = some_ids(10, 6);
    other[0] = (first[0] + 1) % 37;
    const std::pair<std::vector<int32_t>, int64_t> calls[] = {{first, 0},   {first, 11}, {longer, 12}, {changed, 7},
                                                              {shorter, 5}, {longer, 6}, {other, 0},   {other, 9}};
    Session session(model, runtime);
    for (const auto& [prompt, reused] : calls) {
      Session fresh(model, runtime);
      const Generated again = generate(session, prompt, options);
      EXPECT_EQ(again, generate(fresh, prompt, options)) << config.architecture << " reused " << reused;
      EXPECT_EQ(again.result.prompt_tokens, static_cast<int64_t>(prompt.size()));
      EXPECT_EQ(again.result.cached_prompt_tokens, reused);
    }
  }
}

TEST(Session, AnAnswerThatIsContinuedIsTakenOverWhole) {
  const Runtime runtime(1);
  const Transformer model(tiny_qwen3(), 7);
  const GenerateOptions options{.sampling = {.temperature = 1}, .max_tokens = 4};
  Session session(model, runtime);
  std::vector<int32_t> talk = some_ids(8, 5);
  const GenerateResult first = session.generate(talk, options);
  talk.insert(talk.end(), first.ids.begin(), first.ids.end());
  talk.push_back(11);
  const GenerateResult second = session.generate(talk, options);
  EXPECT_EQ(second.cached_prompt_tokens, 12);
}

TEST(Session, EndsBeforeAStopTokenAndDoesNotShowIt) {
  const Runtime runtime(1);
  const Transformer model(tiny_qwen3(), 7);
  GenerateOptions options{.sampling = {.temperature = 1, .top_p = 1}, .max_tokens = 20};
  Session session(model, runtime);
  const std::vector<int32_t> prompt = some_ids(5, 8);
  const Generated free = generate(session, prompt, options);
  ASSERT_EQ(free.result.reason, StopReason::kLength);
  ASSERT_EQ(free.ids.size(), 20u);
  const int32_t stop = free.ids[9];
  const auto at = std::find(free.ids.begin(), free.ids.end(), stop);
  options.stop_ids = {36, stop};
  if (std::find(free.ids.begin(), free.ids.end(), 36) < at) options.stop_ids = {stop};
  const Generated stopped = generate(session, prompt, options);
  EXPECT_EQ(stopped.result.reason, StopReason::kStopToken);
  EXPECT_EQ(stopped.ids, (std::vector<int32_t>(free.ids.begin(), at)));
}

TEST(Session, ACancelledAnswerKeepsWhatWasSaidAndTheSessionGoesOnAsAFreshOne) {
  const Runtime runtime(1);
  const Transformer model(tiny_qwen3(), 7);
  GenerateOptions options{.sampling = {.temperature = 1, .top_p = 1}, .max_tokens = 10};
  Session session(model, runtime), fresh(model, runtime);
  const std::vector<int32_t> prompt = some_ids(5, 8);
  const Generated whole = generate(fresh, prompt, options);
  for (const size_t tokens : {size_t{1}, size_t{4}, size_t{10}}) {
    size_t count = 0;
    options.on_token = [&](const SampledToken&) { return ++count < tokens; };
    const Generated cancelled = generate(session, prompt, options);
    EXPECT_EQ(cancelled.result.reason, StopReason::kCancelled);
    EXPECT_EQ(cancelled.ids, (std::vector<int32_t>(whole.ids.begin(), whole.ids.begin() + static_cast<long>(tokens))));
    options.on_token = {};
    EXPECT_EQ(generate(session, prompt, options), whole) << tokens;
  }
}

TEST(Session, EndsWhereTheContextEnds) {
  const Runtime runtime(1);
  const Transformer model(tiny_qwen3(), 7);  // a context of 32
  const GenerateOptions options{.sampling = {.temperature = 1}, .max_tokens = 1000};
  for (const int64_t length : {1, 20, 31}) {
    Session session(model, runtime);
    const GenerateResult result = session.generate(some_ids(length, 9), options);
    EXPECT_EQ(result.reason, StopReason::kContext);
    EXPECT_EQ(static_cast<int64_t>(result.ids.size()), 33 - length);  // the last one is drawn and never read
  }
}

TEST(Session, RefusesPromptsThatCannotBeContinuedAndStaysUsable) {
  const Runtime runtime(1);
  const Transformer model(tiny_qwen3(), 7);
  const GenerateOptions options{.sampling = {.temperature = 1}, .max_tokens = 4};
  Session session(model, runtime), fresh(model, runtime);
  const std::vector<int32_t> good = some_ids(6, 10);
  session.generate(good, options);
  for (const std::vector<int32_t>& bad :
       {std::vector<int32_t>{}, some_ids(32, 11), some_ids(33, 11), {1, 2, 37}, {1, -1, 2}, {1 << 30}}) {
    try {
      session.generate(bad, options);
      ADD_FAILURE() << bad.size();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.message();
    }
  }
  EXPECT_EQ(generate(session, good, options), generate(fresh, good, options));
}

TEST(Session, WritesNoMoreThanItIsAskedFor) {
  const Runtime runtime(1);
  const Transformer model(tiny_qwen3(), 7);
  Session session(model, runtime);
  for (const int64_t count : {0, 1, 7}) {
    const GenerateResult result =
        session.generate(some_ids(4, 12), {.sampling = {.temperature = 1}, .max_tokens = count});
    EXPECT_EQ(static_cast<int64_t>(result.ids.size()), count);
    EXPECT_EQ(result.reason, StopReason::kLength);
  }
}

}  // namespace
}  // namespace vitrine::infer
