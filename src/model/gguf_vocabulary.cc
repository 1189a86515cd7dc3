#include "model/gguf_vocabulary.h"

#include <fmt/format.h>

#include <limits>

#include "base/error.h"

namespace vitrine::model {
namespace {

using tokenizer::GgufVocabulary;
using tokenizer::TokenId;

constexpr std::string_view kTokenizerPrefix = "tokenizer.ggml.";
constexpr const char* kTemplateKey = "tokenizer.chat_template";

std::string key_of(std::string_view name) { return std::string(kTokenizerPrefix) + std::string(name); }

/// Members of a vocabulary by the key that holds them, for reading and writing alike.
template <typename Visitor>
void visit_ids(GgufVocabulary& v, const Visitor& visit) {
  visit("bos_token_id", v.bos_token_id);
  visit("eos_token_id", v.eos_token_id);
  visit("unknown_token_id", v.unknown_token_id);
  visit("seperator_token_id", v.separator_token_id);  // as the format spells it
  visit("padding_token_id", v.padding_token_id);
  visit("cls_token_id", v.cls_token_id);
}

template <typename Visitor>
void visit_flags(GgufVocabulary& v, const Visitor& visit) {
  visit("add_bos_token", v.add_bos_token);
  visit("add_eos_token", v.add_eos_token);
  visit("add_sep_token", v.add_sep_token);
  visit("add_space_prefix", v.add_space_prefix);
  visit("remove_extra_whitespaces", v.remove_extra_whitespaces);
}

void check_length(std::string_view name, size_t got, size_t expected) {
  if (got != 0 && got != expected)
    throw Error(ErrorCode::kCorruptData, fmt::format("metadata '{}{}' has {} entries (expected {}, one for each token)",
                                                     kTokenizerPrefix, name, got, expected));
}

TokenId checked_id(const std::string& key, int64_t id, size_t num_tokens) {
  if (id < 0 || id >= static_cast<int64_t>(num_tokens))
    throw Error(ErrorCode::kCorruptData,
                fmt::format("metadata '{}' is {} (expected a token, below {})", key, id, num_tokens));
  return static_cast<TokenId>(id);
}

std::string token_or_empty(const GgufVocabulary& vocabulary, std::optional<TokenId> id) {
  return id ? vocabulary.tokens[static_cast<size_t>(*id)] : std::string();
}

}  // namespace

bool has_gguf_vocabulary(const io::GgufMetadata& metadata) { return metadata.has(key_of("tokens")); }

GgufVocabulary read_gguf_vocabulary(const io::GgufMetadata& metadata) {
  GgufVocabulary v;
  v.model = metadata.text(key_of("model"));
  v.pre = metadata.text_or(key_of("pre"), "");
  v.tokens = metadata.texts(key_of("tokens"));
  if (v.tokens.size() > static_cast<size_t>(std::numeric_limits<TokenId>::max()))
    throw Error(ErrorCode::kCorruptData, "metadata 'tokenizer.ggml.tokens' has more tokens than ids");
  if (metadata.has(key_of("scores"))) v.scores = metadata.array(key_of("scores")).reals();
  if (metadata.has(key_of("token_type")))
    for (const int64_t type : metadata.array(key_of("token_type")).integers())
      v.token_types.push_back(static_cast<int32_t>(type));
  if (metadata.has(key_of("merges"))) v.merges = metadata.texts(key_of("merges"));
  if (metadata.has(key_of("precompiled_charsmap")))
    for (const int64_t byte : metadata.array(key_of("precompiled_charsmap")).integers())
      v.precompiled_charsmap.push_back(static_cast<uint8_t>(byte));
  check_length("scores", v.scores.size(), v.tokens.size());
  check_length("token_type", v.token_types.size(), v.tokens.size());
  visit_ids(v, [&](std::string_view name, std::optional<TokenId>& id) {
    const std::string key = key_of(name);
    if (metadata.has(key)) id = checked_id(key, metadata.integer(key), v.tokens.size());
  });
  visit_flags(v, [&](std::string_view name, std::optional<bool>& flag) {
    if (metadata.has(key_of(name))) flag = metadata.flag_or(key_of(name), false);
  });
  return v;
}

void write_gguf_vocabulary(io::GgufMetadata& metadata, const GgufVocabulary& vocabulary) {
  GgufVocabulary v = vocabulary;
  metadata.set(key_of("model"), v.model);
  if (!v.pre.empty()) metadata.set(key_of("pre"), v.pre);
  metadata.set(key_of("tokens"), io::GgufArray::of_texts(v.tokens));
  if (!v.scores.empty()) metadata.set(key_of("scores"), io::GgufArray::of_f32(v.scores));
  if (!v.token_types.empty()) metadata.set(key_of("token_type"), io::GgufArray::of_i32(v.token_types));
  if (!v.merges.empty()) metadata.set(key_of("merges"), io::GgufArray::of_texts(v.merges));
  visit_ids(v, [&](std::string_view name, std::optional<TokenId>& id) {
    if (id) metadata.set(key_of(name), static_cast<uint32_t>(*id));
  });
  visit_flags(v, [&](std::string_view name, std::optional<bool>& flag) {
    if (flag) metadata.set(key_of(name), *flag);
  });
}

std::string gguf_chat_template(const io::GgufMetadata& metadata) { return metadata.text_or(kTemplateKey, ""); }

std::vector<int64_t> gguf_end_ids(const io::GgufMetadata& metadata) {
  std::vector<int64_t> ids;
  for (const std::string_view name : {"eos_token_id", "eot_token_id", "eom_token_id"})
    if (const std::string key = key_of(name); metadata.has(key))
      ids.push_back(checked_id(key, metadata.integer(key), metadata.texts(key_of("tokens")).size()));
  return ids;
}

tokenizer::TokenizerConfig gguf_tokenizer_config(const io::GgufMetadata& metadata) {
  const GgufVocabulary vocabulary = read_gguf_vocabulary(metadata);
  return {.chat_template = gguf_chat_template(metadata),
          .bos_token = token_or_empty(vocabulary, vocabulary.bos_token_id),
          .eos_token = token_or_empty(vocabulary, vocabulary.eos_token_id),
          .pad_token = token_or_empty(vocabulary, vocabulary.padding_token_id)};
}

}  // namespace vitrine::model
