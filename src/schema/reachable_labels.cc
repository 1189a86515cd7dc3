#include "schema/reachable_labels.h"

#include <algorithm>

namespace vitrine::schema {
namespace {

constexpr uint32_t kUnseen = 0xFFFFFFFF;

/// Tarjan's strongly connected components, without recursion. They come in an order in which all that one leads to is
/// done before it, so each is settled when it is closed. Source: Tarjan 1972, SIAM J. Comput. 1 (2).
class Components {
 public:
  Components(const Dfa& dfa, size_t words)
      : dfa_(dfa), words_(words), labels_(dfa.size() * words, 0), index_(dfa.size(), kUnseen), low_(dfa.size(), 0) {}

  std::vector<uint64_t> take() {
    for (uint32_t state = 0; state < dfa_.size(); ++state) {
      if (index_[state] == kUnseen) visit(state);
    }
    return std::move(labels_);
  }

 private:
  struct Visit {
    uint32_t state;
    size_t edge;
  };

  void begin(uint32_t state) {
    index_[state] = low_[state] = next_index_++;
    open_.push_back(state);
    path_.push_back({state, 0});
    if (dfa_.accepts(state)) {
      const auto label = static_cast<size_t>(dfa_.label(state));
      labels_[state * words_ + label / 64] |= uint64_t{1} << label % 64;
    }
  }

  void visit(uint32_t root) {
    begin(root);
    while (!path_.empty()) {
      Visit& at = path_.back();
      const auto edges = dfa_.edges(at.state);
      if (at.edge == edges.size()) {
        end(at.state);
        continue;
      }
      const uint32_t from = at.state, to = edges[at.edge].to;
      if (index_[to] == kUnseen) {
        begin(to);  // and comes back to this edge
        continue;
      }
      ++at.edge;
      low_[from] = std::min(low_[from], low_[to]);
      if (at.edge == 1 || edges[at.edge - 2].to != to) merge(from, to);
    }
  }

  /// All states of a component have the labels of any.
  void end(uint32_t state) {
    path_.pop_back();
    if (low_[state] != index_[state]) return;
    size_t first = open_.size() - 1;
    for (; open_[first] != state; --first) merge(state, open_[first]);
    for (size_t i = first; i < open_.size(); ++i) {
      std::copy_n(labels_.begin() + static_cast<std::ptrdiff_t>(state * words_), words_,
                  labels_.begin() + static_cast<std::ptrdiff_t>(open_[i] * words_));
      low_[open_[i]] = kUnseen;  // closed: nothing that leads here belongs to it
    }
    open_.resize(first);
  }

  void merge(uint32_t into, uint32_t from) {
    for (size_t w = 0; w < words_; ++w) labels_[into * words_ + w] |= labels_[from * words_ + w];
  }

  const Dfa& dfa_;
  size_t words_;
  std::vector<uint64_t> labels_;
  std::vector<uint32_t> index_, low_;
  std::vector<uint32_t> open_;
  std::vector<Visit> path_;
  uint32_t next_index_ = 0;
};

}  // namespace

std::vector<uint64_t> reachable_labels(const Dfa& dfa, size_t words) { return Components(dfa, words).take(); }

}  // namespace vitrine::schema
