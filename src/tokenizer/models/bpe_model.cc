#include "tokenizer/models/bpe_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <queue>

#include "base/error.h"
#include "tokenizer/models/bpe_units.h"

namespace vitrine::tokenizer {

BpeModel::~BpeModel() = default;

BpeModel::BpeModel(const BpeDefinition& definition, const Options& options)
    : units_(std::make_unique<const Units>(definition, options)) {
  const std::vector<Merge>& merges = definition.merges;
  if (!definition.ranks.empty() && definition.ranks.size() != merges.size())
    corrupt_bpe_vocabulary(fmt::format("{} ranks for {} merges", definition.ranks.size(), merges.size()));
  const int bits = std::max(4, static_cast<int>(std::bit_width(merges.size() * 2)));
  shift_ = 64 - bits;
  slots_.resize(size_t{1} << bits);
  for (size_t i = 0; i < merges.size(); ++i) add_merge(definition, options, i);
}

void BpeModel::add_merge(const BpeDefinition& definition, const Options& options, size_t index) {
  const auto [left, right, result] = definition.merges[index];
  const auto& tokens = options.tokens;
  for (const TokenId id : {left, right, result}) {
    if (id < 0 || static_cast<size_t>(id) >= tokens.size()) {
      corrupt_bpe_vocabulary(
          fmt::format("merge {}: id out of range (got {}, expected below {})", index, id, tokens.size()));
    }
    if (!options.is_unreachable[static_cast<size_t>(id)]) continue;
    if (options.is_strict) corrupt_bpe_vocabulary(fmt::format("merge {}: token {} is special", index, id));
    return;
  }
  const auto bytes = [&](TokenId id) -> std::string_view { return tokens[static_cast<size_t>(id)]; };
  std::string_view tail = bytes(right);
  if (tail.starts_with(definition.continuing_subword_prefix))
    tail.remove_prefix(definition.continuing_subword_prefix.size());
  if (bytes(left).empty() || tail.empty() || fmt::format("{}{}", bytes(left), tail) != bytes(result)) {
    corrupt_bpe_vocabulary(
        fmt::format("merge {}: token {} is not token {} followed by token {}", index, result, left, right));
  }
  const uint64_t key = pair_key(left, right);
  size_t slot = first_slot(key);
  while (slots_[slot].key != kEmptyKey) {
    if (slots_[slot].key == key)
      corrupt_bpe_vocabulary(fmt::format("merge {}: the pair stands twice (got ids {}, {})", index, left, right));
    slot = (slot + 1) & (slots_.size() - 1);
  }
  const uint32_t rank = definition.ranks.empty() ? static_cast<uint32_t>(index) : definition.ranks[index];
  if (rank == kNoRank) corrupt_bpe_vocabulary(fmt::format("merge {}: rank out of range", index));
  slots_[slot] = {key, rank, result};
}

const BpeModel::PairSlot& BpeModel::find_pair(TokenId left, TokenId right) const {
  const uint64_t key = pair_key(left, right);
  for (size_t slot = first_slot(key);; slot = (slot + 1) & (slots_.size() - 1)) {
    if (slots_[slot].key == key) return slots_[slot];
    if (slots_[slot].key == kEmptyKey) return missing_;
  }
}

void BpeModel::append_word(std::string_view word, std::vector<TokenId>& out) const {
  if (const TokenId whole = units_->whole_word(word); whole != kNoToken) return out.push_back(whole);
  if (word.size() <= kMaxScanUnits) return append_by_scan(word, out);
  append_by_heap(word, out);
}

void BpeModel::append_by_scan(std::string_view word, std::vector<TokenId>& out) const {
  std::array<TokenId, kMaxScanUnits> ids;
  std::array<uint32_t, kMaxScanUnits> ranks;   // of the pair that starts at a place
  std::array<TokenId, kMaxScanUnits> results;  // what that pair becomes
  size_t size = units_->split(word, ids.data());
  const auto look_up = [&](size_t place) {
    const PairSlot& pair = find_pair(ids[place], ids[place + 1]);
    ranks[place] = pair.rank;
    results[place] = pair.result;
  };
  for (size_t i = 0; i + 1 < size; ++i) look_up(i);
  while (size > 1) {
    const size_t best =
        static_cast<size_t>(std::min_element(ranks.begin(), ranks.begin() + (size - 1)) - ranks.begin());
    if (ranks[best] == kNoRank) break;
    ids[best] = results[best];
    std::copy(ids.begin() + best + 2, ids.begin() + size, ids.begin() + best + 1);
    if (best + 2 < size) {
      std::copy(ranks.begin() + best + 2, ranks.begin() + (size - 1), ranks.begin() + best + 1);
      std::copy(results.begin() + best + 2, results.begin() + (size - 1), results.begin() + best + 1);
    }
    --size;
    if (best > 0) look_up(best - 1);
    if (best + 1 < size) look_up(best);
  }
  out.insert(out.end(), ids.begin(), ids.begin() + size);
}

void BpeModel::append_by_heap(std::string_view word, std::vector<TokenId>& out) const {
  if (word.size() > INT32_MAX) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("encode: a single word of {} bytes (expected below 2 GiB)", word.size()),
                "split the text into documents");
  }
  // A linked list of tokens; the heap holds rank and place, so equal ranks come leftmost first. An entry is stale when
  // the rank at its place has changed since.
  struct Node {
    TokenId id;
    uint32_t rank;
    TokenId result;
    int32_t previous;
    int32_t next;
  };
  std::vector<TokenId> ids(word.size());
  const auto size = static_cast<int32_t>(units_->split(word, ids.data()));
  std::vector<Node> nodes(static_cast<size_t>(size));
  std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>> heap;
  for (int32_t i = 0; i < size; ++i) {
    nodes[static_cast<size_t>(i)] = {ids[static_cast<size_t>(i)], kNoRank, kNoToken, i - 1, i + 1};
  }
  const auto node = [&](int32_t place) -> Node& { return nodes[static_cast<size_t>(place)]; };
  const auto look_up = [&](int32_t place) {
    Node& left = node(place);
    const PairSlot& pair = left.next < size ? find_pair(left.id, node(left.next).id) : missing_;
    left.rank = pair.rank;
    left.result = pair.result;
    if (pair.rank != kNoRank) heap.push(static_cast<uint64_t>(pair.rank) << 32 | static_cast<uint32_t>(place));
  };
  for (int32_t i = 0; i < size; ++i) look_up(i);
  while (!heap.empty()) {
    const auto rank = static_cast<uint32_t>(heap.top() >> 32);
    const auto place = static_cast<int32_t>(heap.top() & UINT32_MAX);
    heap.pop();
    Node& left = node(place);
    if (left.rank != rank) continue;
    Node& absorbed = node(left.next);
    absorbed.rank = kNoRank;
    left.id = left.result;
    left.next = absorbed.next;
    if (left.next < size) node(left.next).previous = place;
    if (left.previous >= 0) look_up(left.previous);
    look_up(place);
  }
  for (int32_t i = 0; i < size; i = node(i).next) out.push_back(node(i).id);
}

}  // namespace vitrine::tokenizer
