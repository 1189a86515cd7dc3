// Text to token ids and back: normalizer, pre-tokenizer, model, decoder, added tokens.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/definition.h"
#include "tokenizer/models/bpe_model.h"
#include "tokenizer/post_processor.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/token_id.h"

namespace vitrine::tokenizer {

/// A token that stands for something else than text: the end of a turn, a role, padding.
struct SpecialToken {
  TokenId id;
  std::string name;

  bool operator==(const SpecialToken&) const = default;
};

/// How a text is to be encoded. The default is for what a user wrote.
struct EncodeOptions {
  bool parse_special = false;  ///< the names of special tokens in the text are these tokens
  bool add_frame = false;      ///< with the tokens that the tokenizer puts around a text; see Tokenizer::frame
};

/// A vocabulary and what is needed to use it. A cheap copy that shares immutable state. Threads: const methods are
/// safe.
class Tokenizer {
 public:
  /// Puts a tokenizer together. Errors: kCorruptData for what does not fit together; kUnsupported, naming it, for a part
  /// that this build does not have.
  explicit Tokenizer(TokenizerDefinition definition);

  /// Puts a byte-level BPE tokenizer together; the bytes of a special token are its name.
  /// Errors: kCorruptData when the vocabulary does not fit together (see BpeModel) or a special token's name is empty,
  /// not UTF-8 or that of two tokens.
  Tokenizer(const PreTokenizer& pre_tokenizer, BpeVocabulary vocabulary, const std::vector<TokenId>& special_ids);

  TokenId vocab_size() const;

  /// Encodes a text. Without parse_special no special token comes out of it, whatever stands in the text, but the
  /// unknown token of vocabularies that have one. Any bytes are legal.
  /// Errors: kInvalidArgument when the tokenizer's own pattern takes too long.
  std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options = {}) const;
  /// Appends the tokens of a text to `out`.
  void encode_append(std::string_view text, std::vector<TokenId>& out, const EncodeOptions& options = {}) const;

  /// The tokens that are put around a text that stands alone.
  const TextFrame& frame() const;

  /// Returns the text of the tokens; special tokens give their names unless they are skipped. Byte-level tokenizers give
  /// exactly the bytes that were encoded, others without what their normalizer took.
  /// Errors: kInvalidArgument for an id outside the vocabulary.
  std::string decode(std::span<const TokenId> ids, bool skip_special = false) const;
  /// Returns the bytes of one token where others stand before it; they need not be whole characters.
  /// Errors: as decode.
  std::string_view token_bytes(TokenId id) const;
  /// Returns the bytes of a token that begins a text: some tokenizers leave out a space there. Errors: as decode.
  std::string first_token_bytes(TokenId id) const;

  /// Returns the id of the special token of that name.
  std::optional<TokenId> special_id(std::string_view name) const;
  bool is_special(TokenId id) const;
  /// Returns the special tokens by ascending id.
  const std::vector<SpecialToken>& special_tokens() const;

  /// "BPE", "Unigram" or "WordPiece".
  std::string_view model_name() const;
  /// The merges of a BPE model; empty for others.
  const std::vector<Merge>& merges() const;
  /// Returns the scanner that cuts text into words, or null where other means do.
  const PreTokenizer* scanner() const;
  /// Returns the scanner's name, or the types of the steps that cut instead: "Split+ByteLevel"; empty for none.
  std::string pre_tokenizer_name() const;
  const TokenizerDefinition& definition() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // all but the pool of word caches is immutable
};

}  // namespace vitrine::tokenizer
