// Byte-level BPE tokenizers between our form and GGUF's.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "model/gguf_vocabulary.h"
#include "tokenizer/byte_alphabet.h"

namespace vitrine::model {
namespace {

using tokenizer::GgufTokenType;
using tokenizer::GgufVocabulary;
using tokenizer::TokenId;

/// Our name of a pre-tokenizer, and llama.cpp's.
constexpr std::pair<std::string_view, std::string_view> kPreTokenizers[] = {
    {"gpt2", "gpt-2"}, {"qwen2", "qwen2"}, {"smollm", "smollm"}, {"llama3", "llama-bpe"}, {"o200k", "gpt-4o"}};

std::string_view gguf_pre_name(std::string_view ours) {
  for (const auto& [name, theirs] : kPreTokenizers)
    if (name == ours) return theirs;
  throw Error(ErrorCode::kUnsupported, fmt::format("gguf: no name for the pre-tokenizer '{}'", ours),
              "keep this model as a folder");
}

std::string token_name(const tokenizer::Tokenizer& tokenizer, TokenId id) {
  const std::string_view bytes = tokenizer.token_bytes(id);
  return tokenizer.is_special(id) ? std::string(bytes) : tokenizer::to_byte_alphabet(bytes);
}

[[noreturn]] void corrupt(const std::string& problem) {
  throw Error(ErrorCode::kCorruptData, "tokenizer: " + problem, "the file is damaged: download it again");
}

/// "left right" as ids. Names of byte-level tokens hold no space of their own.
tokenizer::Merge read_merge(const std::string& text, const std::unordered_map<std::string_view, TokenId>& ids) {
  const size_t space = text.find(' ');
  const auto find = [&](const std::string& name) {
    const auto found = ids.find(name);
    if (found == ids.end()) corrupt(fmt::format("a merge names '{}', which is no token", excerpt(name)));
    return found->second;
  };
  if (space == std::string::npos) corrupt(fmt::format("merge '{}' is no pair", excerpt(text)));
  const std::string left = text.substr(0, space), right = text.substr(space + 1);
  return {find(left), find(right), find(left + right)};
}

}  // namespace

GgufVocabulary gguf_vocabulary_of(const tokenizer::Tokenizer& tokenizer, const tokenizer::TokenizerConfig& special,
                                  int64_t vocab_size) {
  GgufVocabulary v{.model = "gpt2", .pre = std::string(gguf_pre_name(tokenizer.pre_tokenizer().name))};
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    v.tokens.push_back(token_name(tokenizer, id));
    v.token_types.push_back(
        static_cast<int32_t>(tokenizer.is_special(id) ? GgufTokenType::kControl : GgufTokenType::kNormal));
  }
  // Models may have more rows than there are tokens; readers want a name for each.
  for (int64_t id = tokenizer.vocab_size(); id < vocab_size; ++id) {
    v.tokens.push_back(fmt::format("[PAD{}]", id));
    v.token_types.push_back(static_cast<int32_t>(GgufTokenType::kUnused));
  }
  for (const tokenizer::Merge& merge : tokenizer.vocabulary().merges)
    v.merges.push_back(token_name(tokenizer, merge.left) + " " + token_name(tokenizer, merge.right));
  v.bos_token_id = tokenizer.special_id(special.bos_token);
  v.eos_token_id = tokenizer.special_id(special.eos_token);
  v.padding_token_id = tokenizer.special_id(special.pad_token);
  v.add_bos_token = false;
  return v;
}

tokenizer::Tokenizer make_gguf_tokenizer(const GgufVocabulary& v) {
  if (v.model != "gpt2")
    throw Error(ErrorCode::kUnsupported, fmt::format("tokenizer: model '{}' of a GGUF file", excerpt(v.model)));
  const auto is_known = [&](const auto& pair) { return pair.second == v.pre; };
  const auto* const pre = std::find_if(std::begin(kPreTokenizers), std::end(kPreTokenizers), is_known);
  if (pre == std::end(kPreTokenizers))
    throw Error(ErrorCode::kUnsupported,
                fmt::format("tokenizer: pre-tokenizer '{}' of a GGUF file", excerpt(v.pre)));
  std::unordered_map<std::string_view, TokenId> ids;
  tokenizer::BpeVocabulary vocabulary;
  std::vector<TokenId> special;
  for (size_t i = 0; i < v.tokens.size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    if (!ids.emplace(v.tokens[i], id).second) corrupt(fmt::format("token {} stands twice", i));
    const bool is_text = v.token_types.empty() || v.token_types[i] == static_cast<int32_t>(GgufTokenType::kNormal);
    const auto bytes = is_text ? tokenizer::from_byte_alphabet(v.tokens[i]) : v.tokens[i];
    if (!bytes)
      corrupt(fmt::format("token '{}' has a character outside the byte alphabet", excerpt(v.tokens[i])));
    vocabulary.tokens.push_back(*bytes);
    if (!is_text) special.push_back(id);
  }
  for (const std::string& merge : v.merges) vocabulary.merges.push_back(read_merge(merge, ids));
  return tokenizer::Tokenizer(tokenizer::find_pre_tokenizer(pre->first), std::move(vocabulary), special);
}

}  // namespace vitrine::model
