// The tokenizer part of a GGUF file's metadata as plain data, so that this folder reads no files of that kind.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tokenizer/sentencepiece_vocabulary.h"
#include "tokenizer/token_id.h"
#include "tokenizer/tokenizer.h"

namespace vitrine::tokenizer {

/// The keys `tokenizer.ggml.*`, each member named as its key. Members of keys that the file lacks keep their default.
struct GgufVocabulary {
  std::string model;                 ///< "llama" (SentencePiece BPE), "gpt2" (byte-level BPE), "bert", "t5" (Unigram)
  std::string pre;                   ///< the pre-tokenizer of "gpt2" models: "llama-bpe", "qwen2", "smollm", …
  std::vector<std::string> tokens;   ///< names as they stand in the file
  std::vector<float> scores;         ///< empty, or one for each token
  std::vector<int32_t> token_types;  ///< empty, or one PieceType for each token (key `token_type`)
  std::vector<std::string> merges;   ///< "left right", lowest rank first
  std::optional<TokenId> bos_token_id;
  std::optional<TokenId> eos_token_id;
  std::optional<TokenId> unknown_token_id;
  std::optional<TokenId> separator_token_id;  ///< key `seperator_token_id` in files
  std::optional<TokenId> padding_token_id;
  std::optional<TokenId> cls_token_id;
  std::optional<bool> add_bos_token;
  std::optional<bool> add_eos_token;
  std::optional<bool> add_sep_token;
  std::optional<bool> add_space_prefix;
  std::optional<bool> remove_extra_whitespaces;
  std::vector<uint8_t> precompiled_charsmap;
};

/// Puts the tokenizer together. Errors: kCorruptData for lists of different lengths, ids out of range, scores that are
/// NaN, bad merges; kUnsupported, naming it, for a model or pre-tokenizer that this build does not know.
Tokenizer make_tokenizer(const GgufVocabulary& vocabulary);

}  // namespace vitrine::tokenizer
