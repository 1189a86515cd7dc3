#include "tokenizer/vocabulary_merges.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

/// Longer tokens are kept but never made by merges: nothing trained has them, and the search below is quadratic in them.
constexpr size_t kMaxUnits = 256;

class MergeFinder {
 public:
  MergeFinder(std::span<const std::string> tokens, std::span<const uint32_t> ranks, BpeUnit unit)
      : tokens_(tokens), ranks_(ranks), unit_(unit) {
    ids_.reserve(tokens.size());
    for (size_t id = 0; id < tokens.size(); ++id)
      if (!tokens[id].empty() && ranks[id] != kNoMergeRank) ids_.insert_or_assign(tokens[id], static_cast<TokenId>(id));
  }

  /// Returns the last merge that makes a token, if its own bytes become it at all. Whatever stands around a token, the
  /// merges within it come in this order, so no other pair ever makes it.
  bool find(TokenId id, Merge& merge) const {
    const std::string_view token = tokens_[static_cast<size_t>(id)];
    std::vector<std::string_view> parts = units_of(token);
    if (parts.size() < 2 || parts.size() > kMaxUnits) return false;
    std::vector<uint32_t> pair_ranks;  // of the pair that starts at a part
    for (size_t i = 0; i + 1 < parts.size(); ++i) pair_ranks.push_back(rank_of_pair(parts, i));
    while (parts.size() > 2) {
      const auto best = std::min_element(pair_ranks.begin(), pair_ranks.end());
      if (*best == kNoMergeRank) return false;
      const auto place = static_cast<size_t>(best - pair_ranks.begin());
      pair_ranks.erase(best);
      parts[place] = {parts[place].data(), parts[place].size() + parts[place + 1].size()};
      parts.erase(parts.begin() + static_cast<ptrdiff_t>(place) + 1);
      if (place > 0) pair_ranks[place - 1] = rank_of_pair(parts, place - 1);
      if (place < pair_ranks.size()) pair_ranks[place] = rank_of_pair(parts, place);
    }
    const auto left = ids_.find(parts[0]), right = ids_.find(parts[1]);
    if (left == ids_.end() || right == ids_.end()) return false;
    merge = {left->second, right->second, id};
    return true;
  }

  /// Returns the token of some bytes: of several alike the last one.
  TokenId id_of(std::string_view bytes) const {
    const auto found = ids_.find(bytes);
    return found == ids_.end() ? kNoToken : found->second;
  }

 private:
  std::vector<std::string_view> units_of(std::string_view token) const {
    std::vector<std::string_view> units;
    for (const char *at = token.data(), *end = at + token.size(); at != end;) {
      const size_t length = unit_ == BpeUnit::kByte ? 1 : read_utf8(at, end).length;
      units.emplace_back(at, length);
      at += length;
    }
    return units;
  }

  uint32_t rank_of_pair(const std::vector<std::string_view>& parts, size_t i) const {
    const TokenId id = id_of({parts[i].data(), parts[i].size() + parts[i + 1].size()});
    return id == kNoToken ? kNoMergeRank : ranks_[static_cast<size_t>(id)];
  }

  std::span<const std::string> tokens_;
  std::span<const uint32_t> ranks_;
  BpeUnit unit_;
  std::unordered_map<std::string_view, TokenId> ids_;
};

}  // namespace

void find_merges(std::span<const std::string> tokens, std::span<const uint32_t> ranks, BpeUnit unit,
                 BpeDefinition& bpe) {
  const MergeFinder finder(tokens, ranks, unit);
  std::vector<TokenId> order;
  for (size_t id = 0; id < tokens.size(); ++id)
    if (ranks[id] != kNoMergeRank && finder.id_of(tokens[id]) == static_cast<TokenId>(id))
      order.push_back(static_cast<TokenId>(id));
  const auto rank_of = [&](TokenId id) { return ranks[static_cast<size_t>(id)]; };
  std::stable_sort(order.begin(), order.end(), [&](TokenId a, TokenId b) { return rank_of(a) < rank_of(b); });
  for (const TokenId id : order) {
    Merge merge{};
    if (!finder.find(id, merge)) continue;
    bpe.merges.push_back(merge);
    bpe.ranks.push_back(rank_of(id));
  }
}

}  // namespace vitrine::tokenizer
