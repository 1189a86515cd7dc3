#include "tokenizer/sentencepiece_vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "tokenizer/space_mark.h"
#include "tokenizer/token_list.h"
#include "tokenizer/vocabulary_merges.h"

namespace vitrine::tokenizer {
namespace {

bool has_type(const PieceList& pieces, PieceType type) {
  return std::find(pieces.types.begin(), pieces.types.end(), type) != pieces.types.end();
}

std::optional<TokenId> unknown_id(const PieceList& pieces) {
  const auto found = std::find(pieces.types.begin(), pieces.types.end(), PieceType::kUnknown);
  if (found == pieces.types.end()) return std::nullopt;
  return static_cast<TokenId>(found - pieces.types.begin());
}

/// The place of each score among the different ones, highest first; kNoMergeRank for pieces that text never becomes.
std::vector<uint32_t> ranks_by_score(const PieceList& pieces) {
  std::vector<float> scores(pieces.scores);
  std::sort(scores.begin(), scores.end(), std::greater<>());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  std::vector<uint32_t> ranks(pieces.tokens.size(), kNoMergeRank);
  for (size_t id = 0; id < ranks.size(); ++id) {
    if (pieces.types[id] != PieceType::kNormal && pieces.types[id] != PieceType::kUserDefined) continue;
    const auto place = std::lower_bound(scores.begin(), scores.end(), pieces.scores[id], std::greater<>());
    ranks[id] = static_cast<uint32_t>(place - scores.begin());
  }
  return ranks;
}

}  // namespace

void check_pieces(const PieceList& pieces) {
  const size_t count = pieces.tokens.size();
  if (pieces.scores.size() != count || pieces.types.size() != count)
    corrupt_vocabulary(fmt::format("lists of different lengths (got {} tokens, {} scores, {} types)", count,
                                   pieces.scores.size(), pieces.types.size()));
  for (size_t id = 0; id < count; ++id) {
    if (!std::isfinite(pieces.scores[id]))
      corrupt_vocabulary(fmt::format("the score of token {} is {}", id, pieces.scores[id]));
    const auto type = static_cast<int32_t>(pieces.types[id]);
    if (type < 1 || type > 6)
      corrupt_vocabulary(fmt::format("the type of token {} is unknown (got {}, expected 1 to 6)", id, type));
  }
}

void add_pieces(const PieceList& pieces, bool normalized, TokenizerDefinition& definition) {
  definition.tokens = pieces.tokens;
  for (size_t i = 0; i < pieces.tokens.size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    const PieceType type = pieces.types[i];
    const bool special = type == PieceType::kControl || type == PieceType::kUnknown;
    if (type == PieceType::kUnused || (special && pieces.tokens[i].empty())) definition.unused.push_back(id);
    if (pieces.tokens[i].empty() || (!special && type != PieceType::kUserDefined)) continue;
    definition.added_tokens.push_back(
        {.id = id, .content = pieces.tokens[i], .special = special, .normalized = normalized && !special});
  }
}

BpeDefinition make_sentencepiece_bpe(const PieceList& pieces) {
  BpeDefinition bpe{.fuse_unk = true, .byte_fallback = has_type(pieces, PieceType::kByte)};
  if (const auto id = unknown_id(pieces)) bpe.unk_token = pieces.tokens[static_cast<size_t>(*id)];
  find_merges(pieces.tokens, ranks_by_score(pieces), BpeUnit::kCharacter, bpe);
  return bpe;
}

UnigramDefinition make_sentencepiece_unigram(const PieceList& pieces) {
  UnigramDefinition unigram{.byte_fallback = has_type(pieces, PieceType::kByte), .single_precision = true};
  unigram.unk_id = unknown_id(pieces);
  if (!unigram.unk_id) corrupt_vocabulary("no token is of the unknown kind");
  // Pieces that text never becomes have no part in what an unknown character costs.
  float worst = HUGE_VALF;
  for (size_t id = 0; id < pieces.scores.size(); ++id)
    if (pieces.types[id] == PieceType::kNormal) worst = std::min(worst, pieces.scores[id]);
  for (size_t id = 0; id < pieces.scores.size(); ++id)
    unigram.scores.push_back(pieces.types[id] == PieceType::kNormal ? pieces.scores[id] : std::isfinite(worst) ? worst : 0);
  return unigram;
}

Setting make_sentencepiece_decoder(bool byte_fallback, bool drops_first_space) {
  Setting::List steps{
      make_part("Replace", {{"pattern", Setting::Object{{"String", std::string(kSpaceMark)}}}, {"content", " "}})};
  if (byte_fallback) steps.push_back(make_part("ByteFallback"));
  steps.push_back(make_part("Fuse"));
  if (drops_first_space) steps.push_back(make_part("Strip", {{"content", " "}, {"start", 1}, {"stop", 0}}));
  return make_sequence("decoders", std::move(steps));
}

Setting make_space_mark_normalizer(bool add_space_prefix) {
  Setting::List steps;
  if (add_space_prefix) steps.push_back(make_part("Prepend", {{"prepend", std::string(kSpaceMark)}}));
  steps.push_back(
      make_part("Replace", {{"pattern", Setting::Object{{"String", " "}}}, {"content", std::string(kSpaceMark)}}));
  return make_sequence("normalizers", std::move(steps));
}

}  // namespace vitrine::tokenizer
