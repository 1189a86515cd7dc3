#include "infer/prefix_index.h"

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"

namespace vitrine::infer {
namespace {

uint64_t content_hash(PrefixIndex::Node parent, std::span<const TokenKey> keys) {
  return hash64({reinterpret_cast<const char*>(keys.data()), keys.size_bytes()}, parent);
}

}  // namespace

TokenKey key_of_row(std::span<const float> row) {
  return hash64({reinterpret_cast<const char*>(row.data()), row.size_bytes()}) | (uint64_t{1} << 63);
}

std::optional<int32_t> PrefixIndex::find(Node parent, std::span<const TokenKey> keys) const {
  const auto [begin, end] = by_content_.equal_range(content_hash(parent, keys));
  for (auto it = begin; it != end; ++it) {
    const Entry& entry = entries_.at(it->second);
    if (entry.parent == parent && std::equal(entry.keys.begin(), entry.keys.end(), keys.begin(), keys.end()))
      return it->second;
  }
  return std::nullopt;
}

PrefixIndex::Match PrefixIndex::find_longest(Node parent, std::span<const TokenKey> keys) const {
  Match best;
  const auto children = children_.find(parent);
  if (children == children_.end()) return best;
  for (const int32_t page : children->second) {
    const std::vector<TokenKey>& own = entries_.at(page).keys;
    const auto agree = std::mismatch(own.begin(), own.end(), keys.begin(), keys.end()).first - own.begin();
    const bool is_whole = agree == static_cast<std::ptrdiff_t>(own.size());
    if (agree > best.tokens || (agree == best.tokens && agree > 0 && is_whole && !best.is_whole))
      best = {page, agree, is_whole};
  }
  return best;
}

PrefixIndex::Node PrefixIndex::insert(int32_t page, Node parent, std::span<const TokenKey> keys) {
  VITRINE_CHECK(!contains(page) && !keys.empty(), "prefix index: the page is in");
  const uint64_t hash = content_hash(parent, keys);
  entries_[page] = {next_node_, parent, hash, {keys.begin(), keys.end()}};
  by_content_.emplace(hash, page);
  children_[parent].push_back(page);
  return next_node_++;
}

void PrefixIndex::remove(int32_t page) {
  const Entry& entry = entries_.at(page);
  const auto [begin, end] = by_content_.equal_range(entry.hash);
  by_content_.erase(std::find_if(begin, end, [&](const auto& each) { return each.second == page; }));
  const auto children = children_.find(entry.parent);
  std::erase(children->second, page);
  if (children->second.empty()) children_.erase(children);
  entries_.erase(page);
}

}  // namespace vitrine::infer
