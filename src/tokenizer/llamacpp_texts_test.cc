// Texts and ids in llama.cpp's format: the texts lie between marker lines, one line of ids for each.
#include <gtest/gtest.h>

#include <iterator>
#include <sstream>

#include "tokenizer/load_tokenizer.h"
#include "tokenizer/test_gguf.h"
#include "tokenizer/test_support.h"
#include "tokenizer/vocab_and_merges.h"

namespace vitrine::tokenizer {
namespace {

std::filesystem::path parity_folder() { return shared_folder() / "data" / "H_tokenizer_parity" / "llamacpp"; }
std::filesystem::path vocabularies() { return shared_folder() / "data" / "A_tokenizers"; }

struct TextCase {
  std::string text;
  std::vector<TokenId> ids;
};

std::vector<TextCase> read_cases(const std::string& name) {
  constexpr std::string_view kMarker = "\n__ggml_vocab_test__\n";
  const auto path = parity_folder() / ("ggml-vocab-" + name + ".gguf.inp");
  std::string texts = read_file(path);
  std::istringstream ids_file(read_file(std::filesystem::path(path).replace_extension(".out")));
  std::vector<TextCase> cases;
  for (std::string line; std::getline(ids_file, line);) {
    const size_t marker = texts.find(kMarker);
    std::istringstream numbers(line);
    cases.push_back({texts.substr(0, marker), {std::istream_iterator<TokenId>(numbers), {}}});
    texts.erase(0, marker == std::string::npos ? texts.size() : marker + kMarker.size());
  }
  return cases;
}

void expect_known_ids(const Tokenizer& tokenizer, const std::string& name) {
  const std::vector<TextCase> cases = read_cases(name);
  EXPECT_GT(cases.size(), 40u);
  for (const TextCase& c : cases) EXPECT_EQ(tokenizer.encode(c.text), c.ids) << name << ": " << testing::PrintToString(c.text);
}

class GgufVocabularies : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Files, GgufVocabularies, testing::Values("bert-bge", "gpt-2", "mpt", "phi-3"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST_P(GgufVocabularies, GiveTheKnownIds) {
  const auto path = parity_folder() / ("ggml-vocab-" + GetParam() + ".gguf");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  expect_known_ids(make_tokenizer(TestGgufReader(path).read()), GetParam());
}

TEST(LlamaCppTexts, SmolLm2GivesTheKnownIdsFromItsTokenizerJson) {
  const auto path = vocabularies() / "smollm2" / "tokenizer.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  expect_known_ids(load_tokenizer(path), "smollm");
}

TEST(LlamaCppTexts, Gpt2GivesTheKnownIdsFromItsTokenizerJson) {
  const auto path = vocabularies() / "gpt2" / "tokenizer.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  const Tokenizer tokenizer = load_tokenizer(path);
  EXPECT_EQ(tokenizer.vocab_size(), 50257);
  EXPECT_EQ(tokenizer.special_id("<|endoftext|>"), 50256);
  expect_known_ids(tokenizer, "gpt-2");
}

TEST(LlamaCppTexts, Qwen2GivesTheKnownIdsFromItsVocabAndMerges) {
  const auto folder = vocabularies() / "qwen2";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  expect_known_ids(parse_vocab_and_merges(read_file(folder / "vocab.json"), read_file(folder / "merges.txt"),
                                          find_pre_tokenizer("qwen2"), {}),
                   "qwen2");
}

}  // namespace
}  // namespace vitrine::tokenizer
