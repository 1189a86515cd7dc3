// A trie of byte strings: which of them start at a place of a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vitrine::tokenizer {

/// Maps strings to values of 0 and above. One table of edges, so a step costs one look-up.
class Trie {
 public:
  static constexpr uint32_t kRoot = 0;
  static constexpr uint32_t kNoNode = UINT32_MAX;

  /// Makes room for keys of so many bytes in all.
  explicit Trie(size_t total_bytes = 0);

  /// Adds a key; a key that is there gets the new value. The empty key is the root's.
  void add(std::string_view key, int32_t value);

  /// Returns the node behind an edge, or kNoNode.
  uint32_t step(uint32_t node, uint8_t byte) const {
    const uint64_t key = edge_key(node, byte);
    for (size_t slot = first_slot(key);; slot = (slot + 1) & (edges_.size() - 1)) {
      if (edges_[slot].key == key) return edges_[slot].child;
      if (edges_[slot].key == 0) return kNoNode;
    }
  }

  /// Returns the value of the key that ends at a node, or -1.
  int32_t value(uint32_t node) const { return values_[node]; }

  /// Returns the value of a key, or -1.
  int32_t find(std::string_view key) const;

 private:
  struct Edge {
    uint64_t key = 0;  // 0: free
    uint32_t child = 0;
  };

  static uint64_t edge_key(uint32_t node, uint8_t byte) { return (uint64_t{node} << 8 | byte) + 1; }
  size_t first_slot(uint64_t key) const { return (key * 0x9E3779B97F4A7C15u) >> shift_; }
  void grow();
  void insert(uint64_t key, uint32_t child);

  std::vector<Edge> edges_;  // open addressing, at most half full
  size_t num_edges_ = 0;
  int shift_ = 0;
  std::vector<int32_t> values_;
};

}  // namespace vitrine::tokenizer
