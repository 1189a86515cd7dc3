// Learns merges from counted words: again and again the most frequent pair of neighbours becomes one token.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tokenizer/models/bpe_model.h"
#include "tokenizer/train/pair_table.h"
#include "tokenizer/train/word_groups.h"

namespace vitrine::tokenizer {

/// Counts are kept up to date merge by merge; only words that hold the merged pair are touched. Equal counts are
/// settled by the lower left id, then the lower right id, so the result depends on the counts of the words alone.
class MergeLearner {
 public:
  MergeLearner();

  /// Adds a distinct word of at least one byte. Errors: kOutOfMemory above 2^32 symbols.
  void add_word(std::string_view bytes, int64_t count);

  struct Limits {
    size_t num_tokens;                               ///< the 256 bytes included
    int64_t min_frequency;                           ///< pairs below it are never merged
    std::unordered_set<std::string> forbidden;       ///< byte strings that may not become a token
    std::function<void(size_t num_tokens)> on_step;  ///< called after each merge, when given
  };

  /// Learns until there are limits.num_tokens tokens or no pair is frequent enough; may be called once.
  BpeVocabulary learn(const Limits& limits);

 private:
  struct Candidate {
    int64_t count;
    TokenId left;
    TokenId right;

    bool operator<(const Candidate& other) const {
      if (count != other.count) return count < other.count;
      return left != other.left ? left > other.left : right > other.right;
    }
  };

  void count_initial_pairs(int64_t min_frequency);
  TokenId find_or_add_token(const std::string& bytes);
  void apply(const Merge& merge, int64_t min_frequency);
  void rewrite_word(uint32_t word, const Merge& merge);
  void add_to_pair(TokenId left, TokenId right, const WordGroups::Group& group, int64_t min_frequency);

  BpeVocabulary vocabulary_;
  std::unordered_map<std::string, TokenId> ids_;
  std::array<TokenId, 256> byte_ids_{};
  // Each word: its length in symbols, its count in two halves, its symbols. A word is named by where it starts.
  std::vector<int32_t> words_;
  std::vector<uint32_t> word_starts_;
  PairTable pairs_;
  std::priority_queue<Candidate> heap_;
  // What the merge of A and B to C changes, by neighbour n: nA -> nC, Bn -> Cn, and BA -> CC in ABAB.
  WordGroups before_, behind_, between_;
};

}  // namespace vitrine::tokenizer
