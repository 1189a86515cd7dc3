// Against results of PyPI's `tokenizers`: committed ones, and live ones where the package is there.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/sentencepiece_model.h"
#include "tokenizer/test_sentencepiece.h"
#include "tokenizer/test_support.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

using Json = nlohmann::json;

Json golden() { return Json::parse(read_file(golden_folder() / "golden.json")); }

Tokenizer train_golden(const Json& golden, const std::string& name) {
  return train_on(golden_corpus(), {.vocab_size = golden["vocab_size"],
                                    .pre_tokenizer = name,
                                    .special_tokens = golden["special_tokens"].get<std::vector<std::string>>()});
}

TEST(Golden, TrainingLearnsTheMergesOfTheReference) {
  const Json data = golden();
  for (const auto& [name, expected] : data["pre_tokenizers"].items()) {
    const Tokenizer tokenizer = train_golden(data, name);
    std::vector<std::string> merges;
    for (const Merge& merge : tokenizer.merges()) {
      merges.push_back(to_byte_alphabet(tokenizer.token_bytes(merge.left)) + " " +
                       to_byte_alphabet(tokenizer.token_bytes(merge.right)));
    }
    EXPECT_EQ(merges, expected["merges"].get<std::vector<std::string>>()) << name;
  }
}

TEST(Golden, EncodingGivesTheIdsOfTheReference) {
  const Json data = golden();
  for (const auto& [name, expected] : data["pre_tokenizers"].items()) {
    const Tokenizer tokenizer = train_golden(data, name);
    for (size_t i = 0; i < data["texts"].size(); ++i) {
      const std::string text = data["texts"][i];
      EXPECT_EQ(tokenizer.encode(text), expected["ids"][i].get<std::vector<TokenId>>()) << name << ": " << text;
    }
  }
}

/// Pieces whose scores are all but those of their parts: how sums are rounded, and from where they are counted,
/// decides.
TEST(Golden, LongRunsGiveTheIdsOfSentencePiece) {
  const Json data = Json::parse(read_file(golden_folder() / "sentencepiece.json"));
  for (const Json& model : data["models"]) {
    std::string bytes = proto_piece("<unk>", 0, 2) + proto_piece("<s>", 0, 3) + proto_piece("</s>", 0, 3);
    for (size_t i = 0; i < model["scores"].size(); ++i)
      bytes += proto_piece(std::string(i + 1, 'a'), std::stof(model["scores"][i].get<std::string>()));
    bytes += proto_bytes(2, proto_number(3, 1));
    bytes += proto_bytes(3, proto_bytes(1, "identity") + proto_number(3, 0) + proto_number(4, 0) + proto_number(5, 1));
    const Tokenizer tokenizer = parse_sentencepiece_model(bytes);
    for (const Json& one : model["cases"]) {
      std::string text(one["length"].get<size_t>(), 'a'), ids;
      if (one.contains("unknown")) text += std::string(one["unknown"].get<size_t>(), 'x') + std::string(40, 'a');
      for (const TokenId id : tokenizer.encode(text)) ids += std::to_string(id);
      EXPECT_EQ(ids, one["ids"].get<std::string>()) << model["scores"][0] << " " << text.size();
    }
  }
}

TEST(Golden, RankFilesGiveTheIdsOfTiktoken) {
  const Json data = Json::parse(read_file(golden_folder() / "tiktoken.json"));
  for (const auto& [name, expected] : data["ids"].items()) {
    const auto path = shared_folder() / "data" / "A_tokenizers" / "tiktoken" / (name + ".tiktoken");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
    const Tokenizer tokenizer = load_tokenizer(path);
    for (size_t i = 0; i < data["texts"].size(); ++i) {
      const std::string text = data["texts"][i];
      EXPECT_EQ(tokenizer.encode(text), expected[i].get<std::vector<TokenId>>()) << name << ": " << text;
    }
  }
}

std::string python() {
  const char* given = std::getenv("VITRINE_PYTHON");
  return given != nullptr ? given : "python3";
}

bool reference_is_there() {
  return std::system(("'" + python() + "' -c 'import tokenizers' 2>/dev/null").c_str()) == 0;
}

/// Code points beside letters, digits, spaces and apostrophes: each of the first two planes, every seventh of the next
/// two, which hold long runs of ideographs; and random texts.
std::vector<std::string> peer_texts() {
  std::vector<std::string> texts;
  for (uint32_t c = 0; c < 0x40000; c += c < 0x20000 ? 1 : 7) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string character, text;
    append_utf8(c, character);
    for (const char* before : {"a", "1", " ", "'", "\n", ".", "  "}) text += before + character + character + "b";
    texts.push_back(text + " " + character);
  }
  std::mt19937 random(12);
  for (int num_random = 0; num_random < 4000;) {
    const std::string text = random_bytes(random, 40);
    if (!is_valid_utf8(text)) continue;
    texts.push_back(text);
    ++num_random;
  }
  return texts;
}

TEST(Golden, ReferenceLoadsOurFileAndGivesTheSameIds) {
  if (!reference_is_there()) GTEST_SKIP() << "no Python with the tokenizers package";
  const TemporaryFolder folder;
  const auto path = [&](const char* name) { return (folder.path() / name).string(); };
  const std::vector<std::string> texts = peer_texts();
  for (const char* name : {"gpt2", "qwen2"}) {
    const Tokenizer tokenizer = small_tokenizer(name);
    save_tokenizer(tokenizer, path("tokenizer.json"));
    Json cases = Json::array();
    for (const std::string& text : texts) cases.push_back({{"text", text}, {"ids", tokenizer.encode(text)}});
    std::ofstream(path("cases.json")) << cases.dump();
    const std::string command = "'" + python() + "' '" + (golden_folder() / "compare.py").string() + "' '" +
                                path("tokenizer.json") + "' '" + path("cases.json") + "' >'" + path("report.txt") +
                                "' 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << name << "\n" << read_file(path("report.txt"));
  }
}

}  // namespace
}  // namespace vitrine::tokenizer
