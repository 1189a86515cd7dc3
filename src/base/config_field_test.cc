#include "base/config_field.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace vitrine {
namespace {

struct Example {
  int64_t max_steps = 10;
  double lr = 0.001;
  bool tie_embeddings = true;
  std::string optimizer = "adamw";

  ConfigFields fields() {
    return {{"max_steps", &max_steps, "steps to train", 1, 1e9},
            {"lr", &lr, "learning rate", 0, 10},
            {"tie_embeddings", &tie_embeddings, "share the head"},
            {"optimizer", &optimizer, "update rule", -1e300, 1e300, {"adamw", "muon"}}};
  }
};

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.message() + " | " + error.hint();
  }
  return "";
}

TEST(ConfigField, WholeNumbersMayHaveAnExponent) {
  EXPECT_EQ(parse_whole_number("1000"), 1000);
  EXPECT_EQ(parse_whole_number("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(parse_whole_number("1e3"), 1000);
  EXPECT_EQ(parse_whole_number("2.5e3"), 2500);
  EXPECT_EQ(parse_whole_number("-1e15"), -1000000000000000);
  for (const char* text : {"", "e3", "1.5", "1000.0", "1e-3", "2.5e0", "1e16", "1e999", "nan", "inf", "1e3 ", "0x10"})
    EXPECT_EQ(parse_whole_number(text), std::nullopt) << text;
  EXPECT_EQ(bound_text(16777216), "16777216");
  EXPECT_EQ(bound_text(0.5), "0.5");
  EXPECT_EQ(bound_text(1e15), "1e15");
  EXPECT_EQ(parse_whole_number(bound_text(1e15)), 1000000000000000);
}

TEST(ConfigField, JsonAndTomlGiveBackWhatWasSet) {
  Example written{.max_steps = 7, .lr = 0.1234567890123, .tie_embeddings = false, .optimizer = "muon"};
  Example read;
  auto fields = read.fields();
  fields_from_json(fields, fields_to_json(written.fields()), "test");
  EXPECT_EQ(read.max_steps, 7);
  EXPECT_EQ(read.lr, 0.1234567890123);
  EXPECT_FALSE(read.tie_embeddings);
  EXPECT_EQ(read.optimizer, "muon");
  fields_from_toml(fields, "max_steps = 9\n[optimiser]\nlr = 2e-3\noptimizer = \"adamw\"\n", "run.toml");
  EXPECT_EQ(read.max_steps, 9);
  EXPECT_EQ(read.lr, 2e-3);
}

TEST(ConfigField, MisspeltKeySuggestsTheNearest) {
  Example example;
  auto fields = example.fields();
  EXPECT_NE(error_of([&] { set_field_from_assignment(fields, "max_step=3"); }).find("did you mean 'max_steps'"),
            std::string::npos);
  EXPECT_NE(error_of([&] { fields_from_toml(fields, "learnrate = 3\nlr = 1", "run.toml"); }).find("'learnrate'"),
            std::string::npos);
}

TEST(ConfigField, RefusesBadValuesByName) {
  Example example;
  auto fields = example.fields();
  for (const char* bad : {"max_steps=0", "max_steps=1.5", "max_steps=", "lr=nan", "lr=abc", "tie_embeddings=1",
                          "optimizer=sgd", "=3", "novalue"})
    EXPECT_NE(error_of([&] { set_field_from_assignment(fields, bad); }), "") << bad;
  EXPECT_NE(error_of([&] { fields_from_toml(fields, "max_steps = [1]", "t"); }), "");
  EXPECT_NE(error_of([&] { fields_from_toml(fields, "max_steps = = 1", "t"); }).find("line 1"), std::string::npos);
  EXPECT_NE(error_of([&] { fields_from_json(fields, "[1]", "t"); }), "");
}

TEST(ConfigField, TomlThatTripsItsParsersAssertionsIsRefused) {
  Example example;
  auto fields = example.fields();
  for (const std::string_view toml : {std::string_view("[\0", 2), std::string_view("[[\0]]", 5)})
    EXPECT_NE(error_of([&] { fields_from_toml(fields, toml, "run.toml"); }).find("run.toml: malformed"),
              std::string::npos);
}

TEST(ConfigField, TomlMayHoldAnyCharacterInStringsAndCommentsOnly) {
  struct Paths {
    std::string data, out;
    ConfigFields fields() { return {{"data", &data, "dataset"}, {"out", &out, "run"}}; }
  } paths;
  auto fields = paths.fields();
  fields_from_toml(fields,
                   "\xEF\xBB\xBF# \u00e9\n\"data\" = \"\u4f60 100%25 \\u00e9\"  # \u4f60\"\nout = '%\U0001F600'",
                   "run.toml");
  EXPECT_EQ(paths.data, "\u4f60 100%25 \u00e9");
  EXPECT_EQ(paths.out, "%\U0001F600");
  for (const char* toml : {"data = 1\nout = \u00e9", "\u00e9 = 1", "[out\ufedf]", "out = \"\\\"\" \u00a1",
                           "out = 0'\u00e9'", "out = 4{\"=\u00e9", "data = 'a''\u00e9'"})
    EXPECT_NE(error_of([&] { fields_from_toml(fields, toml, "run.toml"); }), "") << toml;
  EXPECT_NE(error_of([&] { fields_from_toml(fields, "\"\u00e9\" = 1", "run.toml"); }).find("got '\u00e9'"),
            std::string::npos);
}

TEST(ConfigField, HostileJsonIsRefusedInsteadOfWalked) {
  Example example;
  auto fields = example.fields();
  const std::string deep(200'000, '['), closed(200'000, ']');
  for (const std::string& value : {deep + closed, std::string("{}"), std::string("null")})
    EXPECT_NE(error_of([&] { fields_from_json(fields, R"({"lr": )" + value + "}", "run.json"); }).find("'lr'"),
              std::string::npos);
}

TEST(ConfigField, MessagesRepeatTheStartOfALongNameOnly) {
  Example example;
  auto fields = example.fields();
  const std::string name(1'000'000, 'x');
  EXPECT_LT(error_of([&] { set_field(fields, name, "1", "test"); }).size(), 1000u);
  EXPECT_LT(error_of([&] { set_field(fields, "lr", name, "test"); }).size(), 1000u);
  EXPECT_LT(error_of([&] { set_field_from_assignment(fields, name); }).size(), 1000u);
}

TEST(ConfigField, TextThatIsNotUtf8IsWrittenWithReplacements) {
  Example example{.optimizer = "a\xff"};
  EXPECT_NE(fields_to_json(example.fields()).find("a\xef\xbf\xbd"), std::string::npos);
}

TEST(Excerpt, CutsBetweenCharactersAndHidesControls) {
  EXPECT_EQ(excerpt("a\nb\x7f"), "a?b?");
  EXPECT_EQ(excerpt("abc", 3), "abc");
  EXPECT_EQ(excerpt("abcd", 3), "abc…");
  EXPECT_EQ(excerpt("a\xe4\xbd\xa0z", 3), "a…");
  EXPECT_EQ(excerpt("\x80\x80\x80", 2), "…");
}

}  // namespace
}  // namespace vitrine
