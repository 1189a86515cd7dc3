#include "schema/text_piece.h"

#include "base/error.h"
#include "schema/test_support.h"

namespace vitrine::schema {
namespace {

using Kind = TextPiece::Kind;

constexpr std::string_view kSchema = R"({"$defs":{
  "name":{"type":"string","pattern":"^[a-c]+$","maxLength":3}, "size":{"enum":["small","large",7]},
  "any":{"type":"string"}, "few":{"type":"array","items":{"type":"boolean"}}, "none":false}})";

TextPiece value(Kind kind, const std::string& name) {
  return {.kind = kind, .text = "#/$defs/" + name, .stop = "</v>"};
}

/// <v>…</v> around a value.
Grammar tagged(const TextPiece& piece) {
  return compile_text(
      {.kind = Kind::kAll,
       .parts = {{.kind = Kind::kLiteral, .text = "<v>"}, piece, {.kind = Kind::kLiteral, .text = "</v>"}}},
      kSchema, {.compact = true});
}

TEST(TextPiece, BareStringsKeepToTheirSchemaWithoutQuotes) {
  const Grammar name = tagged(value(Kind::kBare, "name")), size = tagged(value(Kind::kBare, "size"));
  for (const char* const text : {"<v>a</v>", "<v>cab</v>"}) EXPECT_TRUE(takes(name, text)) << text;
  for (const char* const text : {"<v></v>", "<v>abcd</v>", "<v>d</v>", "<v>\"a\"</v>"})
    EXPECT_FALSE(takes(name, text)) << text;
  for (const char* const text : {"<v>small</v>", "<v>7</v>"}) EXPECT_TRUE(takes(size, text)) << text;
  for (const char* const text : {"<v>\"small\"</v>", "<v>8</v>", "<v>smal</v>"})
    EXPECT_FALSE(takes(size, text)) << text;
}

TEST(TextPiece, BareStringsHaveNoStopInThem) {
  const Grammar any = tagged(value(Kind::kBare, "any"));
  for (const char* const text : {"<v></v>", "<v>\"\\\n</v</v>", "<v>é<<v></v>"}) EXPECT_TRUE(takes(any, text)) << text;
  EXPECT_FALSE(takes(any, "<v>a</v>b</v>"));
  EXPECT_TRUE(takes(tagged(value(Kind::kBare, "few")), "<v>[true,false]</v>"));
  EXPECT_FALSE(takes(tagged(value(Kind::kBare, "few")), "<v>yes</v>"));
}

TEST(TextPiece, WhatNothingSatisfiesIsLeftOutOrRefused) {
  const Grammar one = tagged({.kind = Kind::kOne, .parts = {value(Kind::kJson, "none"), value(Kind::kJson, "few")}});
  EXPECT_TRUE(takes(one, "<v>[]</v>"));
  EXPECT_THROW(tagged(value(Kind::kJson, "none")), Error);
  EXPECT_THROW(tagged(value(Kind::kBare, "none")), Error);
  EXPECT_THROW(tagged(value(Kind::kBare, "missing")), Error);
}

TEST(TextPiece, PartsStandInTurnOnceOrMoreOften) {
  const Grammar some =
      tagged({.kind = Kind::kSome,
              .parts = {{.kind = Kind::kAll, .parts = {{.kind = Kind::kSpace}, value(Kind::kJson, "name")}}}});
  for (const char* const text : {"<v>\"a\"</v>", "<v>\"a\" \n \"b\"\"c\"</v>"}) EXPECT_TRUE(takes(some, text)) << text;
  for (const char* const text : {"<v></v>", "<v>\"a\" </v>", "<v>\"a\",\"b\"</v>"})
    EXPECT_FALSE(takes(some, text)) << text;
}

TEST(TextPiece, MasksAreWhatTryingEachTokenGives) {
  std::mt19937_64 random(11);
  const Grammar any_text = tagged(value(Kind::kBare, "any"));
  Matcher any(any_text, small_vocabulary());
  for (const char byte : std::string("<v>a\"</v\n</v>")) {
    expect_mask_is_brute_force(any, "any");
    ASSERT_TRUE(any.accept_bytes(std::string(1, byte)));
  }
  EXPECT_TRUE(any.is_complete());
  for (const char* const name : {"name", "size", "few"}) {
    const Grammar grammar = tagged(value(Kind::kBare, name));
    for (int i = 0; i < 8; ++i) {
      Matcher matcher(grammar, small_vocabulary());
      const std::string text = sample(matcher, random, 60);
      EXPECT_TRUE(takes(grammar, text)) << text;
      Matcher again(grammar, small_vocabulary());
      for (size_t at = 0; at < std::min<size_t>(text.size(), 12); ++at) {
        expect_mask_is_brute_force(again, text.substr(0, at));
        ASSERT_TRUE(again.accept_bytes(text.substr(at, 1)));
      }
    }
  }
}

}  // namespace
}  // namespace vitrine::schema
