#include "tokenizer/models/bpe_units.h"

#include <fmt/format.h>

#include "base/error.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {

void corrupt_bpe_vocabulary(std::string what) {
  throw Error(ErrorCode::kCorruptData, "bpe vocabulary: " + std::move(what), "get the tokenizer file again");
}

namespace {

/// Collects the unknown characters of a word: alone or fused, and given out only when a known one follows.
struct Unknown {
  TokenId token;
  bool fuses;
  bool pending = false;

  void add(TokenId*& out) {
    if (token == kNoToken) return;
    if (pending && !fuses) *out++ = token;
    pending = true;
  }
  void give_out(TokenId*& out) {
    if (pending) *out++ = token;
    pending = false;
  }
};

}  // namespace

BpeModel::Units::Units(const BpeDefinition& definition, const Options& options)
    : is_bytes_(options.unit == BpeUnit::kByte),
      fuse_unk_(definition.fuse_unk),
      prefix_(definition.continuing_subword_prefix),
      suffix_(definition.end_of_word_suffix) {
  const auto find = [&](std::string_view name) -> TokenId {
    for (size_t id = 0; id < options.tokens.size(); ++id)
      if (options.tokens[id] == name) return static_cast<TokenId>(id);
    return kNoToken;
  };
  if (definition.unk_token) {
    const std::string& name = *definition.unk_token;
    unk_ = find(is_bytes_ ? from_byte_alphabet(name).value_or(name) : name);
    if (unk_ == kNoToken && is_bytes_) unk_ = find(name);
    if (unk_ == kNoToken)
      corrupt_bpe_vocabulary(fmt::format("the unknown token '{}' is not there", excerpt(*definition.unk_token)));
  }
  if (definition.byte_fallback && !(prefix_.empty() && suffix_.empty()))
    throw Error(ErrorCode::kUnsupported, "bpe vocabulary: byte fallback together with a prefix or suffix",
                "no known tokenizer has both");
  if (definition.byte_fallback && !is_bytes_) {
    std::unordered_map<std::string_view, TokenId> names;
    for (size_t id = 0; id < options.tokens.size(); ++id)
      if (byte_of_name(options.tokens[id]) && !options.is_unreachable[id])
        names.try_emplace(options.tokens[id], static_cast<TokenId>(id));
    byte_fallback_.emplace([&](std::string_view name) {
      const auto found = names.find(name);
      return found == names.end() ? kNoToken : found->second;
    });
  }
  if (is_bytes_) {
    read_bytes(options);
  } else {
    read_characters(options);
  }
  read_words(definition, options);
}

void BpeModel::Units::read_bytes(const Options& options) {
  byte_tokens_.fill(kNoToken);
  for (size_t id = 0; id < options.tokens.size(); ++id) {
    const std::string& bytes = options.tokens[id];
    if (bytes.size() != 1 || options.is_unreachable[id]) continue;
    TokenId& token = byte_tokens_[static_cast<uint8_t>(bytes[0])];
    if (token != kNoToken)
      corrupt_bpe_vocabulary(fmt::format("two tokens for byte {} (got ids {} and {})", bytes[0] & 0xFF, token, id));
    token = static_cast<TokenId>(id);
  }
  all_bytes_known_ = true;
  for (int byte = 0; byte < 256; ++byte) {
    if (byte_tokens_[static_cast<size_t>(byte)] != kNoToken) continue;
    if (options.is_strict)
      corrupt_bpe_vocabulary(fmt::format("byte {} has no token (expected one for each of the 256)", byte));
    all_bytes_known_ = false;
  }
}

void BpeModel::Units::read_characters(const Options& options) {
  for (size_t id = 0; id < options.tokens.size(); ++id) {
    const std::string& bytes = options.tokens[id];
    if (bytes.empty() || bytes.size() > 4 || options.is_unreachable[id]) continue;
    const Utf8Char character = read_utf8(bytes.data(), bytes.data() + bytes.size());
    if (character.status == Utf8Status::kValid && character.length == bytes.size())
      character_tokens_.set(character.code_point, static_cast<TokenId>(id) + 1);
  }
}

void BpeModel::Units::read_words(const BpeDefinition& definition, const Options& options) {
  knows_words_ = definition.ignore_merges;
  if (!knows_words_ && prefix_.empty() && suffix_.empty()) return;
  words_.reserve(options.tokens.size());
  for (size_t id = 0; id < options.tokens.size(); ++id)
    if (!options.is_unreachable[id]) words_.emplace(options.tokens[id], static_cast<TokenId>(id));
}

TokenId BpeModel::Units::whole_word(std::string_view word) const {
  if (!knows_words_) return kNoToken;
  const auto found = words_.find(word);
  return found == words_.end() ? kNoToken : found->second;
}

size_t BpeModel::Units::split_bytes(std::string_view word, TokenId* ids) const {
  if (all_bytes_known_) {
    for (size_t i = 0; i < word.size(); ++i) ids[i] = byte_tokens_[static_cast<uint8_t>(word[i])];
    return word.size();
  }
  TokenId* out = ids;
  Unknown unknown{unk_, fuse_unk_};
  for (const char c : word) {
    const TokenId token = byte_tokens_[static_cast<uint8_t>(c)];
    if (token == kNoToken) {
      unknown.add(out);  // without an unknown token the byte is left out
      continue;
    }
    unknown.give_out(out);
    *out++ = token;
  }
  unknown.give_out(out);
  return static_cast<size_t>(out - ids);
}

TokenId BpeModel::Units::character_token(std::string_view character, uint32_t code_point, bool is_first,
                                         bool is_last) const {
  if (prefix_.empty() && suffix_.empty()) return character_tokens_.get(code_point) - 1;
  const auto found = words_.find((is_first ? "" : prefix_) + std::string(character) + (is_last ? suffix_ : ""));
  return found == words_.end() ? kNoToken : found->second;
}

size_t BpeModel::Units::split_characters(std::string_view word, TokenId* ids) const {
  TokenId* out = ids;
  Unknown unknown{unk_, fuse_unk_};
  const char* end = word.data() + word.size();
  for (const char* at = word.data(); at != end;) {
    const Utf8Char character = read_utf8(at, end);
    const std::string_view bytes(at, character.length);
    const TokenId token =
        character.status == Utf8Status::kValid
            ? character_token(bytes, character.code_point, at == word.data(), at + character.length == end)
            : kNoToken;
    at += character.length;
    if (token != kNoToken) {
      unknown.give_out(out);
      *out++ = token;
      continue;
    }
    if (!byte_fallback_) {
      unknown.add(out);
      continue;
    }
    bool known = true;
    for (const char c : bytes) known = known && byte_fallback_->token(static_cast<uint8_t>(c)) != kNoToken;
    if (known) {
      for (const char c : bytes) *out++ = byte_fallback_->token(static_cast<uint8_t>(c));
    } else {
      unknown.add(out);
    }
  }
  unknown.give_out(out);
  return static_cast<size_t>(out - ids);
}

}  // namespace vitrine::tokenizer
