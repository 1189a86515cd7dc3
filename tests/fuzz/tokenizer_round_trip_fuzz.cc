// Any bytes through every pre-tokenizer and back, and each word against the definition of byte-pair encoding.
#include "fuzz/fuzz_target.h"
#include "fuzz/naive_bpe.h"
#include "tokenizer/trainer.h"

namespace vitrine::fuzz {
namespace {

std::vector<tokenizer::Tokenizer> make_tokenizers() {
  const std::string_view documents[] = {
      "The cat sat on the mat, and the dog sat on the cat. They'll see 12 or 345 of them; it's   fine.\n\n\tThe end.",
      "\xc3\xa9t\xc3\xa9 \xc3\xa9t\xc3\xa9 na\xc3\xafve \xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80\xf0\x9f\x98\x80 the "
      "the"};
  ThreadPool pool(1);
  std::vector<tokenizer::Tokenizer> made;
  for (const tokenizer::PreTokenizer& pre_tokenizer : tokenizer::pre_tokenizers())
    made.push_back(tokenizer::train_bpe({.vocab_size = 270,
                                         .pre_tokenizer = std::string(pre_tokenizer.name),
                                         .special_tokens = {"<|endoftext|>", "the"}},
                                        documents, pool));
  return made;
}

tokenizer::BpeVocabulary vocabulary_of(const tokenizer::Tokenizer& of) {
  tokenizer::BpeVocabulary vocabulary{.tokens = {}, .merges = of.merges()};
  for (tokenizer::TokenId id = 0; id < of.vocab_size(); ++id) vocabulary.tokens.emplace_back(of.token_bytes(id));
  return vocabulary;
}

}  // namespace

void run_target(std::string_view input) {
  static const std::vector<tokenizer::Tokenizer> tokenizers = make_tokenizers();
  for (const tokenizer::Tokenizer& each : tokenizers) {
    const std::vector<tokenizer::TokenId> ids = each.encode(input);
    require(each.decode(ids) == input, "decoding gives the bytes back");
    for (const tokenizer::TokenId id : ids) require(!each.is_special(id), "no special token comes out of text");
    const tokenizer::BpeVocabulary vocabulary = vocabulary_of(each);
    std::vector<tokenizer::TokenId> expected;
    const char* const end = input.data() + input.size();
    for (const char* at = input.data(); at != end;) {
      const char* const word_end = each.scanner()->word_end(at, end);
      require(word_end > at && word_end <= end, "a word has bytes of the text");
      const auto word = naive_bpe(vocabulary, {at, static_cast<size_t>(word_end - at)});
      expected.insert(expected.end(), word.begin(), word.end());
      at = word_end;
    }
    require(ids == expected, "the fast encoder merges as the definition says");
  }
}

}  // namespace vitrine::fuzz
