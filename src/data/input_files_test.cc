#include "data/input_files.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "core/rng.h"
#include "support/temporary_folder.h"
#include "tokenizer/utf8.h"

namespace vitrine::data {
namespace {

using testing::put_file;
using testing::TemporaryFolder;

std::string without_white_space(std::string_view text) {
  std::string kept;
  for (const char c : text)
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') kept += c;
  return kept;
}

/// Text with paragraphs, long lines, characters of several bytes and stretches without any space.
std::string random_text(uint64_t seed) {
  Rng rng(seed, 0);
  const char* const parts[] = {"word ", "\n", "\n\n",     "\xe4\xbd\xa0", "\xf0\x9f\x99\x82",
                               "a",     ". ", "\r\n\r\n", "    indented"};
  std::string text;
  while (text.size() < 20000) {
    const size_t part = rng.next_below(std::size(parts));
    for (uint64_t i = 0; i <= rng.next_below(40); ++i) text += parts[part];
  }
  return text;
}

TEST(InputFiles, CuttingAtBlankLinesLosesNothingAndKeepsCharactersWhole) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::string text = random_text(seed);
    std::string joined;
    for (const std::string_view piece : cut_at_blank_lines(text, 500)) {
      EXPECT_TRUE(tokenizer::is_valid_utf8(piece));
      EXPECT_LE(piece.size(), 2000u);
      EXPECT_NE(piece.find_first_not_of(" \t\r\n"), std::string_view::npos);
      joined += piece;
    }
    EXPECT_EQ(without_white_space(joined), without_white_space(text));
  }
}

TEST(InputFiles, PiecesEndAtBlankLinesWhereThereAreAny) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "  paragraph " + std::string(90, 'x') + "\n\n";
  const auto pieces = cut_at_blank_lines(text, 1000);
  EXPECT_GT(pieces.size(), 8u);
  for (const std::string_view piece : pieces) {
    EXPECT_TRUE(piece.starts_with("  paragraph"));
    EXPECT_TRUE(piece.ends_with('x'));
    EXPECT_LT(piece.size(), 2000u);
  }
}

TEST(InputFiles, SeparatorsCutWhereTheyStand) {
  EXPECT_EQ(cut_at_separator("---a---\n b\n---\n\n---c", "---"), (std::vector<std::string_view>{"a", " b", "c"}));
  EXPECT_EQ(cut_at_separator("abc", "---"), std::vector<std::string_view>{"abc"});
  EXPECT_TRUE(cut_at_separator("------", "---").empty());
}

struct BadFile {
  const char* name;
  std::string content;
  ErrorCode code;
  const char* message;
};

TEST(InputFiles, UnusableFilesAreRefusedByName) {
  const TemporaryFolder folder;
  const BadFile cases[] = {
      {"empty.txt", "", ErrorCode::kInvalidArgument, "empty"},
      {"blank.txt", " \n\n", ErrorCode::kInvalidArgument, "empty"},
      {"empty.jsonl", "\n", ErrorCode::kInvalidArgument, "empty"},
      {"binary.txt", std::string("ab\0cd", 5), ErrorCode::kInvalidArgument, "offset 2"},
      {"latin.txt", "na\xefve caf\xe9", ErrorCode::kCorruptData, "byte 2 (got 0xef)"},
      {"cut.md", "abc\xe2\x82", ErrorCode::kCorruptData, "byte 3"},
  };
  for (const BadFile& bad : cases) {
    put_file(folder / bad.name, bad.content);
    try {
      const InputReader reader(list_input_files(std::vector{folder / bad.name}).front(), {});
      ADD_FAILURE() << bad.name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), bad.code) << bad.name;
      EXPECT_NE(error.message().find(bad.name), std::string::npos) << error.message();
      EXPECT_NE(error.message().find(bad.message), std::string::npos) << error.message();
      EXPECT_FALSE(error.hint().empty());
    }
  }
}

TEST(InputFiles, BadLinesAreNamedByFileAndLine) {
  const TemporaryFolder folder;
  const std::pair<const char*, const char*> cases[] = {
      {"{\"text\": \"a\"", "not valid JSON"},
      {"[1]", "not a JSON object"},
      {"{\"body\": \"a\"}", "neither 'text' nor 'messages'"},
      {"{\"text\": 5}", "'text' is not text"},
      {"{\"text\": \"\xff\"}", "not valid JSON"},
      {"{\"messages\": []}", "messages"},
      {"{\"messages\": [{\"role\": \"king\", \"content\": \"a\"}]}", "king"},
      {"{\"text\": \"a\"} x", "not valid JSON"},
  };
  for (const auto& [line, message] : cases) {
    put_file(folder / "d.jsonl", std::string("{\"text\": \"fine\"}\n\n") + line + "\n{\"text\": \"fine\"}\n");
    const InputReader reader({folder / "d.jsonl", InputKind::kJsonLines}, {});
    ASSERT_EQ(reader.num_documents(), 3);
    EXPECT_EQ(reader.parse(0).text, "fine");
    try {
      reader.parse(1);
      ADD_FAILURE() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorruptData);
      EXPECT_NE(error.message().find("d.jsonl:3: "), std::string::npos) << error.message();
      EXPECT_NE(error.message().find(message), std::string::npos) << error.message();
    }
  }
  put_file(folder / "deep.jsonl", "{\"text\":" + std::string(1 << 20, '['));
  EXPECT_THROW(InputReader({folder / "deep.jsonl", InputKind::kJsonLines}, {}).parse(0), Error);
}

TEST(InputFiles, JsonLinesGiveANamedFieldOrConversations) {
  const TemporaryFolder folder;
  put_file(folder / "d.jsonl",
           "\xef\xbb\xbf{\"body\": \"one\\n\\u20ac\", \"text\": 3}\r\n"
           "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}");
  const InputReader reader({folder / "d.jsonl", InputKind::kJsonLines}, {.text_field = "body"});
  ASSERT_EQ(reader.num_documents(), 2);
  EXPECT_EQ(reader.parse(0).text, "one\n\xe2\x82\xac");
  EXPECT_EQ(reader.parse(1).messages, std::vector{text_message(Role::kUser, "hi")});
}

TEST(InputFiles, FoldersAreListedByName) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "sub");
  for (const char* name : {"b.txt", "a.md", "sub/c.jsonl", "ignored.bin"}) put_file(folder / name, "x");
  const auto files = list_input_files(std::vector{folder.path()});
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[0].path.filename(), "a.md");
  EXPECT_EQ(files[2].path.filename(), "c.jsonl");
  EXPECT_THROW(list_input_files(std::vector{folder / "missing.txt"}), Error);
  EXPECT_THROW(list_input_files(std::vector{folder / "ignored.bin"}), Error);
  EXPECT_THROW(list_input_files({}), Error);
  std::filesystem::create_directories(folder / "none");
  EXPECT_THROW(list_input_files(std::vector{folder / "none"}), Error);
}

}  // namespace
}  // namespace vitrine::data
