#include "tokenizer/token_list.h"

#include <fmt/format.h>

#include "base/error.h"

namespace vitrine::tokenizer {

void corrupt_vocabulary(std::string what) {
  throw Error(ErrorCode::kCorruptData, "vocabulary: " + std::move(what), "get the file again");
}

TokenList::TokenList(size_t max_tokens) : max_ids_(max_tokens + kMaxGaps) { ids_.reserve(max_tokens); }

void TokenList::add(std::string_view name, TokenId id) {
  if (name.empty()) corrupt_vocabulary(fmt::format("token {} has an empty name", id));
  const auto [known, is_new] = ids_.try_emplace(std::string(name), id);
  if (!is_new && known->second == id) return;
  if (!is_new)
    corrupt_vocabulary(fmt::format("token '{}' has two ids (got {} and {})", excerpt(name), known->second, id));
  const auto place = static_cast<size_t>(id);
  if (id < 0 || place >= max_ids_)
    corrupt_vocabulary(
        fmt::format("id of token '{}' is out of range (got {}, expected 0 to {})", excerpt(name), id, max_ids_ - 1));
  if (place >= names_.size()) names_.resize(place + 1);
  if (!names_[place].empty())
    corrupt_vocabulary(fmt::format("two tokens have id {} ('{}' and '{}')", id, excerpt(names_[place]), excerpt(name)));
  names_[place] = name;
}

std::optional<TokenId> TokenList::find(std::string_view name) const {
  const auto found = ids_.find(std::string(name));
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> TokenList::take() { return std::move(names_); }

}  // namespace vitrine::tokenizer
