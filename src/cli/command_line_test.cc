#include "cli/command_line.h"

#include <gtest/gtest.h>

namespace vitrine::cli {
namespace {

using Kind = Invocation::Kind;

Command example() {
  return {.name = "example",
          .summary = "An example",
          .examples = {"vitrine example"},
          .options = {
              {.name = "text", .help = "a text", .positional = true},
              {.name = "max_tokens", .kind = OptionKind::kInteger, .fallback = "7", .help = "n", .min = 1, .max = 9},
              {.name = "rate", .kind = OptionKind::kReal, .fallback = "0.5", .help = "r", .min = -2, .max = 2},
              {.name = "set", .help = "pairs", .repeated = true},
              {.name = "resume", .help = "from where", .optional_value = true},
              {.name = "size", .fallback = "1KB", .help = "bytes"},
              {.name = "model", .fallback = "m", .help = "a model", .short_flag = "m"}}};
}

ParsedOptions parse(const std::vector<std::string>& words) { return parse_options(example(), words); }

std::string refusal(const std::vector<std::string>& words) {
  try {
    parse(words);
  } catch (const UsageError& error) {
    return error.message() + " | " + error.hint();
  }
  return "";
}

TEST(CommandLine, DefaultsStandWhereNothingIsGiven) {
  const ParsedOptions parsed = parse({});
  EXPECT_EQ(parsed.integer("max_tokens"), 7);
  EXPECT_EQ(parsed.real("rate"), 0.5);
  EXPECT_EQ(parsed.text("text"), "");
  EXPECT_FALSE(parsed.given("model"));
  EXPECT_FALSE(parsed.given("resume"));
  EXPECT_FALSE(parsed.flag("json"));
}

TEST(CommandLine, ValuesComeInEveryForm) {
  const ParsedOptions parsed =
      parse({"--max-tokens=3", "hello", "-m", "x", "--rate", "-1.5", "--set", "a=1", "--set=b=2", "--json"});
  EXPECT_EQ(parsed.integer("max_tokens"), 3);
  EXPECT_EQ(parsed.text("text"), "hello");
  EXPECT_EQ(parsed.text("model"), "x");
  EXPECT_EQ(parsed.real("rate"), -1.5);
  EXPECT_EQ(parsed.texts("set"), (std::vector<std::string>{"a=1", "b=2"}));
  EXPECT_TRUE(parsed.flag("json"));
}

TEST(CommandLine, TextBehindTwoDashesIsTaken) { EXPECT_EQ(parse({"--", "--max-tokens"}).text("text"), "--max-tokens"); }

TEST(CommandLine, OptionalValueMayBeLeftOut) {
  EXPECT_TRUE(parse({"--resume"}).given("resume"));
  EXPECT_EQ(parse({"--resume"}).text("resume"), "");
  EXPECT_EQ(parse({"--resume", "--json"}).text("resume"), "");
  EXPECT_EQ(parse({"--resume", "step-3"}).text("resume"), "step-3");
}

TEST(CommandLine, SizesHaveUnits) {
  EXPECT_EQ(parse({}).bytes("size"), 1000);
  EXPECT_EQ(parse({"--size", "20MB"}).bytes("size"), 20000000);
  EXPECT_EQ(parse({"--size", "1.5gb"}).bytes("size"), 1500000000);
  for (const char* bad : {"", "MB", "-1", "0", "nan", "inf", "3 apples", "1e300"})
    EXPECT_THROW(parse({"--size", bad}).bytes("size"), UsageError) << bad;
}

TEST(CommandLine, RefusalsNameWhatIsWrong) {
  EXPECT_NE(refusal({"--max-tokns", "3"}).find("did you mean '--max-tokens'"), std::string::npos);
  EXPECT_NE(refusal({"--tokens", "3"}).find("did you mean '--max-tokens'"), std::string::npos);
  EXPECT_NE(refusal({"--max-tokens", "10"}).find("at most 9"), std::string::npos);
  EXPECT_NE(refusal({"--max-tokens", "ten"}).find("'ten'"), std::string::npos);
  EXPECT_NE(refusal({"--rate", "nan"}).find("'nan'"), std::string::npos);
  EXPECT_NE(refusal({"one", "two"}).find("'two'"), std::string::npos);
  EXPECT_NE(refusal({"--json=maybe"}), "");
}

TEST(CommandLine, CommandsAreFoundBehindGlobalOptions) {
  const Invocation found = resolve_command({"--threads", "2", "--json", "tokenizer", "info", "-m", "x"});
  ASSERT_EQ(found.kind, Kind::kRun);
  EXPECT_EQ(found.command->name, "tokenizer info");
  EXPECT_EQ(found.arguments, (std::vector<std::string>{"--threads", "2", "--json", "-m", "x"}));
}

TEST(CommandLine, HelpAndVersionNeedNoCommand) {
  EXPECT_EQ(resolve_command({"--help"}).kind, Kind::kHelp);
  EXPECT_EQ(resolve_command({"--version"}).kind, Kind::kVersion);
  EXPECT_EQ(resolve_command({"train", "--help"}).prefix, "train");
  EXPECT_EQ(resolve_command({"generate", "x", "-h"}).command->name, "generate");
  EXPECT_EQ(resolve_command({"generate", "--", "-h"}).kind, Kind::kRun);
}

TEST(CommandLine, UnknownCommandsSuggestTheNearest) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {}, {"genrate"}, {"train"}, {"train", "pretran"}, {"--threads"}, {"--nonsense"}, {""}, {"-"}})
    EXPECT_THROW(resolve_command(words), UsageError);
  try {
    resolve_command({"tokeniser", "info"});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(error.hint().find("tokenizer"), std::string::npos);
  }
}

}  // namespace
}  // namespace vitrine::cli
