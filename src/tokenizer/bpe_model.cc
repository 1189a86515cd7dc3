#include "tokenizer/bpe_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <queue>

#include "base/error.h"

namespace vitrine::tokenizer {
namespace {

[[noreturn]] void fail(std::string what) {
  throw Error(ErrorCode::kCorruptData, "bpe vocabulary: " + std::move(what), "get the tokenizer file again");
}

}  // namespace

BpeModel::BpeModel(const BpeVocabulary& vocabulary, const std::vector<bool>& is_special) {
  set_byte_tokens(vocabulary, is_special);
  const int bits = std::max(4, static_cast<int>(std::bit_width(vocabulary.merges.size() * 2)));
  shift_ = 64 - bits;
  slots_.resize(size_t{1} << bits);
  for (size_t rank = 0; rank < vocabulary.merges.size(); ++rank) add_merge(vocabulary, is_special, rank);
}

void BpeModel::set_byte_tokens(const BpeVocabulary& vocabulary, const std::vector<bool>& is_special) {
  byte_tokens_.fill(kNoToken);
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string& bytes = vocabulary.tokens[id];
    if (bytes.size() != 1 || is_special[id]) continue;
    TokenId& token = byte_tokens_[static_cast<uint8_t>(bytes[0])];
    if (token != kNoToken) fail(fmt::format("two tokens for byte {} (got ids {} and {})", bytes[0] & 0xFF, token, id));
    token = static_cast<TokenId>(id);
  }
  for (int byte = 0; byte < 256; ++byte) {
    if (byte_tokens_[static_cast<size_t>(byte)] == kNoToken) {
      fail(fmt::format("byte {} has no token (expected one for each of the 256)", byte));
    }
  }
}

void BpeModel::add_merge(const BpeVocabulary& vocabulary, const std::vector<bool>& is_special, size_t rank) {
  const auto [left, right, result] = vocabulary.merges[rank];
  const auto& tokens = vocabulary.tokens;
  for (const TokenId id : {left, right, result}) {
    if (id < 0 || static_cast<size_t>(id) >= tokens.size()) {
      fail(fmt::format("merge {}: id out of range (got {}, expected below {})", rank, id, tokens.size()));
    }
    if (is_special[static_cast<size_t>(id)]) fail(fmt::format("merge {}: token {} is special", rank, id));
  }
  const auto bytes = [&](TokenId id) -> const std::string& { return tokens[static_cast<size_t>(id)]; };
  if (bytes(left).empty() || bytes(right).empty() || bytes(left) + bytes(right) != bytes(result)) {
    fail(fmt::format("merge {}: token {} is not token {} followed by token {}", rank, result, left, right));
  }
  const uint64_t key = pair_key(left, right);
  size_t slot = first_slot(key);
  while (slots_[slot].key != kEmptyKey) {
    if (slots_[slot].key == key)
      fail(fmt::format("merge {}: the pair stands twice (got ids {}, {})", rank, left, right));
    slot = (slot + 1) & (slots_.size() - 1);
  }
  slots_[slot] = {key, static_cast<uint32_t>(rank), result};
}

const BpeModel::PairSlot& BpeModel::find_pair(TokenId left, TokenId right) const {
  const uint64_t key = pair_key(left, right);
  for (size_t slot = first_slot(key);; slot = (slot + 1) & (slots_.size() - 1)) {
    if (slots_[slot].key == key) return slots_[slot];
    if (slots_[slot].key == kEmptyKey) return missing_;
  }
}

void BpeModel::append_word(std::string_view word, std::vector<TokenId>& out) const {
  if (word.size() <= kMaxScanBytes) return append_by_scan(word, out);
  append_by_heap(word, out);
}

void BpeModel::append_by_scan(std::string_view word, std::vector<TokenId>& out) const {
  std::array<TokenId, kMaxScanBytes> ids;
  std::array<uint32_t, kMaxScanBytes> ranks;   // of the pair that starts at a place
  std::array<TokenId, kMaxScanBytes> results;  // what that pair becomes
  size_t size = word.size();
  const auto look_up = [&](size_t place) {
    const PairSlot& pair = find_pair(ids[place], ids[place + 1]);
    ranks[place] = pair.rank;
    results[place] = pair.result;
  };
  for (size_t i = 0; i < size; ++i) ids[i] = byte_tokens_[static_cast<uint8_t>(word[i])];
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
  const auto size = static_cast<int32_t>(word.size());
  std::vector<Node> nodes(word.size());
  std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>> heap;
  for (int32_t i = 0; i < size; ++i) {
    nodes[static_cast<size_t>(i)] = {byte_tokens_[static_cast<uint8_t>(word[static_cast<size_t>(i)])], kNoRank,
                                     kNoToken, i - 1, i + 1};
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
