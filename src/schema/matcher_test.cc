#include "schema/matcher.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "schema/test_support.h"
#include "schema/validate.h"

namespace vitrine::schema {
namespace {

/// Schemas that meet every kind of place: runs, bounds, escapes, keys, numbers, alternatives, recursion.
const std::vector<std::string>& schemas() {
  static const std::vector<std::string> list = {
      "true",
      R"({"type":"string"})",
      R"({"type":"string","maxLength":5})",
      R"({"type":"string","minLength":2,"maxLength":70})",
      R"({"type":"string","minLength":40})",
      R"({"type":"string","minLength":1,"maxLength":200})",
      R"({"type":"string","pattern":"^[a-z]{3,10}$"})",
      R"({"type":"string","pattern":"^[A-Z][A-Za-z ]{2,40}$"})",
      R"({"type":"string","pattern":"^[a-z0-9]+(-[a-z0-9]+)*$"})",
      R"({"type":"string","pattern":"world"})",
      R"({"type":"string","pattern":"^[^a-z]*$"})",
      R"({"type":"string","pattern":"^(?:\\S+ )*x$","maxLength":30})",
      R"({"type":"string","pattern":"^[a-z]{0,100}$"})",
      R"({"type":"string","pattern":"^[é€]{1,9}$"})",
      R"({"type":"string","format":"email"})",
      R"({"type":"string","format":"uri"})",
      R"({"type":"string","format":"date-time"})",
      R"({"type":"string","format":"uuid"})",
      R"({"enum":["name","age","na","a\"b","é😀","x\ny",1,12.5,null,true,[1],{"a":"b"}]})",
      R"({"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","minimum":0,"maximum":150},"n":{}},"required":["age"],"additionalProperties":false})",
      R"({"type":"object","properties":{"name":{"type":"string"},"na":{"const":1}},"additionalProperties":{"type":"boolean"}})",
      R"({"type":"object","patternProperties":{"^n":{"type":"null"},"e$":{"type":["null","string"]}},"propertyNames":{"maxLength":6},"minProperties":1})",
      R"({"type":"array","items":{"type":"number"},"minItems":2,"maxItems":4})",
      R"({"type":"array","prefixItems":[{"type":"string"},{"const":7}],"items":{"type":"boolean"}})",
      R"({"type":"number","minimum":-2.5,"exclusiveMaximum":130})",
      R"({"type":"integer","multipleOf":7,"minimum":0,"maximum":1000})",
      R"({"anyOf":[{"type":"string","maxLength":3},{"type":"string","pattern":"^the"},{"type":"object","properties":{"a":{"type":"null"}},"required":["a"]},
          {"type":"object","properties":{"ab":{"type":"null"}},"required":["ab"]}]})",
      R"({"$defs":{"t":{"type":"object","properties":{"name":{"type":"string","maxLength":8},"c":{"type":"array","items":{"$ref":"#/$defs/t"},"maxItems":2}},
          "required":["name"],"additionalProperties":false}},"$ref":"#/$defs/t"})",
  };
  return list;
}

const std::vector<JsonSchemaOptions>& all_options() {
  static const std::vector<JsonSchemaOptions> list = {{}, {.compact = true, .minimal_escapes = true}, {.any_key_order = true, .max_depth = 12}};
  return list;
}

void walk_and_compare(const Grammar& grammar, const std::string& name, uint64_t seed) {
  std::mt19937_64 random(seed);
  Matcher matcher(grammar, small_vocabulary());
  std::vector<uint64_t> mask(small_vocabulary().mask_words());
  for (int round = 0; round < 3; ++round) {
    matcher.reset();
    for (int step = 0; step < 25; ++step) {
      ASSERT_NO_FATAL_FAILURE(expect_mask_is_brute_force(matcher, fmt::format("{} round {} step {}", name, round, step)));
      matcher.mask(mask);
      std::vector<TokenId> allowed;
      for (TokenId token = 0; token < end_token(); ++token) {
        if (is_set(mask, token)) allowed.push_back(token);
      }
      if (allowed.empty()) break;
      // Long tokens more often: they cross parts.
      TokenId token = allowed[random() % allowed.size()];
      for (int tries = 0; tries < 3 && small_tokens()[token].size() < 2; ++tries) token = allowed[random() % allowed.size()];
      ASSERT_TRUE(matcher.accept(token));
    }
  }
}

TEST(Mask, IsWhatTryingEachTokenGives) {
  for (size_t i = 0; i < schemas().size(); ++i) {
    for (const JsonSchemaOptions& options : all_options()) {
      ASSERT_NO_FATAL_FAILURE(walk_and_compare(compile_json_schema(schemas()[i], options), schemas()[i], i));
    }
  }
}

TEST(Mask, OfPatternsAndGrammarsIsWhatTryingEachTokenGives) {
  for (const char* pattern : {"[a-z]+", "(the|The) [a-z]+\\.", "[^\"]*\"[^\"]*", "a{2,40}b?", "[A-Z][a-z]*( [A-Z][a-z]*)*", "\\d{4}-\\d\\d", ".*", "é+|€"}) {
    ASSERT_NO_FATAL_FAILURE(walk_and_compare(compile_regex(pattern), pattern, 7));
  }
  for (const char* grammar :
       {"root ::= \"(\" root \")\" | [a-z]+", "root ::= item (\", \" item)*\nitem ::= \"\\\"\" [^\"\\\\]* \"\\\"\" | [0-9]+ | \"[\" root \"]\"",
        "root ::= [a-z]* x\nx ::= \"a\" x \"b\" | [a-z]{2}", "root ::= ([a-z]+ | \"ab\" root)+ \".\"?"}) {
    ASSERT_NO_FATAL_FAILURE(walk_and_compare(compile_gbnf(grammar), grammar, 8));
  }
}

TEST(Matcher, WhatIsWrittenByTheMasksIsValid) {
  std::mt19937_64 random(4);
  for (const std::string& schema : schemas()) {
    for (const JsonSchemaOptions& options : all_options()) {
      const Grammar grammar = compile_json_schema(schema, options);
      Matcher matcher(grammar, small_vocabulary());
      for (int round = 0; round < 12; ++round) {
        matcher.reset();
        const std::string document = sample(matcher, random, 5 + static_cast<size_t>(round) * 4);
        EXPECT_TRUE(validate(document, schema).empty()) << schema << "\n" << document;
      }
    }
  }
}

TEST(Matcher, AnyTokenisationOfAValidTextIsTaken) {
  std::mt19937_64 random(5);
  for (const std::string& schema : schemas()) {
    const Grammar grammar = compile_json_schema(schema);
    Matcher writer(grammar, small_vocabulary());
    const std::string document = sample(writer, random, 20);
    Matcher reader(grammar, small_vocabulary());
    for (int round = 0; round < 5; ++round) {
      reader.reset();
      for (size_t at = 0; at < document.size();) {
        std::vector<TokenId> fitting;
        for (TokenId token = 0; token < end_token(); ++token) {
          const std::string& bytes = small_tokens()[token];
          if (!bytes.empty() && document.compare(at, bytes.size(), bytes) == 0) fitting.push_back(token);
        }
        const TokenId token = fitting[random() % fitting.size()];
        ASSERT_TRUE(reader.accept(token)) << document << " at " << at;
        at += small_tokens()[token].size();
      }
      EXPECT_TRUE(reader.is_complete());
      EXPECT_TRUE(reader.accept(end_token()));
    }
  }
}

TEST(Matcher, EndTokenComesOnlyAfterAWholeText) {
  const Grammar grammar = compile_json_schema(R"({"type":"array","items":{"type":"integer"}})");
  Matcher matcher(grammar, small_vocabulary());
  std::vector<uint64_t> mask(small_vocabulary().mask_words());
  for (const char* part : {"[", "1", ","}) {
    EXPECT_FALSE(matcher.accept(end_token()));
    ASSERT_TRUE(matcher.accept_bytes(part));
    matcher.mask(mask);
    EXPECT_FALSE(is_set(mask, end_token()));
  }
  ASSERT_TRUE(matcher.accept_bytes("2]"));
  matcher.mask(mask);
  EXPECT_TRUE(is_set(mask, end_token()));
  ASSERT_TRUE(matcher.accept(end_token()));
  EXPECT_TRUE(matcher.is_ended());
  matcher.mask(mask);
  EXPECT_TRUE(std::ranges::all_of(mask, [](uint64_t word) { return word == 0; }));
  EXPECT_FALSE(matcher.accept('1'));
  matcher.rollback(1);
  EXPECT_FALSE(matcher.is_ended());
}

TEST(Matcher, RefusedTokensLeaveItAsItWasAndRollbackUndoes) {
  const Grammar grammar = compile_json_schema(schemas()[19]);
  Matcher matcher(grammar, small_vocabulary());
  std::vector<uint64_t> before(small_vocabulary().mask_words()), after = before;
  matcher.mask(before);
  EXPECT_FALSE(matcher.accept_bytes("{\"x"));
  EXPECT_FALSE(matcher.accept(static_cast<TokenId>(small_tokens().size() + 5)));
  matcher.mask(after);
  EXPECT_EQ(before, after);
  ASSERT_TRUE(matcher.accept_bytes("{\"na"));
  ASSERT_TRUE(matcher.accept_bytes("me\": \"x"));
  matcher.rollback(2);
  matcher.mask(after);
  EXPECT_EQ(before, after);
  EXPECT_THROW(matcher.rollback(1), Error);
}

TEST(Matcher, ForcedBytesAreThoseWithoutAChoice) {
  const std::string schema = R"({"type":"object","properties":{"name":{"enum":["alpha","alps"]},"age":{"const":true}},"required":["name","age"],"additionalProperties":false})";
  const Grammar grammar = compile_json_schema(schema, {.compact = true, .minimal_escapes = true});
  Matcher matcher(grammar, small_vocabulary());
  EXPECT_EQ(matcher.forced_bytes(), "{\"name\":\"alp");
  EXPECT_EQ(matcher.forced_bytes(4), "{\"na");
  ASSERT_TRUE(matcher.accept_bytes("{\"name\":\"alph"));
  EXPECT_EQ(matcher.forced_bytes(), "a\",\"age\":true}");
  ASSERT_TRUE(matcher.accept_bytes("a\",\"age\":true}"));
  EXPECT_EQ(matcher.forced_bytes(), "");
  EXPECT_TRUE(matcher.is_complete());
}

TEST(Matcher, HostileGrammarsEndInAnErrorWhileReading) {
  // Ambiguous beyond bounds: a clear error, no hang.
  const Grammar grammar = compile_gbnf("root ::= s+\ns ::= \"a\" s \"b\" | \"a\" s \"c\" | \"a\" t\nt ::= s t | \"a\" t \"b\" | \"\"");
  Matcher matcher(grammar, small_vocabulary());
  std::vector<uint64_t> mask(small_vocabulary().mask_words());
  try {
    for (int i = 0; i < 300 && matcher.accept('a'); ++i) matcher.mask(mask);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

TEST(Vocabulary, BrokenOnesAreRefusedAndOddTokensAreNeverAllowed) {
  EXPECT_THROW(Vocabulary({}, {}), Error);
  const std::string_view tokens[] = {"a", ""};
  const TokenId outside = 2;
  EXPECT_THROW(Vocabulary(tokens, std::span(&outside, 1)), Error);
  const std::string giant(100'000, 'a');
  const std::string_view odd[] = {"\"", "a", giant, "", "</s>", "\"a", "a"};
  const TokenId end = 4;
  const Vocabulary vocabulary(odd, std::span(&end, 1));
  const Grammar grammar = compile_json_schema(R"({"type":"string"})");
  Matcher matcher(grammar, vocabulary);
  std::vector<uint64_t> mask(vocabulary.mask_words());
  ASSERT_TRUE(matcher.accept(0));
  matcher.mask(mask);
  EXPECT_EQ(mask[0], 0b1000011u);  // the quote and both tokens "a": not the giant, the empty, the end
  EXPECT_FALSE(matcher.accept(2));
  EXPECT_FALSE(matcher.accept(3));
}

}  // namespace
}  // namespace vitrine::schema
