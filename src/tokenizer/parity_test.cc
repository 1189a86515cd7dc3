// Against the reference libraries themselves, on random texts: Hugging Face's `tokenizers`, sentencepiece, tiktoken.
// Skipped where Python lacks them (VITRINE_PYTHON names an interpreter) or the shared data is not there.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tokenizer/load_tokenizer.h"
#include "tokenizer/stream_decoder.h"
#include "tokenizer/test_support.h"
#include "tokenizer/test_texts.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocab_and_merges.h"

namespace vitrine::tokenizer {
namespace {

using Json = nlohmann::json;

constexpr int kNumTexts = 2500;

std::filesystem::path vocabularies() { return shared_folder() / "data" / "A_tokenizers"; }

std::string python() {
  const char* given = std::getenv("VITRINE_PYTHON");
  return given != nullptr ? given : "python3";
}

bool has_module(const std::string& name) {
  return std::system(("'" + python() + "' -c 'import " + name + "' 2>/dev/null").c_str()) == 0;
}

std::string streamed(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  StreamDecoder decoder(tokenizer);
  std::string text;
  for (const TokenId id : ids) text += decoder.push(id);
  return text + decoder.flush();
}

/// What the compare script gets of each text: ids of plain text, ids with special tokens read and the frame put around,
/// and the text that the plain ids decode to.
Json make_cases(const Tokenizer& tokenizer, unsigned seed, const std::vector<AddedToken>& added) {
  std::mt19937 random(seed);
  Json cases = Json::array();
  for (int i = 0; i < kNumTexts; ++i) {
    const std::string text = i == 0 ? "" : random_text(random, added);
    const std::vector<TokenId> ids = tokenizer.encode(text);
    cases.push_back({{"text", text},
                     {"ids", ids},
                     {"framed", tokenizer.encode(text, {.parse_special = true, .add_frame = true})},
                     {"decoded", streamed(tokenizer, ids)}});
  }
  return cases;
}

void compare(const std::string& kind, const std::filesystem::path& reference, const Json& cases) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "cases.json") << cases.dump();
  const std::string report = (folder.path() / "report.txt").string();
  const std::string command = "'" + python() + "' '" + (golden_folder() / "compare_peer.py").string() + "' " + kind +
                              " '" + reference.string() + "' '" + (folder.path() / "cases.json").string() + "' >'" +
                              report + "' 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << kind << " " << reference << "\n" << read_file(report);
}

void compare_file(const std::string& kind, const std::filesystem::path& path, unsigned seed) {
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  const Tokenizer tokenizer = load_tokenizer(path);
  compare(kind, path, make_cases(tokenizer, seed, tokenizer.definition().added_tokens));
}

TEST(Parity, TokenizerJsonFilesGiveTheIdsAndTextsOfHuggingFace) {
  if (!has_module("tokenizers")) GTEST_SKIP() << "no Python with the tokenizers package";
  unsigned seed = 1;
  for (const char* file : {"gpt2/tokenizer.json", "smollm2/tokenizer.json", "gpt-neox-20b/20B_tokenizer.json",
                           "minimind-6400/tokenizer.json"})
    compare_file("huggingface", vocabularies() / file, seed++);
}

TEST(Parity, SmallTokenizersOfManyKindsGiveTheIdsAndTextsOfHuggingFace) {
  if (!has_module("tokenizers")) GTEST_SKIP() << "no Python with the tokenizers package";
  const TemporaryFolder folder;
  const auto charsmap = vocabularies() / "sentencepiece_fixtures" / "spiece.model";
  const std::string command = "'" + python() + "' '" + (golden_folder() / "make_peer_tokenizers.py").string() + "' '" +
                              (golden_folder() / "corpus.txt").string() + "' '" + folder.path().string() + "'" +
                              (std::filesystem::exists(charsmap) ? " '" + charsmap.string() + "'" : "");
  ASSERT_EQ(std::system(command.c_str()), 0);
  unsigned seed = 100;
  int num_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    compare_file("huggingface", entry.path(), seed++);
    ++num_files;
  }
  EXPECT_GE(num_files, 15);
}

TEST(Parity, VocabAndMergesOfQwen2GiveTheIdsOfHuggingFace) {
  if (!has_module("tokenizers")) GTEST_SKIP() << "no Python with the tokenizers package";
  const auto folder = vocabularies() / "qwen2";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  const Tokenizer tokenizer =
      parse_vocab_and_merges(read_file(folder / "vocab.json"), read_file(folder / "merges.txt"),
                             find_pre_tokenizer("qwen2"), {"<|endoftext|>", "<|im_start|>", "<|im_end|>"});
  const TemporaryFolder temporary;
  save_tokenizer(tokenizer, temporary.path() / "tokenizer.json");
  compare("huggingface", temporary.path() / "tokenizer.json",
          make_cases(tokenizer, 10, tokenizer.definition().added_tokens));
}

TEST(Parity, SentencePieceModelsGiveTheIdsOfTheLibrary) {
  if (!has_module("sentencepiece")) GTEST_SKIP() << "no Python with the sentencepiece package";
  unsigned seed = 20;
  for (const char* file :
       {"mistral-7b-v0.1/tokenizer.model", "sentencepiece_fixtures/spiece.model",
        "sentencepiece_fixtures/test_sentencepiece.model", "sentencepiece_fixtures/test_sentencepiece_bpe.model",
        "sentencepiece_fixtures/test_sentencepiece_no_bos.model"})
    compare_file("sentencepiece", vocabularies() / file, seed++);
}

TEST(Parity, RankFilesGiveTheIdsOfTiktoken) {
  if (!has_module("tiktoken")) GTEST_SKIP() << "no Python with the tiktoken package";
  unsigned seed = 30;
  for (const char* file : {"r50k_base.tiktoken", "p50k_base.tiktoken", "cl100k_base.tiktoken"})
    compare_file("tiktoken", vocabularies() / "tiktoken" / file, seed++);
}

}  // namespace
}  // namespace vitrine::tokenizer
