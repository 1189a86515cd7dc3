// Byte-pair encoding as its definition reads: the specification that the fast encoder is held against.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "tokenizer/models/bpe_model.h"

namespace vitrine::fuzz {

/// Of all neighbours that a merge joins, joins those of the earliest merge, the leftmost first; until there are none.
inline std::vector<tokenizer::TokenId> naive_bpe(const tokenizer::BpeVocabulary& vocabulary, std::string_view word) {
  std::vector<tokenizer::TokenId> ids;
  for (const char byte : word)
    for (size_t id = 0; id < vocabulary.tokens.size(); ++id)
      if (vocabulary.tokens[id] == std::string_view(&byte, 1)) {
        ids.push_back(static_cast<tokenizer::TokenId>(id));
        break;
      }
  for (;;) {
    const tokenizer::Merge* best = nullptr;
    size_t place = 0;
    for (size_t i = 0; i + 1 < ids.size(); ++i)
      for (const tokenizer::Merge& merge : vocabulary.merges) {
        if (best != nullptr && &merge >= best) break;
        if (merge.left == ids[i] && merge.right == ids[i + 1]) best = &merge, place = i;
      }
    if (best == nullptr) return ids;
    ids[place] = best->result;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}

}  // namespace vitrine::fuzz
