// WordPiece: from the left always the longest token; a word that cannot be made is unknown as a whole.
// Source: Devlin et al. 2018, arXiv:1810.04805.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tokenizer/definition.h"
#include "tokenizer/models/model.h"
#include "tokenizer/trie.h"

namespace vitrine::tokenizer {

class WordPieceModel : public Model {
 public:
  /// `is_unreachable` marks the ids that no text may give. Errors: kCorruptData when the unknown token is not there.
  WordPieceModel(const WordPieceDefinition& definition, std::span<const std::string> tokens,
                 const std::vector<bool>& is_unreachable);

  /// Time: bounded by max_input_chars_per_word times the length of the longest token.
  void append_word(std::string_view word, std::vector<TokenId>& out) const override;

 private:
  bool append_pieces(std::string_view word, std::vector<TokenId>& out) const;

  Trie first_, later_;  // tokens that start a word; those that go on, without their prefix
  TokenId unk_;
  int64_t max_characters_;
};

}  // namespace vitrine::tokenizer
