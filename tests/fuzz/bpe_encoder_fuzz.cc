// A vocabulary and a word out of any bytes: the fast encoder against the definition.
#include <algorithm>
#include <memory>

#include "fuzz/fuzz_target.h"
#include "fuzz/naive_bpe.h"

namespace vitrine::fuzz {
namespace {

constexpr size_t kMaxWordBytes = 400;

/// 256 bytes, then a merge for each pair of input bytes, which choose among the latest tokens and the letters a to h.
tokenizer::BpeVocabulary vocabulary_from(std::string_view& input) {
  tokenizer::BpeVocabulary vocabulary;
  for (int byte = 0; byte < 256; ++byte) vocabulary.tokens.emplace_back(1, static_cast<char>(byte));
  const auto choose = [&]() -> tokenizer::TokenId {
    const size_t choice = take_byte(input) % 32, num_merged = vocabulary.tokens.size() - 256;
    if (choice < num_merged) return static_cast<tokenizer::TokenId>(vocabulary.tokens.size() - 1 - choice);
    return static_cast<tokenizer::TokenId>('a' + choice % 8);
  };
  for (int remaining = take_byte(input) % 48; remaining > 0; --remaining) {
    const tokenizer::TokenId left = choose(), right = choose();
    std::string bytes = vocabulary.tokens[static_cast<size_t>(left)] + vocabulary.tokens[static_cast<size_t>(right)];
    const bool is_known = std::any_of(vocabulary.merges.begin(), vocabulary.merges.end(),
                                      [&](const auto& merge) { return merge.left == left && merge.right == right; });
    if (is_known || bytes.size() > 64) continue;
    const auto found = std::find(vocabulary.tokens.begin(), vocabulary.tokens.end(), bytes);
    const auto result = static_cast<tokenizer::TokenId>(found - vocabulary.tokens.begin());
    if (found == vocabulary.tokens.end()) vocabulary.tokens.push_back(std::move(bytes));
    vocabulary.merges.push_back({left, right, result});
  }
  return vocabulary;
}

}  // namespace

void run_target(std::string_view input) {
  const tokenizer::BpeVocabulary vocabulary = vocabulary_from(input);
  const auto model =
      must([&] {
        return std::make_unique<tokenizer::BpeModel>(
            tokenizer::BpeDefinition{.merges = vocabulary.merges},
            tokenizer::BpeModel::Options{.tokens = vocabulary.tokens,
                                         .is_unreachable = std::vector<bool>(vocabulary.tokens.size())});
      });
  // Repeated, so that short inputs reach the path for long words too.
  const size_t repeats = 1 + take_byte(input) % 8;
  std::string word;
  for (size_t i = 0; i < repeats; ++i) word += input;
  word.resize(std::min(word.size(), kMaxWordBytes));
  std::vector<tokenizer::TokenId> ids;
  model->append_word(word, ids);
  require(ids == naive_bpe(vocabulary, word), "the fast encoder merges as the definition says");
}

}  // namespace vitrine::fuzz
