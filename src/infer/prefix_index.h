// Finds cached pages again by what they hold and what stands before it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "infer/token_key.h"

namespace vitrine::infer {

/// Pages as nodes of a tree: a node is known by its parent and its content. Nodes have numbers that are never used
/// again, so a page that was found is what was looked for, whatever the hashes. Roots stand for adapters.
class PrefixIndex {
 public:
  using Node = uint64_t;
  static Node root(int64_t adapter) { return (uint64_t{1} << 63) | static_cast<uint64_t>(adapter); }

  struct Match {
    int32_t page = -1;
    int64_t tokens = 0;     ///< that agree
    bool is_whole = false;  ///< the page holds no more than these
  };

  /// The page with exactly this content behind `parent`.
  std::optional<int32_t> find(Node parent, std::span<const TokenKey> keys) const;
  /// The page behind `parent` that begins with as many of the keys as any; page -1 where none begins with one.
  Match find_longest(Node parent, std::span<const TokenKey> keys) const;

  bool contains(int32_t page) const { return entries_.contains(page); }
  Node node(int32_t page) const { return entries_.at(page).node; }
  /// Enters a page that is not in.
  Node insert(int32_t page, Node parent, std::span<const TokenKey> keys);
  /// Takes a page out; pages behind it are not found any more.
  void remove(int32_t page);

 private:
  struct Entry {
    Node node = 0, parent = 0;
    uint64_t hash = 0;
    std::vector<TokenKey> keys;
  };

  std::unordered_map<int32_t, Entry> entries_;
  std::unordered_multimap<uint64_t, int32_t> by_content_;  // hash of parent and keys
  std::unordered_map<Node, std::vector<int32_t>> children_;
  Node next_node_ = 1;
};

}  // namespace vitrine::infer
