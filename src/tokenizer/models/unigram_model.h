// The unigram language model: of all segmentations of a word into tokens the one with the best sum of scores.
// Source: Kudo 2018, arXiv:1804.10959.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tokenizer/definition.h"
#include "tokenizer/models/byte_fallback.h"
#include "tokenizer/models/model.h"
#include "tokenizer/trie.h"

namespace vitrine::tokenizer {

class UnigramModel : public Model {
 public:
  /// `is_unreachable` marks the ids that no text may give. Errors: kCorruptData for scores that are missing or not
  /// finite, an unknown token out of range, or a vocabulary without characters' fallback (no unknown token).
  UnigramModel(const UnigramDefinition& definition, std::span<const std::string> tokens,
               const std::vector<bool>& is_unreachable);

  /// Time: linear in the word times the length of the longest token.
  void append_word(std::string_view word, std::vector<TokenId>& out) const override;

 private:
  /// The best way to get to a place of the word.
  struct Step {
    double score = 0;
    TokenId token = kNoToken;
    size_t begin = SIZE_MAX;
  };
  std::vector<Step> best_steps(std::string_view word) const;
  void reach(Step& step, double score, TokenId token, size_t begin) const;
  static void count_anew(std::span<Step> reached);
  void append_unknown(std::string_view text, std::vector<TokenId>& out) const;

  std::vector<double> scores_;
  Trie trie_;
  TokenId unk_;
  double unk_score_;
  bool single_precision_;
  std::optional<ByteFallback> byte_fallback_;
};

}  // namespace vitrine::tokenizer
