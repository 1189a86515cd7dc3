// How often each pair of neighbouring tokens occurs, and in which words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tokenizer/token_id.h"

namespace vitrine::tokenizer {

/// Pairs with their counts and the words that hold them. The lists may name words that hold a pair no more.
class PairTable {
 public:
  struct Entry {
    uint64_t key = kNoKey;
    int64_t count = 0;
    uint32_t last_block = kNoBlock;
    bool merged = false;  ///< the pair is a merge already
  };

  PairTable();

  /// Returns the entry of a pair, made when it is missing. The next call may move it.
  Entry& at(TokenId left, TokenId right);

  /// Gives a pair `num_words` more places for words, which the caller fills before the next call.
  /// Errors: kOutOfMemory above 2^32 places in all.
  std::span<uint32_t> add_words(Entry& entry, size_t num_words);

  /// Calls visit(words) for each list of an entry.
  template <typename Visit>
  void for_each_list(const Entry& entry, Visit visit) const {
    for (uint32_t block = entry.last_block; block != kNoBlock; block = arena_[block]) {
      visit(std::span<const uint32_t>(&arena_[block + kHeader], arena_[block + 1]));
    }
  }

  /// Calls visit(left, right, entry) for each pair.
  template <typename Visit>
  void for_each_pair(Visit visit) const {
    for (const Entry& entry : slots_) {
      if (entry.key == kNoKey) continue;
      visit(static_cast<TokenId>(entry.key >> 32), static_cast<TokenId>(entry.key & UINT32_MAX), entry);
    }
  }

 private:
  static constexpr uint64_t kNoKey = UINT64_MAX;
  static constexpr uint32_t kNoBlock = UINT32_MAX;
  static constexpr uint32_t kHeader = 2;  // the block before, the number of words

  size_t find_slot(uint64_t key) const;
  void grow();

  std::vector<Entry> slots_;  // open addressing, at most half full
  int shift_;
  size_t num_pairs_ = 0;
  std::vector<uint32_t> arena_;
};

}  // namespace vitrine::tokenizer
