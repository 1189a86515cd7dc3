// What SentencePiece models have in common, whether they come in their own format or in GGUF.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tokenizer/definition.h"

namespace vitrine::tokenizer {

/// Kinds of pieces, by their numbers in SentencePiece's files and in GGUF.
enum class PieceType : int32_t {
  kNormal = 1,
  kUnknown = 2,      ///< stands for text without a token
  kControl = 3,      ///< stands for no text: special
  kUserDefined = 4,  ///< text that always becomes this one token
  kUnused = 5,
  kByte = 6,
};

/// Pieces with their scores and kinds, as lists of one length.
struct PieceList {
  std::vector<std::string> tokens;
  std::vector<float> scores;
  std::vector<PieceType> types;
};

/// Checks the lists: lengths, kinds, scores that are finite. Errors: kCorruptData.
void check_pieces(const PieceList& pieces);

/// Fills tokens, added and unused tokens. `normalized`: user-defined pieces are looked for in normalized text.
void add_pieces(const PieceList& pieces, bool normalized, TokenizerDefinition& definition);

/// Makes the BPE model that joins by score, highest first. Byte fallback where there are byte pieces.
BpeDefinition make_sentencepiece_bpe(const PieceList& pieces);

/// Makes the unigram model. Errors: kCorruptData where no piece is of the unknown kind.
UnigramDefinition make_sentencepiece_unigram(const PieceList& pieces);

/// Makes the decoder: space marks and bytes; `drops_first_space` for models that put one before a text.
Setting make_sentencepiece_decoder(bool byte_fallback, bool drops_first_space);

/// Makes the normalizer that only marks spaces, in the parts that tokenizer.json has too.
Setting make_space_mark_normalizer(bool add_space_prefix);

}  // namespace vitrine::tokenizer
