// What turns a word into tokens.
#pragma once

#include <string_view>
#include <vector>

#include "tokenizer/token_id.h"

namespace vitrine::tokenizer {

/// Immutable. Threads: safe.
class Model {
 public:
  virtual ~Model() = default;
  /// Appends the tokens of a word that is not empty; any bytes are legal. The result depends on the word alone.
  virtual void append_word(std::string_view word, std::vector<TokenId>& out) const = 0;
};

}  // namespace vitrine::tokenizer
