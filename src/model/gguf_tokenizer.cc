// Byte-level BPE tokenizers as GGUF writes them.
#include <fmt/format.h>

#include "base/error.h"
#include "model/gguf_vocabulary.h"
#include "tokenizer/byte_alphabet.h"

namespace vitrine::model {
namespace {

using tokenizer::GgufVocabulary;
using tokenizer::PieceType;
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

}  // namespace

GgufVocabulary gguf_vocabulary_of(const tokenizer::Tokenizer& tokenizer, const tokenizer::TokenizerConfig& special,
                                  int64_t vocab_size) {
  if (tokenizer.scanner() == nullptr)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("gguf: a {} tokenizer with the pre-tokenizer '{}' cannot be written", tokenizer.model_name(),
                            tokenizer.pre_tokenizer_name()),
                "keep this model as a folder");
  GgufVocabulary v{.model = "gpt2", .pre = std::string(gguf_pre_name(tokenizer.scanner()->name))};
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    v.tokens.push_back(token_name(tokenizer, id));
    v.token_types.push_back(
        static_cast<int32_t>(tokenizer.is_special(id) ? PieceType::kControl : PieceType::kNormal));
  }
  // Models may have more rows than there are tokens; readers want a name for each.
  for (int64_t id = tokenizer.vocab_size(); id < vocab_size; ++id) {
    v.tokens.push_back(fmt::format("[PAD{}]", id));
    v.token_types.push_back(static_cast<int32_t>(PieceType::kUnused));
  }
  for (const tokenizer::Merge& merge : tokenizer.merges())
    v.merges.push_back(token_name(tokenizer, merge.left) + " " + token_name(tokenizer, merge.right));
  v.bos_token_id = tokenizer.special_id(special.bos_token);
  v.eos_token_id = tokenizer.special_id(special.eos_token);
  v.padding_token_id = tokenizer.special_id(special.pad_token);
  v.add_bos_token = false;
  return v;
}

}  // namespace vitrine::model
