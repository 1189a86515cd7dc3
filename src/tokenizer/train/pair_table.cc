#include "tokenizer/train/pair_table.h"

#include "base/error.h"

namespace vitrine::tokenizer {
namespace {

constexpr int kFirstPairBits = 16;

}  // namespace

PairTable::PairTable() : slots_(size_t{1} << kFirstPairBits), shift_(64 - kFirstPairBits) {}

size_t PairTable::find_slot(uint64_t key) const {
  size_t slot = (key * 0x9E3779B97F4A7C15u) >> shift_;
  while (slots_[slot].key != key && slots_[slot].key != kNoKey) slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

PairTable::Entry& PairTable::at(TokenId left, TokenId right) {
  const uint64_t key = static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  size_t slot = find_slot(key);
  if (slots_[slot].key == kNoKey) {
    if (++num_pairs_ * 2 > slots_.size()) {
      grow();
      slot = find_slot(key);
    }
    slots_[slot].key = key;
  }
  return slots_[slot];
}

void PairTable::grow() {
  std::vector<Entry> old(slots_.size() * 2);
  old.swap(slots_);
  --shift_;
  for (const Entry& entry : old) {
    if (entry.key != kNoKey) slots_[find_slot(entry.key)] = entry;
  }
}

std::span<uint32_t> PairTable::add_words(Entry& entry, size_t num_words) {
  const size_t block = arena_.size();
  if (block + kHeader + num_words >= kNoBlock) {
    throw Error(ErrorCode::kOutOfMemory, "train tokenizer: too many distinct words (over 4 billion places of pairs)",
                "train on a sample of the text");
  }
  arena_.resize(block + kHeader + num_words);
  arena_[block] = entry.last_block;
  arena_[block + 1] = static_cast<uint32_t>(num_words);
  entry.last_block = static_cast<uint32_t>(block);
  return {&arena_[block + kHeader], num_words};
}

}  // namespace vitrine::tokenizer
