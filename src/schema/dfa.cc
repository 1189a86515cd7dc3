#include "schema/dfa.h"

#include <algorithm>

#include "base/error.h"
#include "schema/dfa_builder.h"

namespace vitrine::schema {
namespace {

constexpr CodePointRange kScalarValues[] = {{0, 0xD7FF}, {0xE000, kMaxCodePoint}};

/// Cuts the code points so that each automaton of the tuple takes a whole piece the same way.
void cut_points(std::span<const Dfa* const> parts, const std::vector<uint32_t>& tuple, std::vector<uint32_t>& cuts) {
  cuts.assign({0, 0xD800, 0xE000, kMaxCodePoint + 1});
  for (size_t i = 0; i < parts.size(); ++i) {
    if (tuple[i] == Dfa::kDead) continue;
    for (const Dfa::Edge& edge : parts[i]->edges(tuple[i])) cuts.push_back(edge.first), cuts.push_back(edge.last + 1);
  }
  std::ranges::sort(cuts);
  const auto repeated = std::ranges::unique(cuts);
  cuts.erase(repeated.begin(), repeated.end());
}

}  // namespace

Dfa Dfa::any() {
  DfaBuilder builder(DfaMaking("any text"));
  const uint32_t state = builder.intern({});
  builder.set_label(state, 0);
  builder.begin_edges(state);
  for (const CodePointRange& range : kScalarValues) builder.add_edge(range.first, range.last, state);
  builder.end_edges(state);
  return builder.finish();
}

Dfa Dfa::lengths(uint32_t min, uint32_t max) {
  DfaBuilder builder(DfaMaking("lengths"));
  const bool is_bounded = max != Regex::kUnbounded;
  const uint32_t last = is_bounded ? max : min;
  for (uint32_t n = 0; n <= last; ++n) builder.intern({n});
  for (uint32_t n = 0; n <= last; ++n) {
    if (n >= min) builder.set_label(n, 0);
    builder.begin_edges(n);
    for (const CodePointRange& range : kScalarValues) {
      if (n < last || !is_bounded) builder.add_edge(range.first, range.last, std::min(n + 1, last));
    }
    builder.end_edges(n);
  }
  return builder.finish();
}

Dfa Dfa::from_texts(std::span<const std::vector<uint32_t>> texts, std::span<const int32_t> labels,
                    int32_t other_label) {
  Dfa out;
  if (texts.empty() && other_label == kNoLabel) return out;
  std::vector<uint32_t> order(texts.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](uint32_t a, uint32_t b) { return texts[a] < texts[b]; });
  // Each state stands for the texts order[begin..end) that share their first `depth` characters.
  struct Work {
    size_t begin, end, depth;
  };
  std::vector<Work> work{{0, order.size(), 0}};
  // The state of all other texts comes last, when the number of states is known.
  constexpr uint32_t kOther = kDead - 1;
  for (size_t id = 0; id < work.size(); ++id) {
    const auto [begin, end, depth] = work[id];
    State state{static_cast<uint32_t>(out.edges_.size()), 0, other_label};
    size_t i = begin;
    if (i < end && texts[order[i]].size() == depth) state.label = labels.empty() ? 0 : labels[order[i]];
    while (i < end && texts[order[i]].size() == depth) ++i;
    uint32_t next = 0;
    const auto fill_to = [&](uint32_t limit) {
      if (other_label == kNoLabel) return;
      for (const CodePointRange& range : kScalarValues) {
        const uint32_t first = std::max(next, range.first), last = std::min(limit, range.last + 1);
        if (first < last) out.edges_.push_back({first, last - 1, kOther});
      }
    };
    while (i < end) {
      const uint32_t c = texts[order[i]][depth];
      const size_t first = i;
      while (i < end && texts[order[i]][depth] == c) ++i;
      fill_to(c);
      out.edges_.push_back({c, c, static_cast<uint32_t>(work.size())});
      work.push_back({first, i, depth + 1});
      next = c + 1;
    }
    fill_to(kMaxCodePoint + 1);
    state.edges_end = static_cast<uint32_t>(out.edges_.size());
    out.states_.push_back(state);
  }
  out.universal_.assign(out.states_.size(), false);
  if (other_label != kNoLabel) {
    const auto other = static_cast<uint32_t>(out.states_.size());
    for (Edge& edge : out.edges_) edge.to = edge.to == kOther ? other : edge.to;
    const auto begin = static_cast<uint32_t>(out.edges_.size());
    for (const CodePointRange& range : kScalarValues) out.edges_.push_back({range.first, range.last, other});
    out.states_.push_back({begin, static_cast<uint32_t>(out.edges_.size()), other_label});
    out.universal_.push_back(true);
  }
  out.note_used();
  return out;
}

Dfa Dfa::product(std::span<const Dfa* const> parts, const Combine& combine, const DfaMaking& making) {
  DfaBuilder builder(making);
  std::vector<uint32_t> tuple, next, cuts;
  for (const Dfa* part : parts) tuple.push_back(part->start());
  builder.intern(tuple);
  std::vector<int32_t> labels(parts.size());
  for (uint32_t state = 0; state < builder.size(); ++state) {
    tuple = builder.key(state);
    for (size_t i = 0; i < parts.size(); ++i) labels[i] = tuple[i] == kDead ? kNoLabel : parts[i]->label(tuple[i]);
    builder.set_label(state, combine(labels));
    cut_points(parts, tuple, cuts);
    builder.spend(cuts.size() * parts.size());
    builder.begin_edges(state);
    for (size_t k = 0; k + 1 < cuts.size(); ++k) {
      if (cuts[k] == 0xD800) continue;
      next.clear();
      for (size_t i = 0; i < parts.size(); ++i) {
        next.push_back(tuple[i] == kDead ? kDead : parts[i]->step(tuple[i], cuts[k]));
      }
      builder.add_edge(cuts[k], cuts[k + 1] - 1, builder.intern(next));
    }
    builder.end_edges(state);
  }
  return builder.finish();
}

Dfa Dfa::intersection(const Dfa& a, const Dfa& b, const DfaMaking& making) {
  const Dfa* const parts[] = {&a, &b};
  return product(
      parts, [](std::span<const int32_t> l) { return l[0] != kNoLabel && l[1] != kNoLabel ? 0 : kNoLabel; }, making);
}

Dfa Dfa::united(const Dfa& a, const Dfa& b, const DfaMaking& making) {
  const Dfa* const parts[] = {&a, &b};
  return product(
      parts, [](std::span<const int32_t> l) { return l[0] != kNoLabel || l[1] != kNoLabel ? 0 : kNoLabel; }, making);
}

Dfa Dfa::difference(const Dfa& a, const Dfa& b, const DfaMaking& making) {
  const Dfa* const parts[] = {&a, &b};
  return product(
      parts, [](std::span<const int32_t> l) { return l[0] != kNoLabel && l[1] == kNoLabel ? 0 : kNoLabel; }, making);
}

void Dfa::note_used() {
  for (const Edge& edge : edges_) {
    used_ascii_.add(edge.first, edge.last);
    uses_non_ascii_ |= edge.last >= 0x80;
  }
}

bool Dfa::leads_on(uint32_t state, uint32_t first, uint32_t last) const {
  return std::ranges::any_of(edges(state), [&](const Edge& edge) { return edge.first <= last && edge.last >= first; });
}

int32_t Dfa::match(std::span<const uint32_t> text) const {
  uint32_t state = start();
  for (size_t i = 0; i < text.size() && state != kDead; ++i) state = step(state, text[i]);
  return state == kDead ? kNoLabel : label(state);
}

bool Dfa::is_loop() const {
  return size() == 1 && accepts(0) && std::ranges::all_of(edges(0), [](const Edge& edge) { return edge.to == 0; });
}

uint32_t Dfa::shortest() const {
  std::vector<uint32_t> distance(size(), kDead), queue{0};
  VITRINE_CHECK(!empty(), "the shortest text of no language");
  distance[0] = 0;
  for (size_t i = 0; i < queue.size(); ++i) {
    if (accepts(queue[i])) return distance[queue[i]];
    for (const Edge& edge : edges(queue[i])) {
      if (distance[edge.to] == kDead) distance[edge.to] = distance[queue[i]] + 1, queue.push_back(edge.to);
    }
  }
  return 0;
}

std::optional<uint32_t> Dfa::longest() const {
  // Every state leads to acceptance: a longest text exists where there is no cycle. Order by what comes in.
  std::vector<uint32_t> incoming(size(), 0), distance(size(), 0), queue;
  for (uint32_t state = 0; state < size(); ++state) {
    for (const Edge& edge : edges(state)) ++incoming[edge.to];
  }
  for (uint32_t state = 0; state < size(); ++state) {
    if (incoming[state] == 0) queue.push_back(state);
  }
  uint32_t longest = 0;
  for (size_t i = 0; i < queue.size(); ++i) {
    if (accepts(queue[i])) longest = std::max(longest, distance[queue[i]]);
    for (const Edge& edge : edges(queue[i])) {
      distance[edge.to] = std::max(distance[edge.to], distance[queue[i]] + 1);
      if (--incoming[edge.to] == 0) queue.push_back(edge.to);
    }
  }
  if (queue.size() < size()) return std::nullopt;
  return longest;
}

}  // namespace vitrine::schema
