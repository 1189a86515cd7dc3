#include "tokenizer/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "tokenizer/added_token_matcher.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/decoders/decoder.h"
#include "tokenizer/models/byte_fallback.h"
#include "tokenizer/normalizers/normalizer.h"
#include "tokenizer/utf8.h"
#include "tokenizer/word_encoder.h"

namespace vitrine::tokenizer {
namespace {

[[noreturn]] void corrupt_definition(std::string what) {
  throw Error(ErrorCode::kCorruptData, "tokenizer: " + std::move(what), "get the tokenizer file again");
}

/// Checks what every definition must keep, so that the parts may rely on it.
void check_definition(const TokenizerDefinition& definition) {
  const size_t vocab_size = definition.tokens.size();
  if (vocab_size == 0 || vocab_size > INT32_MAX)
    corrupt_definition(fmt::format("a vocabulary of {} tokens", vocab_size));
  TokenId last = kNoToken;
  for (const AddedToken& token : definition.added_tokens) {
    if (token.id < 0 || static_cast<size_t>(token.id) >= vocab_size)
      corrupt_definition(fmt::format("{} token id out of range (got {}, expected below {})",
                                     token.special ? "special" : "added", token.id, vocab_size));
    if (token.id <= last) corrupt_definition(fmt::format("added token {} stands twice", token.id));
    if (token.content.empty()) corrupt_definition(fmt::format("token {} is empty", token.id));
    if (!is_valid_utf8(token.content))
      corrupt_definition(fmt::format("the name of special token {} is not UTF-8", token.id));
    if (token.content != definition.tokens[static_cast<size_t>(token.id)])
      corrupt_definition(fmt::format("added token {} has two names", token.id));
    last = token.id;
  }
  for (const TokenId id : definition.unused)
    if (id < 0 || static_cast<size_t>(id) >= vocab_size)
      corrupt_definition(fmt::format("unused token id out of range (got {})", id));
}

/// Makes the definition of a byte-level BPE tokenizer. Two tokens may not be written alike in a tokenizer.json, where
/// ordinary ones stand in the byte alphabet.
TokenizerDefinition byte_level_definition(const PreTokenizer& pre_tokenizer, BpeVocabulary vocabulary,
                                          std::vector<TokenId> special_ids) {
  TokenizerDefinition definition;
  definition.pre_tokenizer = setting_of(pre_tokenizer);
  definition.decoder =
      make_part("ByteLevel", {{"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}});
  std::sort(special_ids.begin(), special_ids.end());
  std::unordered_set<std::string> names;
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    std::string& bytes = vocabulary.tokens[id];
    if (bytes.empty()) corrupt_definition(fmt::format("token {} is empty", id));
    const bool special = std::binary_search(special_ids.begin(), special_ids.end(), static_cast<TokenId>(id));
    definition.tokens.push_back(special ? std::move(bytes) : to_byte_alphabet(bytes));
    if (!names.insert(definition.tokens.back()).second)
      corrupt_definition(fmt::format("token {} has the same name as an earlier one", id));
  }
  for (const TokenId id : special_ids) {
    const bool is_there = id >= 0 && static_cast<size_t>(id) < definition.tokens.size();
    definition.added_tokens.push_back(
        {.id = id, .content = is_there ? definition.tokens[static_cast<size_t>(id)] : "?"});
  }
  definition.model = BpeDefinition{.merges = std::move(vocabulary.merges)};
  return definition;
}

bool falls_back_to_bytes(const TokenizerDefinition& definition) {
  if (const auto* bpe = std::get_if<BpeDefinition>(&definition.model)) return bpe->byte_fallback;
  if (const auto* unigram = std::get_if<UnigramDefinition>(&definition.model)) return unigram->byte_fallback;
  return false;
}

std::vector<bool> unreachable_ids(const TokenizerDefinition& definition) {
  std::vector<bool> is_unreachable(definition.tokens.size(), false);
  const bool has_bytes = falls_back_to_bytes(definition);
  for (const AddedToken& token : definition.added_tokens) {
    // What stands for a byte does so for the model, whatever else it is.
    if (has_bytes && token.in_vocabulary && byte_of_name(token.content)) continue;
    if (token.special || !token.in_vocabulary) is_unreachable[static_cast<size_t>(token.id)] = true;
  }
  for (const TokenId id : definition.unused) is_unreachable[static_cast<size_t>(id)] = true;
  return is_unreachable;
}

/// The added tokens that are looked for in the text as it is given, or as it is normalized.
AddedTokenMatcher make_matcher(const TokenizerDefinition& definition, const NormalizerChain& normalizer,
                               bool normalized) {
  std::vector<AddedTokenMatcher::Entry> entries;
  for (const bool special : {true, false}) {  // of two with one pattern the special one counts
    for (const AddedToken& token : definition.added_tokens) {
      if (token.special != special || token.normalized != normalized) continue;
      entries.push_back({token, normalized ? normalizer.apply_to_token(token.content) : token.content});
    }
  }
  return AddedTokenMatcher(std::move(entries));
}

}  // namespace

struct Tokenizer::State {
  State(TokenizerDefinition given, bool is_strict)
      : definition((check_definition(given), std::move(given))),
        normalizer(definition.normalizer),
        given_matcher(make_matcher(definition, normalizer, false)),
        normalized_matcher(make_matcher(definition, normalizer, true)),
        words(definition, unreachable_ids(definition), is_strict),
        decoder(definition.decoder),
        frame(read_post_processor(definition.post_processor, static_cast<TokenId>(definition.tokens.size()))),
        is_special(definition.tokens.size(), false),
        is_added(definition.tokens.size(), false) {
    for (const AddedToken& token : definition.added_tokens) {
      is_added[static_cast<size_t>(token.id)] = true;
      if (!token.special) continue;
      is_special[static_cast<size_t>(token.id)] = true;
      special_tokens.push_back({token.id, token.content});
      special_ids.emplace(token.content, token.id);
    }
    token_bytes.reserve(definition.tokens.size());
    for (size_t id = 0; id < definition.tokens.size(); ++id)
      token_bytes.push_back(decoder.decode(definition.tokens[id], false, is_added[id]));
  }

  /// Encodes a stretch of the text in which no token of the given text stands.
  void encode_given(std::string_view text, bool starts_text, bool with_special, std::vector<TokenId>& out) {
    if (normalizer.surely_keeps(text)) return encode_normalized(text, starts_text, with_special, out);
    const std::string normalized = normalizer.apply(std::string(text));
    encode_normalized(normalized, starts_text, with_special, out);
  }

  void encode_normalized(std::string_view text, bool starts_text, bool with_special, std::vector<TokenId>& out) {
    if (normalized_matcher.finds_nothing(with_special)) return words.append(text, starts_text, out);
    normalized_matcher.for_each_part(text, with_special, [&](const AddedTokenMatcher::Part& part) {
      if (part.id != kNoToken) return out.push_back(part.id);
      words.append(text.substr(part.begin, part.end - part.begin), starts_text && part.begin == 0, out);
    });
  }

  const TokenizerDefinition definition;
  const NormalizerChain normalizer;
  const AddedTokenMatcher given_matcher, normalized_matcher;
  WordEncoder words;
  const DecoderChain decoder;
  const TextFrame frame;
  std::vector<bool> is_special, is_added;
  std::vector<std::string> token_bytes;
  std::vector<SpecialToken> special_tokens;
  std::unordered_map<std::string, TokenId> special_ids;
};

Tokenizer::Tokenizer(TokenizerDefinition definition)
    : state_(std::make_shared<State>(std::move(definition), /*is_strict=*/false)) {}

Tokenizer::Tokenizer(const PreTokenizer& pre_tokenizer, BpeVocabulary vocabulary,
                     const std::vector<TokenId>& special_ids)
    : state_(std::make_shared<State>(byte_level_definition(pre_tokenizer, std::move(vocabulary), special_ids),
                                     /*is_strict=*/true)) {}

TokenId Tokenizer::vocab_size() const { return static_cast<TokenId>(state_->definition.tokens.size()); }

std::vector<TokenId> Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  std::vector<TokenId> ids;
  ids.reserve(text.size() / 4 + 1);  // English text has about four bytes a token
  encode_append(text, ids, options);
  return ids;
}

void Tokenizer::encode_append(std::string_view text, std::vector<TokenId>& out, const EncodeOptions& options) const {
  State& state = *state_;
  const bool with_special = options.parse_special;
  if (options.add_frame) out.insert(out.end(), state.frame.before.begin(), state.frame.before.end());
  if (state.given_matcher.finds_nothing(with_special)) {
    state.encode_given(text, true, with_special, out);
  } else {
    state.given_matcher.for_each_part(text, with_special, [&](const AddedTokenMatcher::Part& part) {
      if (part.id != kNoToken) return out.push_back(part.id);
      state.encode_given(text.substr(part.begin, part.end - part.begin), part.begin == 0, with_special, out);
    });
  }
  if (options.add_frame) out.insert(out.end(), state.frame.behind.begin(), state.frame.behind.end());
}

std::vector<TokenId> Tokenizer::encode(std::string_view text, std::span<const TextRange> trusted) const {
  State& state = *state_;
  std::vector<TokenId> ids;
  size_t range = 0;
  state.given_matcher.for_each_part(text, trusted, [&](const AddedTokenMatcher::Part& part) {
    if (part.id != kNoToken) return ids.push_back(part.id);
    while (range < trusted.size() && trusted[range].end < part.end) ++range;
    const bool is_trusted = range < trusted.size() && trusted[range].begin <= part.begin;
    state.encode_given(text.substr(part.begin, part.end - part.begin), part.begin == 0, is_trusted, ids);
  });
  return ids;
}

const TextFrame& Tokenizer::frame() const { return state_->frame; }

std::string Tokenizer::decode(std::span<const TokenId> ids, bool skip_special) const {
  std::string bytes;
  bool is_first = true;
  for (const TokenId id : ids) {
    const std::string_view token = token_bytes(id);
    if (skip_special && is_special(id)) continue;
    if (is_first) {
      bytes += first_token_bytes(id);
    } else {
      bytes += token;
    }
    is_first = false;
  }
  return bytes;
}

std::string_view Tokenizer::token_bytes(TokenId id) const {
  if (id < 0 || id >= vocab_size()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("decode: token id out of range (got {}, expected 0 to {})", id, vocab_size() - 1),
                "use the tokenizer that the ids were made with");
  }
  return state_->token_bytes[static_cast<size_t>(id)];
}

std::string Tokenizer::first_token_bytes(TokenId id) const {
  token_bytes(id);  // checks the id
  const auto place = static_cast<size_t>(id);
  return state_->decoder.decode(state_->definition.tokens[place], true, state_->is_added[place]);
}

std::optional<TokenId> Tokenizer::special_id(std::string_view name) const {
  const auto found = state_->special_ids.find(std::string(name));
  return found == state_->special_ids.end() ? std::nullopt : std::optional(found->second);
}

bool Tokenizer::is_special(TokenId id) const {
  return id >= 0 && id < vocab_size() && state_->is_special[static_cast<size_t>(id)];
}

const std::vector<SpecialToken>& Tokenizer::special_tokens() const { return state_->special_tokens; }

std::string_view Tokenizer::model_name() const {
  static constexpr std::string_view kNames[] = {"BPE", "Unigram", "WordPiece"};
  return kNames[state_->definition.model.index()];
}

const std::vector<Merge>& Tokenizer::merges() const {
  static const std::vector<Merge> none;
  const auto* bpe = std::get_if<BpeDefinition>(&state_->definition.model);
  return bpe == nullptr ? none : bpe->merges;
}

const PreTokenizer* Tokenizer::scanner() const { return state_->words.scanner(); }

std::string Tokenizer::pre_tokenizer_name() const {
  if (scanner() != nullptr) return std::string(scanner()->name);
  std::string name;
  for (const Setting* step : flatten_sequence(state_->definition.pre_tokenizer, "pretokenizers"))
    name += (name.empty() ? "" : "+") + step->type();
  return name;
}

const TokenizerDefinition& Tokenizer::definition() const { return state_->definition; }

}  // namespace vitrine::tokenizer
