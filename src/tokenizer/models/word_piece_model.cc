#include "tokenizer/models/word_piece_model.h"

#include <fmt/format.h>

#include "base/error.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {

WordPieceModel::WordPieceModel(const WordPieceDefinition& definition, std::span<const std::string> tokens,
                               const std::vector<bool>& is_unreachable)
    : unk_(kNoToken), max_characters_(definition.max_input_chars_per_word) {
  const std::string& prefix = definition.continuing_subword_prefix;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::string& name = tokens[i];
    const auto id = static_cast<TokenId>(i);
    if (name == definition.unk_token) unk_ = id;
    if (is_unreachable[i] || name.empty()) continue;
    first_.add(name, id);
    if (name.size() > prefix.size() && name.starts_with(prefix)) later_.add(name.substr(prefix.size()), id);
  }
  if (unk_ == kNoToken)
    throw Error(ErrorCode::kCorruptData,
                fmt::format("word-piece vocabulary: the unknown token '{}' is not there", definition.unk_token),
                "get the tokenizer file again");
}

void WordPieceModel::append_word(std::string_view word, std::vector<TokenId>& out) const {
  const char* end = word.data() + word.size();
  int64_t characters = 0;
  for (const char* at = word.data(); at != end && characters <= max_characters_; ++characters)
    at += read_utf8(at, end).length;
  const size_t before = out.size();
  if (characters <= max_characters_ && append_pieces(word, out)) return;
  out.resize(before);
  out.push_back(unk_);
}

bool WordPieceModel::append_pieces(std::string_view word, std::vector<TokenId>& out) const {
  for (size_t begin = 0; begin < word.size();) {
    const Trie& trie = begin == 0 ? first_ : later_;
    size_t longest = 0;
    TokenId token = kNoToken;
    uint32_t node = Trie::kRoot;
    for (size_t at = begin; at < word.size(); ++at) {
      node = trie.step(node, static_cast<uint8_t>(word[at]));
      if (node == Trie::kNoNode) break;
      if (trie.value(node) < 0) continue;
      token = trie.value(node);
      longest = at + 1 - begin;
    }
    if (token == kNoToken) return false;
    out.push_back(token);
    begin += longest;
  }
  return true;
}

}  // namespace vitrine::tokenizer
