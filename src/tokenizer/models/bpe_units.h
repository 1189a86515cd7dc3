// The first step of byte-pair encoding: a word as the tokens of its bytes or characters.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tokenizer/models/bpe_model.h"
#include "tokenizer/models/byte_fallback.h"
#include "tokenizer/unicode/code_point_map.h"

namespace vitrine::tokenizer {

/// Throws kCorruptData that says what is wrong with a vocabulary of byte-pair encoding.
[[noreturn]] void corrupt_bpe_vocabulary(std::string what);

/// Lets maps of strings be asked with views.
struct ViewHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using WordIds = std::unordered_map<std::string, TokenId, ViewHash, std::equal_to<>>;

/// Never makes more tokens than the word has bytes.
struct BpeModel::Units {
  /// Errors: kCorruptData as BpeModel's constructor; kUnsupported for a prefix or suffix together with byte fallback.
  Units(const BpeDefinition& definition, const Options& options);

  /// Returns the token of a whole word where merges are to be ignored for it, or kNoToken.
  TokenId whole_word(std::string_view word) const;

  /// Writes the tokens of the word's units to `ids`, which has room for one each byte; returns how many there are.
  size_t split(std::string_view word, TokenId* ids) const {
    return is_bytes_ ? split_bytes(word, ids) : split_characters(word, ids);
  }

 private:
  void read_bytes(const Options& options);
  void read_characters(const Options& options);
  void read_words(const BpeDefinition& definition, const Options& options);

  size_t split_bytes(std::string_view word, TokenId* ids) const;
  size_t split_characters(std::string_view word, TokenId* ids) const;
  TokenId character_token(std::string_view character, uint32_t code_point, bool is_first, bool is_last) const;

  bool is_bytes_;
  bool all_bytes_known_ = false;
  std::array<TokenId, 256> byte_tokens_{};
  CodePointMap<TokenId> character_tokens_;  // id + 1; 0 where there is none
  TokenId unk_ = kNoToken;
  bool fuse_unk_;
  std::optional<ByteFallback> byte_fallback_;
  std::string prefix_, suffix_;
  bool knows_words_ = false;
  WordIds words_;  // where whole words, prefix or suffix ask for it
};

}  // namespace vitrine::tokenizer
