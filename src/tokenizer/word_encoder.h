// From a normalized text to tokens: the pre-tokenizer and the model together.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/definition.h"
#include "tokenizer/models/model.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/splitters/splitter.h"
#include "tokenizer/word_cache.h"

namespace vitrine::tokenizer {

/// Immutable but for the pool of word caches. Threads: safe.
class WordEncoder {
 public:
  /// `is_unreachable` marks the ids that no text may give; `is_strict` as in BpeModel::Options.
  /// Errors: as Tokenizer's constructor.
  WordEncoder(const TokenizerDefinition& definition, std::vector<bool> is_unreachable, bool is_strict);

  /// Appends the tokens of a text without added tokens. `starts_text`: nothing stands before it.
  void append(std::string_view text, bool starts_text, std::vector<TokenId>& out);

  const PreTokenizer* scanner() const { return scanner_; }
  /// The model works on bytes, not on characters of the byte alphabet.
  bool is_byte_level() const { return is_byte_level_; }

 private:
  using WordEnd = const char* (*)(const char* begin, const char* end);

  void make_model(const TokenizerDefinition& definition, std::vector<bool> is_unreachable, bool is_strict);
  void append_pieces(std::string_view text, bool starts_text, std::vector<TokenId>& out);

  bool is_byte_level_ = false;
  const PreTokenizer* scanner_ = nullptr;
  WordEnd word_end_ = nullptr;  // the scanner's, or one that cuts where no token crosses
  std::vector<SplitterPointer> splitters_;
  std::unique_ptr<const Model> model_;
  WordCachePool caches_;
};

/// Tells whether the definition is a BPE model whose pre-tokenizer ends in bytes.
bool is_byte_level(const TokenizerDefinition& definition);

}  // namespace vitrine::tokenizer
