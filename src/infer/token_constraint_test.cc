#include "infer/token_constraint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <regex>

#include "base/error.h"
#include "infer/session.h"
#include "schema/validate.h"
#include "support/tiny_model.h"
#include "tokenizer/trainer.h"

namespace vitrine::infer {
namespace {

constexpr const char* kSchema =
    R"({"type":"object","properties":{"name":{"type":"string","maxLength":12},"age":{"type":"integer","minimum":0,"maximum":150},
        "tags":{"type":"array","items":{"enum":["red","dog","the cat"]},"maxItems":3}},"required":["name","age"],"additionalProperties":false})";

const tokenizer::Tokenizer& small_tokenizer() {
  static const tokenizer::Tokenizer kTokenizer = [] {
    const std::string_view documents[] = {
        "the cat sat on the mat and the dog sat on the cat. {\"name\": \"dog\", \"age\": 12, \"tags\": [\"red\", "
        "\"dog\"]}",
        "{\"name\": \"red cat\", \"age\": 120}"};
    tokenizer::TrainOptions options{.vocab_size = 280, .special_tokens = {"<|end|>", "<|other|>"}};
    ThreadPool pool(1);
    return tokenizer::train_bpe(options, documents, pool);
  }();
  return kTokenizer;
}

int32_t end_id() { return *small_tokenizer().special_id("<|end|>"); }

std::shared_ptr<const schema::Vocabulary> small_vocabulary() {
  static const auto kVocabulary = make_vocabulary(small_tokenizer(), std::vector<int32_t>{end_id()});
  return kVocabulary;
}

/// A model whose weights are random: what it writes by itself is noise.
const nn::Transformer& noise_model() {
  static const nn::Transformer kModel = [] {
    nn::TransformerConfig config = testing::tiny_qwen3();
    config.vocab_size = small_tokenizer().vocab_size() + 5;  // padded, as many models are
    config.context_length = 600;
    return nn::Transformer(config, 7);
  }();
  return kModel;
}

struct Written {
  std::string text;
  GenerateResult result;
  std::shared_ptr<TokenConstraint> constraint;
};

Written write(Session& session, const schema::Grammar& grammar, int64_t seed, GenerateOptions options = {}) {
  options.sampling = {.temperature = 1, .top_p = 1, .seed = seed};
  options.constraint = std::make_shared<TokenConstraint>(TextRule{grammar, small_vocabulary()});
  if (options.stop_ids.empty()) options.stop_ids = {end_id()};
  const GenerateResult result = session.generate(std::vector<int32_t>{1, 2, 3}, options);
  return {small_tokenizer().decode(result.ids), result, options.constraint};
}

TEST(TokenConstraint, WhatAModelOfNoiseWritesIsAlwaysValid) {
  const autograd::Runtime runtime(1);
  Session session(noise_model(), runtime);
  const schema::Grammar grammar = schema::compile_json_schema(kSchema, {.compact = true});
  int whole = 0;
  for (int64_t seed = 0; seed < 20; ++seed) {
    const Written written = write(session, grammar, seed);
    if (written.result.reason != StopReason::kStopToken) {
      EXPECT_FALSE(written.constraint->is_complete()) << written.text;
      continue;
    }
    ++whole;
    EXPECT_TRUE(written.constraint->is_complete());
    EXPECT_TRUE(schema::validate(written.text, kSchema).empty()) << written.text;
  }
  EXPECT_GE(whole, 15);
}

TEST(TokenConstraint, APatternIsMatchedAsAWhole) {
  const autograd::Runtime runtime(1);
  Session session(noise_model(), runtime);
  const char* const pattern = "(yes|no|[a-c]{2,5}-[0-9]{3})";
  const schema::Grammar grammar = schema::compile_regex(pattern);
  for (int64_t seed = 0; seed < 30; ++seed) {
    const Written written = write(session, grammar, seed);
    EXPECT_EQ(written.result.reason, StopReason::kStopToken);
    EXPECT_TRUE(std::regex_match(written.text, std::regex(pattern))) << written.text;
  }
}

TEST(TokenConstraint, ATextThatMayGoOnIsWholeWhereItIsCut) {
  const autograd::Runtime runtime(1);
  Session session(noise_model(), runtime);
  const Written digits = write(session, schema::compile_regex("[0-9]+"), 1, {.max_tokens = 1});
  if (digits.result.reason == StopReason::kLength) {
    EXPECT_TRUE(digits.constraint->is_complete());
  }
  const Written part = write(session, schema::compile_regex("[0-9]{400}"), 1, {.max_tokens = 3});
  EXPECT_EQ(part.result.reason, StopReason::kLength);
  EXPECT_FALSE(part.constraint->is_complete());
}

TEST(TokenConstraint, TheTextEndsWithItsEndTokenWhateverStops) {
  const autograd::Runtime runtime(1);
  Session session(noise_model(), runtime);
  const Written written = write(session, schema::compile_regex("ab"), 1, {.stop_ids = {1}});
  EXPECT_EQ(written.text, "ab");
  EXPECT_EQ(written.result.reason, StopReason::kStopToken);
}

TEST(TokenConstraint, ADocumentIsNotFollowedByWhiteSpaceToNoEnd) {
  const autograd::Runtime runtime(1);
  Session session(noise_model(), runtime);
  for (int64_t seed = 0; seed < 10; ++seed) {
    const Written written = write(session, schema::compile_json_schema(R"({"enum":["red",true]})"), seed);
    EXPECT_EQ(written.result.reason, StopReason::kStopToken);
    const size_t end = written.text.find_last_not_of(" \n\t\r");
    EXPECT_LE(written.text.size() - end, 10u) << written.text;  // what the last token brought along
  }
}

TEST(TokenConstraint, RestrictingLeavesExactlyTheTokensThatAreAccepted) {
  const TextRule rule{schema::compile_json_schema(kSchema), small_vocabulary()};
  TokenConstraint constraint(rule);
  const int32_t size = small_tokenizer().vocab_size();
  std::vector<float> logits;
  for (const std::string_view step : {"{", "\"", "name", "\"", ":", " \"", "a", "\"", ",", "\"age\":", "12", "}"}) {
    logits.assign(static_cast<size_t>(size) + 70, 0.5f);
    constraint.restrict(logits);
    for (int32_t id = 0; id < static_cast<int32_t>(logits.size()); ++id) {
      bool is_taken = true;
      try {
        constraint.accept(id);
        constraint.rollback(1);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
        is_taken = false;
      }
      EXPECT_EQ(logits[static_cast<size_t>(id)], is_taken ? 0.5f : -INFINITY) << step << " token " << id;
    }
    for (const int32_t id : small_tokenizer().encode(step)) constraint.accept(id);
  }
  EXPECT_TRUE(constraint.is_complete());
  EXPECT_FALSE(constraint.is_ended());
  constraint.accept(end_id());
  EXPECT_TRUE(constraint.is_ended());
  EXPECT_THROW(constraint.restrict(logits), Error);
}

/// Draws zeros where they may come, else blanks, else the first token: the text of a model that is caught in a loop.
std::string stubborn_text(const TextRule& rule, size_t most_tokens) {
  TokenConstraint constraint(rule);
  std::vector<float> logits;
  std::string text;
  for (size_t step = 0; step < most_tokens; ++step) {
    logits.assign(static_cast<size_t>(small_tokenizer().vocab_size()), 0.0f);
    constraint.restrict(logits);
    int32_t best = -1;
    for (const std::string_view wish : {"0", " ", "\n", ".", "["})
      for (int32_t id = 0; id < small_tokenizer().vocab_size() && best < 0; ++id)
        if (logits[static_cast<size_t>(id)] == 0.0f && small_tokenizer().token_bytes(id) == wish) best = id;
    for (int32_t id = 0; best < 0; ++id)
      if (logits[static_cast<size_t>(id)] == 0.0f) best = id;
    constraint.accept(best);
    if (constraint.is_ended()) return text;
    text += small_tokenizer().token_bytes(best);
  }
  return text + "…";
}

TEST(TokenConstraint, NumbersAndBlanksOfAStubbornModelEnd) {
  const char* const schemas[] = {
      R"({"type": "number"})",
      R"({"type": "number", "exclusiveMinimum": 0})",
      R"({"type": "number", "exclusiveMinimum": 0, "maximum": 1e-200})",
      R"({"type": "number", "minimum": 1e200})",
      R"({"type": "integer", "minimum": 1e150})",
      R"({"type": "number", "multipleOf": 0.01, "minimum": 3})",
      R"({"const": 1e150})",
      R"({"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3})",
  };
  for (const char* const schema : schemas)
    for (const bool is_compact : {false, true}) {
      const schema::Grammar grammar =
          schema::compile_json_schema(schema, {.compact = is_compact, .plain_integers = is_compact});
      TextRule rule{.grammar = grammar, .vocabulary = small_vocabulary()};
      const std::string text = stubborn_text(rule, 2000);
      EXPECT_TRUE(schema::validate(text, schema).empty()) << schema << ": " << text;
      EXPECT_LT(text.size(), 1500u) << schema;
      // Not before the run is long, and only in drawing: a longer spelling of the same is a legal document.
      if (text.find("e") == std::string::npos) {
        EXPECT_GE(text.size(), TextRule::kUsualLongestRun) << schema;
      }
      TokenConstraint unbounded(rule);
      for (const int32_t id : small_tokenizer().encode(text)) unbounded.accept(id);
      rule.longest_run = 0;
      if (!is_compact) {
        EXPECT_TRUE(stubborn_text(rule, 2000).ends_with("…")) << schema;
      }
    }
}

TEST(TokenConstraint, ALongRunOfAStringIsNoRun) {
  TextRule rule{.grammar = schema::compile_json_schema(R"({"type": "string"})"), .vocabulary = small_vocabulary()};
  TokenConstraint constraint(rule);
  for (const int32_t id : small_tokenizer().encode("\"" + std::string(300, '0') + std::string(300, ' ')))
    constraint.accept(id);
  std::vector<float> logits(static_cast<size_t>(small_tokenizer().vocab_size()), 0.0f);
  constraint.restrict(logits);
  for (const std::string_view more : {"0", " "})
    for (const int32_t id : small_tokenizer().encode(more)) EXPECT_EQ(logits[static_cast<size_t>(id)], 0.0f) << more;
}

TEST(TokenConstraint, SpecialTokensAreNeverText) {
  const int32_t other = *small_tokenizer().special_id("<|other|>");
  TokenConstraint constraint({schema::compile_regex("[^]*"), small_vocabulary()});
  std::vector<float> logits(static_cast<size_t>(small_tokenizer().vocab_size()), 1.0f);
  constraint.restrict(logits);
  EXPECT_EQ(logits[static_cast<size_t>(other)], -INFINITY);
  EXPECT_EQ(logits[static_cast<size_t>(end_id())], 1.0f);
  EXPECT_THROW(constraint.accept(other), Error);
  EXPECT_THROW(constraint.accept(-1), Error);
  EXPECT_THROW(constraint.accept(1 << 30), Error);
}

TEST(TokenConstraint, AVocabularyThatCannotSpellTheTextIsAnError) {
  const std::vector<std::string_view> tokens = {"a", "b", ""};
  const schema::TokenId end = 2;
  TokenConstraint constraint(
      {schema::compile_regex("ax"), std::make_shared<schema::Vocabulary>(tokens, std::span(&end, 1))});
  std::vector<float> logits(3, 0.0f);
  constraint.restrict(logits);
  constraint.accept(0);
  EXPECT_THROW(constraint.restrict(logits), Error);
}

/// What the model says of a text does not change because other tokens were ruled out.
TEST(TokenConstraint, RawLogProbabilitiesAreTheModelsOwn) {
  const autograd::Runtime runtime(2);
  for (const double temperature : {0.0, 0.7}) {
    Session session(noise_model(), runtime);
    GenerateOptions options{.sampling = {.temperature = temperature, .top_p = 1, .seed = 3}, .max_tokens = 40};
    options.constraint = std::make_shared<TokenConstraint>(
        TextRule{schema::compile_regex("[a-c]{4}( [a-c]{4}){2,3}"), small_vocabulary()});
    std::vector<SampledToken> drawn;
    bool names_the_constraint = true;
    options.on_token = [&](const SampledToken& token) { return drawn.push_back(token), true; };
    if (temperature > 0)
      options.on_record = [&](const SampledToken&, const SamplingRecord& record) {
        names_the_constraint = names_the_constraint && record.steps[0].name == "model" &&
                               record.steps[1].name == "constraint" &&
                               record.steps[1].num_candidates < record.steps[0].num_candidates;
      };
    const std::vector<int32_t> prompt = {1, 2, 3};
    const GenerateResult result = session.generate(prompt, options);
    EXPECT_TRUE(names_the_constraint);
    ASSERT_GT(drawn.size(), 5U);
    // The same text read as a prompt.
    Request request;
    request.segments = {{.ids = prompt}, {.ids = result.ids}};
    request.max_tokens = 0;
    request.score_from = 3;
    std::vector<double> scores;
    request.on_finish = [&](const Completion& done) { scores = done.scores; };
    session.engine().submit(request);
    session.engine().run();
    ASSERT_EQ(scores.size(), result.ids.size());
    for (size_t i = 0; i < scores.size(); ++i) {
      EXPECT_NEAR(drawn[i].raw_log_probability, scores[i], 1e-9) << i;
      EXPECT_GT(drawn[i].kept_log_probability, drawn[i].raw_log_probability) << i;
    }
  }
}

/// Names and punctuation of an object have to come: they are read several at once, and nothing else changes.
TEST(TokenConstraint, WhatHasToComeIsReadSeveralTokensAStepAndTheTextStays) {
  const autograd::Runtime runtime(2);
  const schema::Grammar grammar = schema::compile_json_schema(kSchema, {.compact = true});
  int64_t forced = 0, steps[2] = {};
  for (int64_t seed = 0; seed < 12; ++seed) {
    std::vector<double> probabilities[2];
    std::vector<int32_t> ids[2];
    for (const bool jumps : {false, true}) {
      Session session(noise_model(), runtime);
      GenerateOptions options{.sampling = {.temperature = seed % 3 == 0 ? 0.0 : 1.0, .top_p = 1, .seed = seed},
                              .max_tokens = 80,
                              .stop_ids = {end_id()},
                              .speculation = seed % 2 == 0 ? Speculation::kNone : Speculation::kLookup};
      options.constraint = std::make_shared<TokenConstraint>(
          TextRule{grammar, small_vocabulary(), jumps ? make_speller(small_tokenizer()) : Speller()});
      options.on_token = [&](const SampledToken& token) {
        probabilities[jumps].push_back(token.raw_log_probability);
        return true;
      };
      const GenerateResult result = session.generate(std::vector<int32_t>{1, 2, 3}, options);
      ids[jumps] = result.ids;
      steps[jumps] += session.engine().statistics().num_steps;
      if (jumps)
        forced += result.forced_tokens;
      else
        EXPECT_EQ(result.forced_tokens, 0);
    }
    EXPECT_EQ(ids[0], ids[1]) << seed;
    EXPECT_EQ(probabilities[0], probabilities[1]) << seed;
  }
  EXPECT_GT(forced, 0);
  EXPECT_LE(steps[1] + forced / 2, steps[0]);
}

TEST(TokenConstraint, ForcedTokensSpellTheForcedBytesAndNoMore) {
  TokenConstraint constraint(
      {schema::compile_regex("the cat( sat)?"), small_vocabulary(), make_speller(small_tokenizer())});
  const std::vector<int32_t> tokens = constraint.forced_tokens(16);
  EXPECT_EQ(small_tokenizer().decode(tokens), "the cat");
  EXPECT_EQ(constraint.forced_tokens(1).size(), 1U);
  EXPECT_TRUE(constraint.forced_tokens(0).empty());
  for (const int32_t id : tokens) constraint.accept(id);
  EXPECT_TRUE(constraint.forced_tokens(16).empty());
  TokenConstraint mute({schema::compile_regex("the cat"), small_vocabulary()});
  EXPECT_TRUE(mute.forced_tokens(16).empty());
}

}  // namespace
}  // namespace vitrine::infer
