// Byte-pair encoding of one word: start from bytes or characters, always merge the neighbours of lowest rank, leftmost
// first. Source: Sennrich, Haddow & Birch 2016, arXiv:1508.07909; bytes as in Radford et al. 2019.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/definition.h"
#include "tokenizer/models/model.h"

namespace vitrine::tokenizer {

/// What a byte-level BPE model consists of.
struct BpeVocabulary {
  std::vector<std::string> tokens;  ///< the bytes of each id
  std::vector<Merge> merges;        ///< lowest rank first
};

/// Applies merges to words.
class BpeModel : public Model {
 public:
  struct Options {
    BpeUnit unit = BpeUnit::kByte;
    std::span<const std::string> tokens;  ///< the bytes or characters of each id; used while constructing only
    std::vector<bool> is_unreachable;     ///< ids that no text may give: special and added tokens
    bool is_strict = false;               ///< refuse bytes without a token, and merges that no text can reach
  };

  /// Errors: kCorruptData when an id is out of range, a merge's result is not the concatenation of its parts, a pair
  /// stands twice, two tokens are one byte, the unknown token is not there, or what is_strict says.
  BpeModel(const BpeDefinition& definition, const Options& options);
  ~BpeModel() override;

  /// Time: quadratic up to kMaxScanUnits, n log n above. Errors: kInvalidArgument above 2 GiB.
  void append_word(std::string_view word, std::vector<TokenId>& out) const override;

 private:
  static constexpr size_t kMaxScanUnits = 96;
  static constexpr uint32_t kNoRank = UINT32_MAX;
  static constexpr uint64_t kEmptyKey = UINT64_MAX;

  struct PairSlot {
    uint64_t key = kEmptyKey;
    uint32_t rank = kNoRank;
    TokenId result = kNoToken;
  };
  struct Units;

  static uint64_t pair_key(TokenId left, TokenId right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  size_t first_slot(uint64_t key) const { return (key * 0x9E3779B97F4A7C15u) >> shift_; }
  const PairSlot& find_pair(TokenId left, TokenId right) const;
  void add_merge(const BpeDefinition& definition, const Options& options, size_t index);

  void append_by_scan(std::string_view word, std::vector<TokenId>& out) const;
  void append_by_heap(std::string_view word, std::vector<TokenId>& out) const;

  std::unique_ptr<const Units> units_;
  std::vector<PairSlot> slots_;  // open addressing, at most half full
  int shift_ = 0;
  PairSlot missing_;
};

}  // namespace vitrine::tokenizer
