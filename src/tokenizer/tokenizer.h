// Text to token ids and back: pre-tokenizer, byte-level BPE model, special tokens.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/bpe_model.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/token_id.h"

namespace vitrine::tokenizer {

/// A token that stands for something else than text: the end of a turn, a role, padding.
struct SpecialToken {
  TokenId id;
  std::string name;

  bool operator==(const SpecialToken&) const = default;
};

/// A vocabulary and what is needed to use it. A cheap copy that shares immutable state. Threads: const methods are
/// safe.
class Tokenizer {
 public:
  /// Puts a tokenizer together; the bytes of a special token are its name.
  /// Errors: kCorruptData when the vocabulary does not fit together (see BpeModel) or a special token's name is empty,
  /// not UTF-8 or that of two tokens.
  Tokenizer(const PreTokenizer& pre_tokenizer, BpeVocabulary vocabulary, const std::vector<TokenId>& special_ids);

  TokenId vocab_size() const;

  /// Encodes what a user wrote: never gives a special token, whatever stands in the text. Any bytes are legal.
  std::vector<TokenId> encode(std::string_view text) const;
  /// Appends the tokens of a text to `out`.
  void encode_append(std::string_view text, std::vector<TokenId>& out) const;

  /// Returns the bytes of the tokens, one after the other; special tokens give their names.
  /// Errors: kInvalidArgument for an id outside the vocabulary.
  std::string decode(std::span<const TokenId> ids) const;
  /// Returns the bytes of one token, which need not be whole characters. Errors: as decode.
  std::string_view token_bytes(TokenId id) const;

  /// Returns the id of the special token of that name.
  std::optional<TokenId> special_id(std::string_view name) const;
  bool is_special(TokenId id) const;
  /// Returns the special tokens by ascending id.
  const std::vector<SpecialToken>& special_tokens() const;

  const PreTokenizer& pre_tokenizer() const;
  const BpeVocabulary& vocabulary() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // all but the pool of word caches is immutable
};

}  // namespace vitrine::tokenizer
