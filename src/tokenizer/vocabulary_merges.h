// Merges for vocabularies that say only which tokens there are and which of two comes first: SentencePiece's scores,
// tiktoken's ranks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tokenizer/definition.h"

namespace vitrine::tokenizer {

/// Fills `merges` and `ranks` so that BPE with them equals always joining the two neighbours whose joined bytes are the
/// token of lowest rank, leftmost first. `ranks[id]` is that of a token, kNoMergeRank for those that are never joined.
/// Only merges that some text can reach are kept: of the ways to cut a token there is at most one.
void find_merges(std::span<const std::string> tokens, std::span<const uint32_t> ranks, BpeUnit unit,
                 BpeDefinition& bpe);

inline constexpr uint32_t kNoMergeRank = UINT32_MAX;

}  // namespace vitrine::tokenizer
