#include "template/json.h"

#include <gtest/gtest.h>

#include "template/test_support.h"

namespace vitrine::templates {
namespace {

std::string rewritten(const std::string& json, const JsonLayout& layout = {}) {
  Budget budget{Limits{}};
  return write_json(value_from_json(json), layout, budget).bytes();
}

TEST(ValueJson, ReadsAndWritesWhatItRead) {
  for (const char* json :
       {"null", "true", "-7", "1.5", "\"é\\\"\\\\\\n\"", "[]", "{}", "[1, [2, {\"b\": 1, \"a\": [null]}]]",
        "18446744073709551615", "-123456789012345678901234567890", "1e-07", "1e+16", "\"\\u0000\""}) {
    EXPECT_EQ(rewritten(json), json);
  }
}

TEST(ValueJson, OrderOfKeysIsKeptAndTheLastOfEqualKeysCounts) {
  EXPECT_EQ(rewritten(R"({"z": 1, "a": 2, "z": 3})"), R"({"z": 3, "a": 2})");
}

TEST(ValueJson, LargeObjectsAreFoundByKey) {
  std::string json = "{";
  for (int i = 0; i < 50000; ++i)
    json += (i > 0 ? ",\"k" : "\"k") + std::to_string(i % 40000) + "\":" + std::to_string(i);
  const Value value = value_from_json(json + "}");
  EXPECT_EQ(value.dict().entries.size(), 40000u);
  EXPECT_EQ(value.dict().find("k7")->as_integer(), 40007);
  EXPECT_EQ(value.dict().find("k39999")->as_integer(), 39999);
  EXPECT_EQ(value.dict().find("k40000"), nullptr);
}

TEST(ValueJson, BrokenTextIsRefused) {
  for (const char* json :
       {"", "{", "[1,]", "{\"a\"}", "nul", "1 2", "\"\xff\"", "\"\\ud800\"", "01", "'a'", "NaN", "1e999"}) {
    EXPECT_THROW(value_from_json(json), Error) << json;
  }
}

TEST(ValueJson, DeepNestingIsRefused) {
  for (const size_t depth : {kMaxValueDepth + 1u, 1000000u}) {
    EXPECT_THROW(value_from_json(std::string(depth, '[') + std::string(depth, ']')), Error);
    EXPECT_THROW(value_from_json(std::string(depth, '[')), Error);
  }
  EXPECT_NO_THROW(value_from_json(std::string(kMaxValueDepth, '[') + std::string(kMaxValueDepth, ']')));
}

TEST(ValueJson, IntegersBeyond64BitsAreKept) {
  const Value value = value_from_json("12345678901234567890123");
  EXPECT_TRUE(value.is(Kind::kBigInteger));
  EXPECT_EQ(value_from_json("-9223372036854775808").as_integer(), INT64_MIN);
  EXPECT_THROW(value_from_json(std::string(5000, '7')), Error);
}

TEST(ValueJson, AllOfItIsInputUnlessSaidOtherwise) {
  EXPECT_EQ(value_from_json("\"x\"").text().origin(), Origin::kInput);
  EXPECT_EQ(value_from_json("\"x\"", Origin::kTemplate).text().origin(), Origin::kTemplate);
}

}  // namespace
}  // namespace vitrine::templates
