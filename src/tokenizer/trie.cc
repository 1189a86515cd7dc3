#include "tokenizer/trie.h"

#include <algorithm>
#include <bit>

namespace vitrine::tokenizer {

Trie::Trie(size_t total_bytes) : values_(1, -1) {
  // Half of the bytes of a vocabulary are shared beginnings.
  const int bits = std::max(4, static_cast<int>(std::bit_width(std::min(total_bytes, size_t{1} << 26))));
  edges_.resize(size_t{1} << bits);
  shift_ = 64 - bits;
}

void Trie::add(std::string_view key, int32_t value) {
  uint32_t node = kRoot;
  for (const char c : key) {
    uint32_t next = step(node, static_cast<uint8_t>(c));
    if (next == kNoNode) {
      if ((num_edges_ + 1) * 2 > edges_.size()) grow();
      next = static_cast<uint32_t>(values_.size());
      values_.push_back(-1);
      insert(edge_key(node, static_cast<uint8_t>(c)), next);
      ++num_edges_;
    }
    node = next;
  }
  values_[node] = value;
}

int32_t Trie::find(std::string_view key) const {
  uint32_t node = kRoot;
  for (const char c : key) {
    node = step(node, static_cast<uint8_t>(c));
    if (node == kNoNode) return -1;
  }
  return values_[node];
}

void Trie::grow() {
  std::vector<Edge> old(edges_.size() * 2);
  old.swap(edges_);
  --shift_;
  for (const Edge& edge : old)
    if (edge.key != 0) insert(edge.key, edge.child);
}

void Trie::insert(uint64_t key, uint32_t child) {
  size_t slot = first_slot(key);
  while (edges_[slot].key != 0) slot = (slot + 1) & (edges_.size() - 1);
  edges_[slot] = {key, child};
}

}  // namespace vitrine::tokenizer
