// Everything that makes a tokenizer, as plain data: what each kind of file is read into, and tokenizer.json is written
// from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tokenizer/setting.h"
#include "tokenizer/token_id.h"

namespace vitrine::tokenizer {

/// Two tokens that become one. The place in the list of merges is the rank.
struct Merge {
  TokenId left;
  TokenId right;
  TokenId result;

  bool operator==(const Merge&) const = default;
};

/// What a word is made of before the first merge.
enum class BpeUnit { kByte, kCharacter };

/// Byte-pair encoding, of bytes or of characters (see BpeModel).
struct BpeDefinition {
  std::vector<Merge> merges;                ///< lowest rank first
  std::vector<uint32_t> ranks;              ///< of each merge; empty where the place is the rank
  std::optional<std::string> unk_token;     ///< stands for characters without a token; without it they are left out
  std::string continuing_subword_prefix;    ///< before each character but the first of a word
  std::string end_of_word_suffix;           ///< behind the last character of a word
  bool fuse_unk = false;                    ///< several unknown characters in a row are one token
  bool byte_fallback = false;               ///< unknown characters become tokens <0x00> to <0xFF>
  bool ignore_merges = false;               ///< a word that is a token is that token
};

/// A unigram language model: the best-scored segmentation. Source: Kudo 2018, arXiv:1804.10959.
struct UnigramDefinition {
  std::vector<double> scores;       ///< log-probability of each id
  std::optional<TokenId> unk_id;    ///< stands for characters without a token
  bool byte_fallback = false;       ///< as in BpeDefinition
  bool single_precision = false;    ///< sums of scores are rounded to f32, as the sentencepiece library does
};

/// Greedy longest match from the left. Source: Devlin et al. 2018, arXiv:1810.04805.
struct WordPieceDefinition {
  std::string unk_token = "[UNK]";
  std::string continuing_subword_prefix = "##";
  int64_t max_input_chars_per_word = 100;  ///< longer words are unknown
};

/// A token that is looked for in the text before anything else happens to it.
struct AddedToken {
  TokenId id = kNoToken;
  std::string content;
  bool special = true;          ///< stands for something else than text
  bool single_word = false;     ///< only where no word character touches it
  bool lstrip = false;          ///< takes the white space before it
  bool rstrip = false;          ///< takes the white space behind it
  bool normalized = false;      ///< is looked for in the normalized text
  bool in_vocabulary = true;    ///< the model's own vocabulary lists it too

  bool operator==(const AddedToken&) const = default;
};

/// The parts are settings as a tokenizer.json has them: null, one part or a Sequence.
struct TokenizerDefinition {
  std::vector<std::string> tokens;  ///< the name of each id as files give it; empty where no token has the id
  std::variant<BpeDefinition, UnigramDefinition, WordPieceDefinition> model;
  std::vector<AddedToken> added_tokens;  ///< by ascending id
  std::vector<TokenId> unused;           ///< further ids that no text gives
  Setting normalizer;
  Setting pre_tokenizer;
  Setting post_processor;
  Setting decoder;
};

}  // namespace vitrine::tokenizer
