// A tokenizer for tests: few merges, all special tokens of the chat format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/chat_format.h"
#include "tokenizer/trainer.h"

namespace vitrine::testing {

/// With further special tokens behind those.
inline tokenizer::Tokenizer small_tokenizer_with(const std::vector<std::string>& more) {
  const std::string_view documents[] = {
      "user\nassistant\nsystem\nthe cat sat on the mat and the dog sat on the cat. the mat was red and the dog ran.",
      "{\"name\": \"calculator\", \"arguments\": {\"expression\": \"12 + 7\"}} the answer is the answer. the end."};
  tokenizer::TrainOptions options{.vocab_size = 290 + static_cast<int64_t>(more.size())};
  for (const std::string_view name : data::kSpecialTokens) options.special_tokens.emplace_back(name);
  options.special_tokens.insert(options.special_tokens.end(), more.begin(), more.end());
  ThreadPool pool(1);
  return tokenizer::train_bpe(options, documents, pool);
}

inline tokenizer::Tokenizer small_tokenizer() {
  static const tokenizer::Tokenizer kTokenizer = small_tokenizer_with({});
  return kTokenizer;
}

}  // namespace vitrine::testing
