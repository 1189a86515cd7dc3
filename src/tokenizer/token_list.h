// Names and ids as a file gives them, checked one by one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenizer/token_id.h"

namespace vitrine::tokenizer {

/// Throws kCorruptData that says what is wrong with a vocabulary.
[[noreturn]] void corrupt_vocabulary(std::string what);

/// Collects a vocabulary in any order. All errors are kCorruptData.
class TokenList {
 public:
  /// How many ids up to the highest may have no token, as in vocabularies whose special tokens stand apart.
  static constexpr size_t kMaxGaps = 4096;

  /// `max_tokens` is how many names come at most.
  explicit TokenList(size_t max_tokens);

  /// Adds a name; one that is there must come with the same id. Errors: an empty name, two ids of a name, two names of
  /// an id, an id far above the number of tokens.
  void add(std::string_view name, TokenId id);

  std::optional<TokenId> find(std::string_view name) const;
  size_t size() const { return ids_.size(); }

  /// Returns the names by id, empty ones where no token is.
  std::vector<std::string> take();

 private:
  size_t max_ids_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, TokenId> ids_;
};

}  // namespace vitrine::tokenizer
