// From our tokenizers to the vocabulary of a GGUF file; the way back is tokenizer::make_tokenizer.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "model/gguf_vocabulary.h"
#include "tokenizer/models/byte_fallback.h"
#include "tokenizer/word_encoder.h"

namespace vitrine::model {
namespace {

using tokenizer::GgufVocabulary;
using tokenizer::PieceType;
using tokenizer::TokenId;
using tokenizer::TokenizerDefinition;

/// Our name of a pre-tokenizer, and llama.cpp's.
constexpr std::pair<std::string_view, std::string_view> kPreTokenizers[] = {
    {"gpt2", "gpt-2"},       {"qwen2", "qwen2"},  {"smollm", "smollm"},
    {"llama3", "llama-bpe"}, {"o200k", "gpt-4o"}, {"tekken", "tekken"}};

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::kUnsupported, "gguf: no form for " + what, "keep this model as a folder");
}

std::string_view gguf_pre_name(std::string_view ours) {
  for (const auto& [name, theirs] : kPreTokenizers)
    if (name == ours) return theirs;
  refuse(fmt::format("the pre-tokenizer '{}'", ours));
}

void add_tokens(const TokenizerDefinition& definition, const std::optional<std::string>& unknown, GgufVocabulary& v) {
  v.tokens = definition.tokens;
  std::vector<PieceType> types(v.tokens.size(), PieceType::kNormal);
  for (size_t id = 0; id < v.tokens.size(); ++id) {
    if (v.tokens[id].empty()) types[id] = PieceType::kUnused;
    if (v.model == "llama" && tokenizer::byte_of_name(v.tokens[id])) types[id] = PieceType::kByte;
  }
  for (const tokenizer::AddedToken& token : definition.added_tokens)
    types[static_cast<size_t>(token.id)] = token.special ? PieceType::kControl : PieceType::kUserDefined;
  for (size_t id = 0; id < v.tokens.size(); ++id)
    if (unknown && v.tokens[id] == *unknown) types[id] = PieceType::kUnknown;
  for (const PieceType type : types) v.token_types.push_back(static_cast<int32_t>(type));
}

/// Readers join by score, highest first: the lower the rank of what makes a token, the higher its score.
void add_scores(const tokenizer::BpeDefinition& bpe, GgufVocabulary& v) {
  v.scores.assign(v.tokens.size(), -1e6f);
  for (size_t i = bpe.merges.size(); i-- > 0;) {
    const uint32_t rank = bpe.ranks.empty() ? static_cast<uint32_t>(i) : bpe.ranks[i];
    float& score = v.scores[static_cast<size_t>(bpe.merges[i].result)];
    score = std::max(score, -static_cast<float>(rank));
  }
}

void add_merges(const tokenizer::BpeDefinition& bpe, GgufVocabulary& v) {
  for (const tokenizer::Merge& merge : bpe.merges)
    v.merges.push_back(v.tokens[static_cast<size_t>(merge.left)] + " " + v.tokens[static_cast<size_t>(merge.right)]);
}

/// Tells whether the normalizer does what readers do to the text of a SentencePiece model: mark spaces.
bool marks_spaces(const TokenizerDefinition& definition, bool with_prefix) {
  return definition.normalizer == tokenizer::make_space_mark_normalizer(with_prefix) &&
         definition.pre_tokenizer.is_null();
}

void add_model(const tokenizer::Tokenizer& tokenizer, GgufVocabulary& v) {
  const TokenizerDefinition& definition = tokenizer.definition();
  const auto* bpe = std::get_if<tokenizer::BpeDefinition>(&definition.model);
  if (bpe == nullptr) refuse(fmt::format("a tokenizer with a model of type {}", tokenizer.model_name()));
  if (tokenizer::is_byte_level(definition)) {
    v.model = "gpt2";
    v.pre = gguf_pre_name(tokenizer.pre_tokenizer_name());
    add_tokens(definition, std::nullopt, v);
    add_merges(*bpe, v);
    return;
  }
  if (!marks_spaces(definition, true) && !marks_spaces(definition, false)) refuse("this tokenizer's normalizer");
  v.model = "llama";
  v.add_space_prefix = marks_spaces(definition, true);
  add_tokens(definition, bpe->unk_token, v);
  add_scores(*bpe, v);
}

}  // namespace

std::vector<std::string> losses_as_gguf(const tokenizer::Tokenizer& tokenizer) {
  const TokenizerDefinition& definition = tokenizer.definition();
  std::vector<std::string> losses;
  if (tokenizer::is_byte_level(definition) && !definition.normalizer.is_null())
    losses.push_back("a GGUF file has no normalizer for this tokenizer: texts that it would change get other tokens");
  const auto looks_around = [](const tokenizer::AddedToken& token) {
    return token.lstrip || token.rstrip || token.single_word;
  };
  if (std::ranges::any_of(definition.added_tokens, looks_around))
    losses.push_back("a GGUF file cannot say which added tokens take white space around them or need word boundaries: "
                     "texts with these get other tokens");
  return losses;
}

GgufVocabulary gguf_vocabulary_of(const tokenizer::Tokenizer& tokenizer, const tokenizer::TokenizerConfig& special,
                                  int64_t vocab_size) {
  GgufVocabulary v;
  add_model(tokenizer, v);
  // Models may have more rows than there are tokens; readers want a name for each.
  for (size_t id = 0; id < static_cast<size_t>(vocab_size); ++id) {
    if (id < v.tokens.size() && !v.tokens[id].empty()) continue;
    if (id >= v.tokens.size()) {
      v.tokens.emplace_back();
      v.token_types.push_back(static_cast<int32_t>(PieceType::kUnused));
      if (!v.scores.empty()) v.scores.push_back(-1e6f);
    }
    v.tokens[id] = fmt::format("[PAD{}]", id);
  }
  v.bos_token_id = tokenizer.special_id(special.bos_token);
  v.eos_token_id = tokenizer.special_id(special.eos_token);
  v.padding_token_id = tokenizer.special_id(special.pad_token);
  const std::vector<TokenId>& before = tokenizer.frame().before;
  v.add_bos_token = special.add_bos_token.value_or(v.bos_token_id && before == std::vector{*v.bos_token_id});
  return v;
}

}  // namespace vitrine::model
