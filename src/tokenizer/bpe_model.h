// Byte-level byte-pair encoding of one word: start from bytes, always merge the neighbours of lowest rank, leftmost
// first. Source: Sennrich, Haddow & Birch 2016, arXiv:1508.07909; bytes as in Radford et al. 2019.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/token_id.h"

namespace vitrine::tokenizer {

/// Two tokens that become one. The place in the list of merges is the rank.
struct Merge {
  TokenId left;
  TokenId right;
  TokenId result;

  bool operator==(const Merge&) const = default;
};

/// What a byte-level BPE model consists of.
struct BpeVocabulary {
  std::vector<std::string> tokens;  ///< the bytes of each id
  std::vector<Merge> merges;        ///< lowest rank first
};

/// Applies merges to words. Immutable. Threads: safe.
class BpeModel {
 public:
  /// `is_special[id]` marks the tokens that no text may give.
  /// Errors: kCorruptData when a byte has no token, an id is out of range, a merge's result is not the concatenation of
  /// its parts or is special, or a pair stands twice.
  BpeModel(const BpeVocabulary& vocabulary, const std::vector<bool>& is_special);

  /// Appends the tokens of a word. Time: quadratic up to kMaxScanBytes, n log n above.
  /// Errors: kInvalidArgument above 2 GiB.
  void append_word(std::string_view word, std::vector<TokenId>& out) const;

 private:
  static constexpr size_t kMaxScanBytes = 96;
  static constexpr uint32_t kNoRank = UINT32_MAX;

  struct PairSlot {
    uint64_t key = kEmptyKey;
    uint32_t rank = kNoRank;
    TokenId result = kNoToken;
  };
  static constexpr uint64_t kEmptyKey = UINT64_MAX;

  static uint64_t pair_key(TokenId left, TokenId right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  size_t first_slot(uint64_t key) const { return (key * 0x9E3779B97F4A7C15u) >> shift_; }
  const PairSlot& find_pair(TokenId left, TokenId right) const;

  void set_byte_tokens(const BpeVocabulary& vocabulary, const std::vector<bool>& is_special);
  void add_merge(const BpeVocabulary& vocabulary, const std::vector<bool>& is_special, size_t rank);
  void append_by_scan(std::string_view word, std::vector<TokenId>& out) const;
  void append_by_heap(std::string_view word, std::vector<TokenId>& out) const;

  std::array<TokenId, 256> byte_tokens_{};
  std::vector<PairSlot> slots_;  // open addressing, at most half full
  int shift_ = 0;
  PairSlot missing_;
};

}  // namespace vitrine::tokenizer
