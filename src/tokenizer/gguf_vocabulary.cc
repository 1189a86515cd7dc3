#include "tokenizer/gguf_vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "tokenizer/base64.h"
#include "tokenizer/gguf_pre_tokenizers.h"
#include "tokenizer/space_mark.h"

namespace vitrine::tokenizer {
namespace {

[[noreturn]] void corrupt_gguf_vocabulary(std::string what) {
  throw Error(ErrorCode::kCorruptData, "gguf vocabulary: " + std::move(what), "get the file again");
}

/// The lists with what files may leave out: scores of 0, types that are all normal.
PieceList to_pieces(const GgufVocabulary& vocabulary) {
  PieceList pieces{.tokens = vocabulary.tokens, .scores = vocabulary.scores, .types = {}};
  if (pieces.tokens.empty()) corrupt_gguf_vocabulary("there are no tokens");
  if (pieces.scores.empty()) pieces.scores.resize(pieces.tokens.size());
  for (const int32_t type : vocabulary.token_types) pieces.types.push_back(static_cast<PieceType>(type));
  if (pieces.types.empty()) pieces.types.resize(pieces.tokens.size(), PieceType::kNormal);
  check_pieces(pieces);
  return pieces;
}

/// Adds an id to one side of the frame where the file asks for it.
void add_to_frame(const std::optional<TokenId>& id, bool wanted, const GgufVocabulary& vocabulary,
                  std::vector<TokenId>& side) {
  if (!wanted || !id) return;
  if (*id < 0 || static_cast<size_t>(*id) >= vocabulary.tokens.size())
    corrupt_gguf_vocabulary(
        fmt::format("a special token's id is out of range (got {}, expected below {})", *id, vocabulary.tokens.size()));
  side.push_back(*id);
}

Setting make_frame(const GgufVocabulary& vocabulary, bool add_bos, bool add_eos) {
  TextFrame frame;
  add_to_frame(vocabulary.bos_token_id, vocabulary.add_bos_token.value_or(add_bos), vocabulary, frame.before);
  add_to_frame(vocabulary.eos_token_id, vocabulary.add_eos_token.value_or(add_eos), vocabulary, frame.behind);
  return make_template(frame, vocabulary.tokens);
}

/// Where the types do not say which token is unknown, its id does.
void mark_unknown(const GgufVocabulary& vocabulary, std::optional<TokenId> fallback, PieceList& pieces) {
  if (std::find(pieces.types.begin(), pieces.types.end(), PieceType::kUnknown) != pieces.types.end()) return;
  const std::optional<TokenId> id = vocabulary.unknown_token_id ? vocabulary.unknown_token_id : fallback;
  if (id && *id >= 0 && static_cast<size_t>(*id) < pieces.types.size())
    pieces.types[static_cast<size_t>(*id)] = PieceType::kUnknown;
}

TokenizerDefinition make_llama(const GgufVocabulary& vocabulary) {
  PieceList pieces = to_pieces(vocabulary);
  if (vocabulary.scores.empty()) corrupt_gguf_vocabulary("a model of type 'llama' without scores");
  mark_unknown(vocabulary, 0, pieces);
  TokenizerDefinition definition;
  add_pieces(pieces, /*normalized=*/false, definition);
  BpeDefinition bpe = make_sentencepiece_bpe(pieces);
  const bool add_space_prefix = vocabulary.add_space_prefix.value_or(true);
  definition.normalizer = make_space_mark_normalizer(add_space_prefix);
  definition.decoder = make_sentencepiece_decoder(bpe.byte_fallback, add_space_prefix);
  definition.model = std::move(bpe);
  definition.post_processor = make_frame(vocabulary, /*add_bos=*/true, /*add_eos=*/false);
  return definition;
}

TokenizerDefinition make_t5(const GgufVocabulary& vocabulary) {
  PieceList pieces = to_pieces(vocabulary);
  mark_unknown(vocabulary, 2, pieces);
  TokenizerDefinition definition;
  add_pieces(pieces, /*normalized=*/true, definition);
  UnigramDefinition unigram = make_sentencepiece_unigram(pieces);
  const bool add_space_prefix = vocabulary.add_space_prefix.value_or(true);
  const auto& charsmap = vocabulary.precompiled_charsmap;
  Setting::List kept;
  for (const AddedToken& token : definition.added_tokens)
    if (!token.special) kept.push_back(token.content);
  definition.normalizer =
      make_part("SentencePiece",
                {{"precompiled_charsmap", to_base64({reinterpret_cast<const char*>(charsmap.data()), charsmap.size()})},
                 {"add_dummy_prefix", add_space_prefix},
                 {"remove_extra_whitespaces", vocabulary.remove_extra_whitespaces.value_or(true)},
                 {"user_defined_symbols", std::move(kept)}});
  definition.decoder = make_sentencepiece_decoder(unigram.byte_fallback, add_space_prefix);
  definition.model = std::move(unigram);
  definition.post_processor = make_frame(vocabulary, /*add_bos=*/false, /*add_eos=*/true);
  return definition;
}

std::vector<Merge> read_gguf_merges(const GgufVocabulary& vocabulary) {
  std::unordered_map<std::string_view, TokenId> ids;
  ids.reserve(vocabulary.tokens.size());
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id)
    ids.insert_or_assign(vocabulary.tokens[id], static_cast<TokenId>(id));
  std::vector<Merge> merges;
  const auto find = [&](std::string_view name) {
    const auto found = ids.find(name);
    if (found == ids.end())
      corrupt_gguf_vocabulary(
          fmt::format("merge {}: token '{}' is not in the vocabulary", merges.size(), excerpt(name)));
    return found->second;
  };
  for (const std::string& merge : vocabulary.merges) {
    const size_t space = merge.find(' ', 1);  // the left part is never empty
    if (space == merge.npos || space + 1 == merge.size())
      corrupt_gguf_vocabulary(fmt::format("merge {} is no pair of tokens (got '{}')", merges.size(), excerpt(merge)));
    const std::string left = merge.substr(0, space), right = merge.substr(space + 1);
    merges.push_back({find(left), find(right), find(left + right)});
  }
  return merges;
}

TokenizerDefinition make_gpt2(const GgufVocabulary& vocabulary) {
  const GgufPreTokenizer pre = find_gguf_pre_tokenizer(vocabulary.pre);
  TokenizerDefinition definition;
  add_pieces(to_pieces(vocabulary), /*normalized=*/false, definition);
  definition.model = BpeDefinition{.merges = read_gguf_merges(vocabulary), .ignore_merges = pre.ignore_merges};
  definition.pre_tokenizer = pre.setting;
  definition.decoder =
      make_part("ByteLevel", {{"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", false}});
  definition.post_processor = make_frame(vocabulary, pre.add_bos, /*add_eos=*/false);
  return definition;
}

/// GGUF writes tokens that begin a word with a space mark, and those that go on without their "##".
std::string to_word_piece_name(const std::string& token, PieceType type) {
  if (token.starts_with(kSpaceMark)) return token.substr(kSpaceMark.size());
  const bool is_bracketed = token.size() > 2 && token.front() == '[' && token.back() == ']';
  return type != PieceType::kNormal || is_bracketed || token.empty() ? token : "##" + token;
}

TokenizerDefinition make_bert(const GgufVocabulary& vocabulary) {
  PieceList pieces = to_pieces(vocabulary);
  mark_unknown(vocabulary, 100, pieces);
  const auto unknown = std::find(pieces.types.begin(), pieces.types.end(), PieceType::kUnknown);
  if (unknown == pieces.types.end()) corrupt_gguf_vocabulary("a model of type 'bert' without an unknown token");
  for (size_t id = 0; id < pieces.tokens.size(); ++id)
    pieces.tokens[id] = to_word_piece_name(pieces.tokens[id], pieces.types[id]);
  TokenizerDefinition definition;
  add_pieces(pieces, /*normalized=*/false, definition);
  definition.model =
      WordPieceDefinition{.unk_token = pieces.tokens[static_cast<size_t>(unknown - pieces.types.begin())]};
  definition.normalizer = make_part(
      "BertNormalizer",
      {{"clean_text", true}, {"handle_chinese_chars", true}, {"strip_accents", Setting()}, {"lowercase", true}});
  definition.pre_tokenizer = make_part("BertPreTokenizer");
  definition.decoder = make_part("WordPiece", {{"prefix", "##"}, {"cleanup", true}});
  TextFrame frame;
  const auto cls = vocabulary.cls_token_id ? vocabulary.cls_token_id : vocabulary.bos_token_id;
  const auto sep = vocabulary.separator_token_id ? vocabulary.separator_token_id : vocabulary.eos_token_id;
  add_to_frame(cls, vocabulary.add_bos_token.value_or(true), vocabulary, frame.before);
  add_to_frame(sep, vocabulary.add_sep_token.value_or(vocabulary.add_eos_token.value_or(true)), vocabulary,
               frame.behind);
  definition.post_processor = make_template(frame, pieces.tokens);
  return definition;
}

}  // namespace

Tokenizer make_tokenizer(const GgufVocabulary& vocabulary) {
  if (vocabulary.model == "llama") return Tokenizer(make_llama(vocabulary));
  if (vocabulary.model == "gpt2") return Tokenizer(make_gpt2(vocabulary));
  if (vocabulary.model == "bert") return Tokenizer(make_bert(vocabulary));
  if (vocabulary.model == "t5") return Tokenizer(make_t5(vocabulary));
  throw Error(ErrorCode::kUnsupported,
              fmt::format("gguf vocabulary: unknown tokenizer model (got '{}', expected llama, gpt2, bert or t5)",
                          excerpt(vocabulary.model)),
              "use the model's tokenizer.json");
}

}  // namespace vitrine::tokenizer
