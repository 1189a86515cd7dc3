#include "schema/dfa_builder.h"

#include <fmt/format.h>

#include "base/error.h"

namespace vitrine::schema {
namespace {

constexpr size_t kMaxBuilderWork = 1'500'000;

/// Marks the states from which acceptance can be reached.
std::vector<bool> live_states(size_t count, const auto& edges_of, const auto& accepts) {
  std::vector<std::vector<uint32_t>> before(count);
  std::vector<bool> live(count, false);
  std::vector<uint32_t> queue;
  for (uint32_t state = 0; state < count; ++state) {
    for (const Dfa::Edge& edge : edges_of(state)) {
      if (before[edge.to].empty() || before[edge.to].back() != state) before[edge.to].push_back(state);
    }
    if (accepts(state)) live[state] = true, queue.push_back(state);
  }
  while (!queue.empty()) {
    const uint32_t state = queue.back();
    queue.pop_back();
    for (uint32_t from : before[state]) {
      if (!live[from]) live[from] = true, queue.push_back(from);
    }
  }
  return live;
}

}  // namespace

uint32_t DfaBuilder::intern(std::vector<uint32_t> key) {
  const auto [place, is_new] = states_.try_emplace(std::move(key), static_cast<uint32_t>(keys_.size()));
  if (is_new) {
    if (keys_.size() >= Dfa::kMaxStates) too_large();
    keys_.push_back(&place->first);
    dfa_.states_.emplace_back();
  }
  return place->second;
}

void DfaBuilder::begin_edges(uint32_t state) {
  dfa_.states_[state].edges_begin = static_cast<uint32_t>(dfa_.edges_.size());
}

void DfaBuilder::add_edge(uint32_t first, uint32_t last, uint32_t to) { dfa_.edges_.push_back({first, last, to}); }

void DfaBuilder::end_edges(uint32_t state) {
  const uint32_t begin = dfa_.states_[state].edges_begin;
  size_t end = begin;
  for (size_t i = begin; i < dfa_.edges_.size(); ++i) {
    const Dfa::Edge edge = dfa_.edges_[i];
    if (end > begin && dfa_.edges_[end - 1].to == edge.to && dfa_.edges_[end - 1].last + 1 == edge.first) {
      dfa_.edges_[end - 1].last = edge.last;
    } else {
      dfa_.edges_[end++] = edge;
    }
  }
  dfa_.edges_.resize(end);
  dfa_.states_[state].edges_end = static_cast<uint32_t>(end);
}

void DfaBuilder::spend(size_t work) {
  work_ += work;
  if (work_ > kMaxBuilderWork) too_large();
  if (making_.work_left == nullptr) return;
  if (*making_.work_left < work) {
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: the patterns take too much work together", making_.operation),
                "use fewer or simpler ones");
  }
  *making_.work_left -= work;
}

void DfaBuilder::too_large() const {
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: the expression needs more than {} states", making_.operation, Dfa::kMaxStates),
              "make it simpler: smaller counts, fewer alternatives that begin alike");
}

Dfa DfaBuilder::finish() {
  const size_t count = dfa_.states_.size();
  const auto edges_of = [&](uint32_t state) { return dfa_.edges(state); };
  const std::vector<bool> live =
      live_states(count, edges_of, [&](uint32_t state) { return dfa_.states_[state].label != Dfa::kNoLabel; });
  Dfa out;
  if (count == 0 || !live[0]) return out;
  std::vector<uint32_t> renamed(count, Dfa::kDead);
  uint32_t next = 0;
  for (uint32_t state = 0; state < count; ++state) {
    if (live[state]) renamed[state] = next++;
  }
  for (uint32_t state = 0; state < count; ++state) {
    if (!live[state]) continue;
    Dfa::State kept{static_cast<uint32_t>(out.edges_.size()), 0, dfa_.states_[state].label};
    for (Dfa::Edge edge : dfa_.edges(state)) {
      if (renamed[edge.to] == Dfa::kDead) continue;
      edge.to = renamed[edge.to];
      out.edges_.push_back(edge);
    }
    kept.edges_end = static_cast<uint32_t>(out.edges_.size());
    out.states_.push_back(kept);
  }
  out.universal_.resize(out.states_.size());
  for (uint32_t state = 0; state < out.states_.size(); ++state) {
    const auto edges = out.edges(state);
    out.universal_[state] = out.accepts(state) && edges.size() == 2 && edges[0].first == 0 && edges[0].last == 0xD7FF &&
                            edges[1].first == 0xE000 && edges[1].last == kMaxCodePoint && edges[0].to == state &&
                            edges[1].to == state;
  }
  out.note_used();
  return out;
}

}  // namespace vitrine::schema
